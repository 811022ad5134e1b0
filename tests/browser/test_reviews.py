"""The pages on reviews and calibration in a real browser: what they show is what the command line says."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.settings.settings import ROOT
from tests.browser import visit
from tests.browser.conftest import Heard
from tests.browser.shown import OpenTab, asked
from tests.browser.visit import wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tools")]
FIRST, LAST = "2026-09-01", "2030-01-01"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(demo_variables: dict[str, str]) -> Ask:
    """A command's JSON."""

    def run(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "monitor_core", *arguments, "--format", "json"]
        environment = visit.clean_environment(demo_variables)
        told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return dict(json.loads(told.stdout))

    return run


def tiles(page: Page, count: int) -> dict[str, str]:
    expect(page.get_by_test_id("stMetricValue")).to_have_count(count)
    labels = page.get_by_test_id("stMetricLabel").all_inner_texts()
    return dict(zip(labels, page.get_by_test_id("stMetricValue").all_inner_texts(), strict=True))


def marks(page: Page, chart: int) -> list[str]:
    """What a chart's marks say of themselves."""
    of_chart = page.get_by_test_id("stVegaLiteChart").nth(chart).locator("svg.marks [aria-roledescription]")
    return [text or "" for text in of_chart.evaluate_all("marks => marks.map(m => m.getAttribute('aria-label'))")]


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_the_page_on_reviews_shows_what_the_command_says(
    address: str, open_tab: OpenTab, heard: Heard, ask: Ask, basis: str
) -> None:
    names = {"validated": "review day", "predicted": "prediction day"}
    page = open_tab(f"{address}/reviews?period=30d&basis={quote(names[basis])}")
    wait_for_page(page, "reviews")
    found = ask("reviews", "--basis", basis)
    shown = tiles(page, 7)
    assert shown["Reviewed"] == f"{found['coverage']:.1%}"
    assert shown["Waiting for review"] == f"{found['backlog']['waiting']:,}"
    for title, name in (("Half reviewed within", "median"), ("90% reviewed within", "90%")):
        hours = found["hours_to_review"][name]
        assert (shown[title] == "–") is (hours is None)
        if hours is not None and hours < 48:
            assert shown[title] == f"{hours:.1f} hours"
    assert [shown[kind.capitalize()] for kind in found["answers"]] == [f"{n:,}" for n in found["answers"].values()]
    for chart, groups in ((4, found["by_class"]), (5, found["by_confidence"])):
        told = " ".join(marks(page, chart))
        for one in groups.values():
            assert f"name: {one['name']}" in told
            assert f"reviewed samples: {one['reviewed']}; of: {one['predicted']}" in told
    days = [text for text in marks(page, 2) if "state: " in text]
    assert len(days) == len(found["by_day"])
    assert sum("state: incomplete" in text for text in days) == sum(d["maturing"] for d in found["by_day"].values())
    assert found["lean"]["points"] < 0  # the demo's reviewers take the unsure ones first
    expect(page.get_by_text("The more confident the model, the less often a prediction is reviewed")).to_be_visible()


def test_the_page_on_calibration_shows_what_the_command_says_of_all_and_of_a_class(
    address: str, open_tab: OpenTab, heard: Heard, ask: Ask
) -> None:
    page = open_tab(f"{address}/calibration?period=30d")
    wait_for_page(page, "calibration")
    assert_equal(page, ask("calibration"))
    page.get_by_role("combobox", name="Predicted class").click()
    page.get_by_role("option", name="9", exact=True).click()
    page.get_by_role("radio", name="equal count", exact=True).click()
    expect(page.get_by_role("radio", name="equal count", exact=True)).to_be_checked()
    found = ask("calibration", "--class", "9", "--bins", "count")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{found['accuracy']:.1%}")
    page.wait_for_function("() => location.search.includes('class=9') && location.search.includes('bins=')")
    wait_for_page(page, "calibration")
    assert_equal(page, found)
    again = open_tab(page.url)  # a colleague's
    wait_for_page(again, "calibration")
    assert asked(again) == asked(page)
    assert_equal(again, found)


def test_a_point_of_the_curve_opens_the_samples_of_its_bin_and_class(address: str, open_tab: OpenTab, ask: Ask) -> None:
    found = ask("calibration", "--class", "9")
    row = max(found["curve"], key=lambda one: one["samples"])
    page = open_tab(f"{address}/calibration?period=30d&class=9")
    wait_for_page(page, "calibration")
    point = f"[aria-roledescription=point][aria-label*='confidence from: {row['from']:.1%};']"
    page.locator("[data-testid=stVegaLiteChart]").first.locator(point).first.click(force=True)
    wait_for_page(page, "samples")
    expect(page.get_by_text(re.compile(rf"^{row['samples']} samples?; page 1"))).to_be_visible()
    bounds = [float(edge) for edge in asked(page)["confidence"]]
    assert bounds == [pytest.approx(row["from"]), pytest.approx(row["to"])]
    assert asked(page)["prediction"] == ["9"]


def test_a_day_of_the_time_to_review_opens_the_samples_reviewed_on_it(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/reviews?period=30d")
    wait_for_page(page, "reviews")
    point = page.locator("[data-testid=stVegaLiteChart]").nth(3).locator("[aria-roledescription=point]").first
    day, samples = re.findall(r"day: ([-\d]+).*samples: (\d+)", point.get_attribute("aria-label") or "")[0]
    point.click(force=True)
    wait_for_page(page, "samples")
    expect(page.get_by_text(re.compile(rf"^{samples} samples?; page 1"))).to_be_visible()
    assert asked(page) == {"day": [day]}


def assert_equal(page: Page, found: dict[str, Any]) -> None:
    error = found["calibration_error"]
    expect(page.get_by_test_id("stMetricValue")).to_have_text(
        [
            f"{found['accuracy']:.1%}",
            f"{found['confidence']:.1%}",
            wording.signed_points(found["gap"]),
            "–" if error is None else f"{100 * error:.1f}",
        ]
    )
    told = " ".join(marks(page, 0))
    for row in found["curve"]:
        if row["value"] is not None:
            assert f"share right: {row['value']:.6%}" in told  # Python and the browser round 81.25 differently
            assert f"samples: {row['samples']}" in told


def test_a_link_by_prediction_day_shades_the_young_days_in_words_and_grey(
    address: str, open_tab: OpenTab, heard: Heard, ask: Ask
) -> None:
    found = ask("reviews")
    page = open_tab(f"{address}/metrics?period=30d&basis=prediction+day")
    wait_for_page(page, "metrics")
    last = found["maturing"][-1]
    named = wording.days(Period(*map(date.fromisoformat, last)))
    expect(page.get_by_text("Incomplete, shaded grey")).to_contain_text(named)
    grey = page.get_by_test_id("stVegaLiteChart").first.locator("svg.marks path[fill='#818793'][opacity='0.22']")
    expect(grey).to_have_count(len(found["maturing"]))
