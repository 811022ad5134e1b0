"""Segments and comparisons in a real browser: the address keeps all of it, and the numbers are the command line's."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitor_core.contract.calendar import preset
from monitor_core.settings.settings import ROOT
from tests.browser import visit
from tests.browser.shown import PHONE, asked, assert_no_error, tiles, tiles_of
from tests.browser.visit import choose, turn_to, wait_for_page
from tests.documents import FIELDS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("apart")]

SIDES = "period=90d&where_camera=right&against=another+camera&other_camera=left"
OpenTab = Callable[..., Page]


@pytest.fixture(scope="module")
def variables(demo_variables: dict[str, str]) -> dict[str, str]:
    return {**demo_variables, "MONITOR_SEGMENTS": '{"camera": "camera"}'}


@pytest.fixture(scope="module")
def cameras(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app over the demo, whose documents come from two cameras."""
    script = (
        "from monitor_core.mongo.store import Store; from monitor_core.settings.sources import load;"
        "s = Store(load().settings);"
        "s.collection.update_many({}, [{'$set': {'camera': {'$cond': ["
        f"{{'$lt': ['${FIELDS.prediction}', 4]}}, 'left', 'right']}}}}}}]);"
        "assert not s.indexes.create()"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=visit.clean_environment(variables), check=True)
    with visit.app(variables, tmp_path_factory.mktemp("cameras") / "app.log") as address:
        yield address


def report(variables: dict[str, str], *more: str) -> dict[str, Any]:
    days = preset("90d", datetime.now(UTC).date())
    asked_for = ["report", "--format", "json", "--first", str(days.first), "--last", str(days.last), *more]
    result = subprocess.run(
        [sys.executable, "-m", "monitor_core", *asked_for],
        cwd=ROOT,
        env=visit.clean_environment(variables),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(result.stdout))


def test_a_link_shows_two_segments_and_the_numbers_are_the_command_line_s(
    cameras: str, variables: dict[str, str], open_tab: OpenTab
) -> None:
    page = open_tab(f"{cameras}/?{SIDES}&granularity=week")
    wait_for_page(page, "")
    result = report(variables, "--where", "camera=right", "--against", "camera=left")
    expect(tiles(page)).to_have_text(tiles_of(result))
    difference = 100 * result["against"]["accuracy"]["difference"]
    expect(page.get_by_test_id("stMetricDelta").nth(1)).to_contain_text(f"{difference:.1f}".replace("-", "−"))
    expect(page.get_by_test_id("stAlert").filter(has_text="Compared with camera left")).to_be_visible()
    assert asked(page) == {
        "period": ["90d"],
        "where_camera": ["right"],
        "against": ["another camera"],
        "other_camera": ["left"],
        "granularity": ["week"],
    }


def test_the_address_keeps_the_choices_over_pages_reload_and_back(cameras: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{cameras}/metrics?period=90d")
    wait_for_page(page, "metrics")
    page.get_by_test_id("stSidebar").get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="previous period").click()
    expect(page.get_by_test_id("stAlert").filter(has_text="Compared with")).to_be_visible()
    choose(page, "month")
    page.wait_for_url(re.compile("granularity=month"))
    wait_for_page(page, "metrics")
    page.get_by_test_id("stSidebar").get_by_role("combobox", name="Camera").click()
    page.get_by_role("option", name="left").click()
    page.wait_for_url(re.compile("where_camera=left"))
    expect(page.get_by_text("camera left").first).to_be_visible()
    chosen = {"period": ["90d"], "against": ["previous period"], "granularity": ["month"], "where_camera": ["left"]}
    assert asked(page) == chosen
    turn_to(page, "metrics_by_class")
    wait_for_page(page, "metrics_by_class", 5)
    assert asked(page) == chosen
    page.reload()
    wait_for_page(page, "metrics_by_class", 5)
    assert asked(page) == chosen
    page.go_back()
    wait_for_page(page, "metrics")
    assert_no_error(page)
    assert asked(page) == chosen
    for name in ("where_camera", "granularity", "against"):  # one choice after another
        page.go_back()
        del chosen[name]
        expect(page).to_have_url(re.compile(f"^(?!.*{name})"))
        wait_for_page(page, "metrics")
        assert asked(page) == chosen


@pytest.mark.parametrize(("name", "charts"), [("", 4), ("metrics_by_class", 5), ("samples_by_class", 4)])
def test_on_a_phone_nothing_sticks_out(cameras: str, open_tab: OpenTab, name: str, charts: int) -> None:
    page = open_tab(f"{cameras}/{name}?{SIDES}&granularity=week", **PHONE)
    wait_for_page(page, name, charts)
    assert_no_error(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    widest = page.locator("[data-testid=stVegaLiteChart] svg.marks").evaluate_all(
        "all => Math.max(...all.map(e => e.getBoundingClientRect().right))"
    )
    assert widest <= PHONE["width"]


def test_another_side_without_samples_leaves_this_side_s_bars(cameras: str, open_tab: OpenTab) -> None:
    """Vega complains of a mark none of whose rows has a value."""
    before = "against=reference+period&reference=2020-01-01&reference=2020-01-09"
    page = open_tab(f"{cameras}/training_data?period=90d&{before}")
    wait_for_page(page, "training_data")
    assert_no_error(page)
