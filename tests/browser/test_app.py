"""The app in a real browser: what a visitor sees is what the command line says."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, preset
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import FEWEST
from tests.browser import visit
from tests.browser.conftest import Heard
from tests.browser.shown import (
    PHONE,
    OpenTab,
    Report,
    asked,
    assert_no_error,
    menus,
    range_of,
    serious,
    tiles,
    tiles_of,
    today,
)
from tests.browser.visit import CHARTS, TITLES, choose, turn_to, wait_for_page
from tests.documents import fields

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


TEXTS = {  # CSS selector -> least contrast: what WCAG asks of text, and of parts of a drawing
    "[data-testid=stMetricValue], [data-testid=stMetricLabel] p, [data-testid=stCaptionContainer] p, h2, h3": 4.5,
    "[data-testid=stAlert] p, [data-testid=stSidebar] [data-testid=stMarkdown] p": 4.5,
    "[data-testid=stSidebar] [role=radio] p, svg.marks text": 3,
}


INK = "e => e instanceof SVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color"


PAPER = """e => {
  for (let at = e; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour.startsWith("rgb(")) return colour;  // rgba(...) lets shine through what lies behind
  }
  return "rgb(255, 255, 255)";
}"""


def test_the_very_first_request_may_be_a_deep_link(
    demo_variables: dict[str, str], open_tab: OpenTab, heard: Heard, tmp_path: Path
) -> None:
    with visit.app(demo_variables, tmp_path / "app.log") as fresh:
        page = open_tab(f"{fresh}/metrics_by_class?period=90d")
        wait_for_page(page, "metrics_by_class")
        assert_no_error(page)
        assert asked(page) == {"period": ["90d"]}
        assert page.get_by_test_id("stSidebar").is_visible()
        page.close()
    assert heard.probes == {f"metrics_by_class/_stcore/{name}" for name in ("health", "host-config")}
    assert "Traceback" not in (tmp_path / "app.log").read_text()


def test_each_tab_leads_to_its_page(address: str, open_tab: OpenTab, heard: Heard) -> None:
    page = open_tab(address, width=1280)
    tabs = page.get_by_test_id("stTopNavLink")
    expect(tabs).to_have_text(list(TITLES.values())[: visit.ALWAYS_IN_SIGHT])
    expect(page.get_by_test_id("stTopNavSection")).to_have_text([re.compile("Investigate"), re.compile("Operate")])
    for name in [*list(TITLES)[1:], ""]:
        turn_to(page, name)
        wait_for_page(page, name)
        assert urlsplit(page.url).path == f"/{name}"
        expect(page).to_have_title(re.compile(rf"(^|· ){TITLES[name]}.* · Prediction monitor$"))
        assert_no_error(page)
    assert heard.probes == set()


def test_the_first_line_and_the_tab_are_the_command_line_s_status(
    address: str, open_tab: OpenTab, status: dict[str, Any]
) -> None:
    page = open_tab(address, width=400)
    wait_for_page(page, "")
    expect(page.get_by_text(status["sentence"])).to_be_visible()
    icon = page.locator("link[rel~=icon]").get_attribute("href") or ""
    assert icon.startswith("data:image/svg+xml")
    begins = "" if status["level"] == "good" else f"{status['title']} · "
    expect(page).to_have_title(f"{begins}Overview · Prediction monitor")


def test_the_tiles_of_a_period_are_the_command_line_s_report(address: str, open_tab: OpenTab, report: Report) -> None:
    period = preset("90d", today())
    page = open_tab(address)
    wait_for_page(page, "")
    choose(page, "90d")
    expect(tiles(page)).to_have_text(tiles_of(report(period.first, period.last)))
    assert asked(page) == {"period": ["90d"]}


def test_the_tiles_by_prediction_day_are_the_command_line_s_report(
    address: str, open_tab: OpenTab, report: Report
) -> None:
    period = preset("90d", today())
    by_prediction = tiles_of(report(period.first, period.last, "predicted"))
    assert by_prediction != tiles_of(report(period.first, period.last))
    page = open_tab(f"{address}/?period=90d")
    wait_for_page(page, "")
    choose(page, "prediction day")
    expect(tiles(page)).to_have_text(by_prediction)


def test_a_range_typed_into_the_field_is_the_command_line_s_report(
    address: str, open_tab: OpenTab, report: Report
) -> None:
    first, last = today() - timedelta(days=60), today() - timedelta(days=31)
    page = open_tab(address)
    wait_for_page(page, "")
    choose(page, "custom")
    for end, day in (("start", first), ("end", last)):
        page.get_by_role("spinbutton", name=re.compile(f"^year.*{end} date")).click()
        page.keyboard.type(f"{day:%Y%m%d}")
        page.keyboard.press("Escape")  # shuts the calendar; until then Streamlit waits for more
    expect(tiles(page)).to_have_text(tiles_of(report(first, last)))
    assert asked(page) == {"period": [f"{first}..{last}"]}


def test_back_leads_to_a_range_of_one_day_too(address: str, open_tab: OpenTab) -> None:
    """In the form of an old link, which holds the day once."""
    one, first, last = (today() - timedelta(days=days) for days in (5, 20, 10))
    page = open_tab(f"{address}/?period=custom&range={one}&range={one}")
    period = page.get_by_test_id("stSidebar").get_by_text(re.compile(r"\d{4}, \d+ days?$")).first
    expect(period).to_contain_text(f"{wording.day(one)}, 1 day")
    for end, day in (("start", first), ("end", last)):
        page.get_by_role("spinbutton", name=re.compile(f"^year.*{end} date")).click()
        page.keyboard.type(f"{day:%Y%m%d}")
        page.keyboard.press("Escape")
    expect(period).to_contain_text(wording.days(Period(first, last)))
    for _ in range(5):  # the typed days are several entries
        if asked(page).get("period") == ["custom"]:
            break
        page.go_back()
        page.wait_for_timeout(500)
    expect(period).to_contain_text(f"{wording.day(one)}, 1 day")


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "reversed"])
def test_a_range_in_the_address_is_the_command_line_s_report(
    address: str, open_tab: OpenTab, report: Report, reverse: bool
) -> None:
    first, last = today() - timedelta(days=60), today() - timedelta(days=31)
    page = open_tab(f"{address}/?{range_of(last, first) if reverse else range_of(first, last)}")
    expect(tiles(page)).to_have_text(tiles_of(report(first, last)))
    assert_no_error(page)


def test_the_address_keeps_the_selection_over_a_reload_and_over_pages(
    address: str, open_tab: OpenTab, report: Report
) -> None:
    first, last = today() - timedelta(days=60), today() - timedelta(days=31)
    expected = tiles_of(report(first, last, "predicted"))
    selection = {"period": ["custom"], "range": [f"{first}", f"{last}"], "basis": ["prediction day"]}
    page = open_tab(f"{address}/?{range_of(first, last)}")
    wait_for_page(page, "")
    choose(page, "prediction day")
    expect(tiles(page)).to_have_text(expected)
    assert asked(page) == selection
    page.reload()
    expect(tiles(page)).to_have_text(expected)
    for name in ("metrics_by_class", ""):
        turn_to(page, name)
        wait_for_page(page, name)
        assert asked(page) == selection
    expect(tiles(page)).to_have_text(expected)


@pytest.mark.parametrize(
    "query",
    [
        "period=custom&range=2026-02-30&range=2026-13-01",  # tests/pages/test_addresses.py has many more
        "range=2026-01-01&range=2026-02-03&basis=%00&average=%F0%9F%8D%8C&cells=x",
    ],
)
def test_nonsense_in_the_address_shows_a_usual_page(
    address: str, open_tab: OpenTab, report: Report, query: str
) -> None:
    period = preset("30d", today())
    page = open_tab(f"{address}/?{query}")
    expect(tiles(page)).to_have_text(tiles_of(report(period.first, period.last)))
    assert_no_error(page)


def test_a_range_of_one_day_survives_a_reload(address: str, open_tab: OpenTab, report: Report) -> None:
    """Streamlit writes two equal dates into the address once."""
    day = today() - timedelta(days=60)
    while report(day, day)["validated"] < FEWEST:
        day -= timedelta(days=1)
    page = open_tab(f"{address}/?{range_of(day, day)}")
    expect(tiles(page)).to_have_text(tiles_of(report(day, day)))
    page.reload()
    expect(tiles(page)).to_have_text(tiles_of(report(day, day)))
    assert_no_error(page)


def test_a_document_that_arrives_is_shown_after_a_reload(address: str, open_tab: OpenTab, predictions: Any) -> None:
    noon = datetime(2021, 5, 5, 12, tzinfo=UTC)  # apart from the demo, so that no other test's numbers change
    document = fields(prediction=1, validated=1, predicted_at=noon, validated_at=noon)
    page = open_tab(f"{address}/?{range_of(noon.date(), noon.date() + timedelta(days=1))}")
    expect(
        page.get_by_text(re.compile(wording.days(Period(noon.date(), noon.date() + timedelta(days=1))))).first
    ).to_be_visible()
    expect(tiles(page)).to_have_count(0)
    inserted = predictions.insert_one(document).inserted_id
    try:
        time.sleep(FRESH_SECONDS)
        page.reload()
        expect(tiles(page).first).to_have_text("1")
    finally:
        predictions.delete_one({"_id": inserted})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(address: str, open_tab: OpenTab, scheme: str) -> None:
    page = open_tab(address, color_scheme=scheme)
    wait_for_page(page, "")
    assert (_luminance(page.get_by_test_id("stApp").evaluate(PAPER)) < 0.2) == (scheme == "dark")
    for wanted, least in TEXTS.items():
        inks = page.locator(wanted).evaluate_all(f"all => all.map(e => [e.textContent, ({INK})(e), ({PAPER})(e)])")
        assert inks
        poor = {f"{text}: {ink} on {paper}" for text, ink, paper in inks if text and _contrast(ink, paper) < least}
        assert poor == set()


def _contrast(ink: str, paper: str) -> float:
    """The WCAG contrast of two CSS colours; a see-through ink is mixed with the paper."""
    *front, alpha = _channels(ink)
    *back, _ = _channels(paper)
    mixed = [alpha * a + (1 - alpha) * b for a, b in zip(front, back, strict=True)]
    low, high = sorted((_luminance_of(mixed), _luminance_of(back)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> list[float]:
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour)]
    return [*(number / 255 for number in numbers[:3]), *(numbers[3:] or [1.0])]


def _luminance(colour: str) -> float:
    return _luminance_of(_channels(colour)[:3])


def _luminance_of(channels: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", TITLES, ids=lambda name: name or "overview")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", PHONE["width"])])
def test_a_deep_link_shows_its_page_on_every_screen_and_to_everybody(
    address: str, open_tab: OpenTab, name: str, width: int, scheme: str
) -> None:
    """Its heading and its charts, each of which says what it is and has a menu of files, no error, nothing wider than
    the screen, and nothing that axe finds serious."""
    page = open_tab(f"{address}/{name}?period=90d", width=width, height=800, color_scheme=scheme)
    wait_for_page(page, name)
    assert_no_error(page)
    charts = page.get_by_test_id("stVegaLiteChart")
    named = charts.evaluate_all(
        "charts => charts.map(c => c.getAttribute('aria-label') || c.querySelector('[aria-label]')?.ariaLabel || '')"
    )
    number = CHARTS[name] + (name == "metrics")  # of the demo, whose reviewers choose
    assert len(named) == number
    assert all(len(text) > 10 for text in named), named
    expect(menus(page)).to_have_count(number)
    too_wide = page.evaluate(
        """() => ["html", "body", "[data-testid=stMain]", "[data-testid=stMainBlockContainer]"].filter(name => {
          const element = document.querySelector(name);
          return element.scrollWidth > element.clientWidth;
        })"""
    )
    assert too_wide == []
    edges = charts.locator("svg.marks").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert max(edges, default=0) <= width
    assert serious(page) == set()


def test_a_phone_reaches_every_page(address: str, open_tab: OpenTab) -> None:
    page = open_tab(address, **PHONE)
    wait_for_page(page, "")
    for name in ("training_data", "metrics", ""):
        if page.get_by_test_id("stExpandSidebarButton").is_visible():
            page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_test_id("stSidebarNavLink").get_by_text(TITLES[name], exact=True).click()
        wait_for_page(page, name)


def test_the_period_s_days_are_those_of_the_configured_zone(address: str, open_tab: OpenTab, report: Report) -> None:
    """Whatever the visitor's own clock says."""
    period = Period(today() - timedelta(days=6), today())
    page = open_tab(f"{address}/?period=7d", timezone_id="Pacific/Kiritimati")
    expect(tiles(page)).to_have_text(tiles_of(report(period.first, period.last)))
    expect(page.get_by_test_id("stSidebar").get_by_text(wording.days(period))).to_be_visible()


def test_an_alert_is_counted_opened_acknowledged_and_leads_to_its_view(
    address: str, open_tab: OpenTab, heard: Heard
) -> None:
    page = open_tab(f"{address}/?period=30d")
    wait_for_page(page, "")
    expect(page.get_by_test_id("stTopNavSection").last).to_have_text(re.compile(r"^Operate ● [1-9]"))
    page.goto(f"{address}/alerts?period=30d&rule=accuracy-falling")  # other tests leave alerts of their own
    wait_for_page(page, "alerts")
    page.get_by_role("button", name="Details", exact=True).first.click()
    wait_for_page(page, "alerts", charts=1)
    assert asked(page)["alert"][0].startswith("accuracy-falling/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("acknowledged by Ada").first).to_be_visible()
    page.reload()
    wait_for_page(page, "alerts", charts=1)
    expect(page.get_by_text("acknowledged by Ada").first).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the view of this period").click()
    view = opened.value
    heard.listen(view)
    wait_for_page(view, "drift")
    last = wording.day(date.fromisoformat(asked(view)["period"][0].split("..")[-1]))
    the_period = re.compile(rf"{last}, \d+ days?")  # the newest review may be of that day, and says its time
    expect(view.get_by_test_id("stSidebar").get_by_text(the_period)).to_be_visible()
    view.close()


def test_a_rule_shows_when_it_would_have_fired_before_it_is_saved(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/alerts?period=30d&edit=accuracy-falling&edit_as=JSON")
    wait_for_page(page, "alerts", charts=1)
    expect(page.get_by_text(re.compile(r"would have fired on \d+ of (29|30) days"))).to_be_visible()
    page.get_by_role("textbox", name="The rule, as JSON").fill("{")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("This is not JSON")).to_be_visible()
    expect(page.get_by_role("button", name="Save the rule")).to_have_count(0)


def test_a_point_has_its_metrics_colour_and_is_hollow_where_it_is_uncertain(open_tab: OpenTab, address: str) -> None:
    page = open_tab(f"{address}/?period=all&granularity=day")
    wait_for_page(page, "")
    points = page.locator("svg.marks path[aria-roledescription=point]")
    read = "all => all.map(e => ['aria-label', 'fill', 'stroke', 'fill-opacity'].map(name => e.getAttribute(name)))"
    drawn = points.evaluate_all(read)
    hollow = 0
    for label, fill, stroke, opacity in drawn:
        ends = re.search(r"from: ([\d.]+)%; to: ([\d.]+)%", label)
        low, high = map(float, ends.groups()) if ends else (0, 100)  # without an interval it is uncertain
        assert fill == stroke == METRIC["accuracy"].colour
        if abs(high - low - 20) > 0.1:  # the label is rounded
            assert (opacity == "0") == (high - low > 20), label
        hollow += opacity == "0"
    assert 0 < hollow < len(drawn)
