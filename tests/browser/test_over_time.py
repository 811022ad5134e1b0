"""Charts over time under a pointer: a tooltip wherever it is, and a drag that sets the period."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, preset
from tests.browser.shown import OpenTab, Report, asked, today
from tests.browser.visit import wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]

TOOLTIP = "#vg-tooltip-element.visible"
STRIPS = "[data-testid=stVegaLiteChart] .strips_marks path"


def boxes(page: Page) -> list[dict[str, float]]:
    """The strips of the first chart, from left to right."""
    page.locator(STRIPS).first.scroll_into_view_if_needed()
    strips = page.locator("[data-testid=stVegaLiteChart]").first.locator(".strips_marks path")
    read = "all => all.map(e => JSON.parse(JSON.stringify(e.getBoundingClientRect())))"
    rectangles: list[dict[str, float]] = strips.evaluate_all(read)
    return rectangles


def test_wherever_the_pointer_is_the_tooltip_has_the_numbers_of_its_day(
    address: str, open_tab: OpenTab, report: Report
) -> None:
    page = open_tab(f"{address}/?period=30d&granularity=day")
    wait_for_page(page, "")
    days, result = preset("30d", today()).days, report(*[preset("30d", today()).first, today()])["by_day"]
    strips = boxes(page)
    assert len(strips) == len(days)
    for place, (day, strip) in enumerate(zip(days, strips, strict=True)):
        x, y = (
            strip["x"] + strip["width"] * (0.1 + 0.4 * (place % 3)),
            strip["y"] + strip["height"] * (place % 7 + 0.5) / 7,
        )
        page.mouse.move(x, y, steps=3)
        tooltip = page.locator(TOOLTIP)
        expect(tooltip.locator("h2")).to_have_text(str(day))
        said = tooltip.inner_text()
        assert not re.search("null|undefined|NaN", said)
        reviewed = result[str(day)]["validated"] if str(day) in result else 0
        assert re.search(rf"reviewed samples\s+{reviewed}\b", said), said
        assert ("95% interval" in said) == (reviewed >= 5)
    week = report(today() - timedelta(days=6), today())
    assert f"{week['accuracy']:.1%}" in said  # the trend's last point


@pytest.mark.parametrize(("name", "dated"), [("reviews", 4), ("drift", 5)])
def test_each_daily_chart_has_a_line_and_a_tooltip_wherever_the_pointer_is(
    address: str, open_tab: OpenTab, name: str, dated: int
) -> None:
    page = open_tab(f"{address}/{name}?period=30d&granularity=day")
    wait_for_page(page, name)
    charts = page.locator("[data-testid=stVegaLiteChart]")
    for chart in (charts.nth(place) for place in range(dated)):
        chart.scroll_into_view_if_needed()
        strips = chart.locator(".strips_marks path")
        for place in (1, strips.count() // 2, strips.count() - 2):
            box = strips.nth(place).bounding_box()
            assert box
            page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.3, steps=3)
            tooltip = page.locator(TOOLTIP)
            expect(tooltip.locator("h2")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d"))
            assert not re.search("null|undefined|NaN", tooltip.inner_text())
            lines = chart.locator(".role-mark.mark-rule line[x2='0']:not([stroke-dasharray])")
            middles: list[float] = lines.evaluate_all("all => all.map(each => each.getBoundingClientRect().x)")
            assert any(abs(box["x"] + box["width"] / 2 - middle) < 2 for middle in middles)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_drag_sets_the_period_and_back_undoes_it(address: str, open_tab: OpenTab, zone: str) -> None:
    page = open_tab(f"{address}/?period=30d&granularity=day", timezone_id=zone)
    wait_for_page(page, "")
    whole = preset("30d", today())
    period: list[date] = [whole.days[8], whole.days[15]]
    for _ in range(2):  # what works once may leave something behind
        first, last = (boxes(page)[place] for place in (8, 15))
        page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 60)
        page.mouse.down()
        page.mouse.move(first["x"] + first["width"] / 2 + 5, first["y"] + 80, steps=5)
        page.mouse.move(first["x"] + first["width"] / 2, first["y"] + 80)
        page.mouse.up()
        side = page.get_by_test_id("stSidebar")
        expect(side.get_by_text(wording.days(Period(*period)), exact=False).first).to_be_visible()
        page.wait_for_url(re.compile(r"period=\d{4}-"))
        assert asked(page)["period"] == [wording.written(Period(*period))]
        wait_for_page(page, "")
        expect(page.locator("[data-testid=stVegaLiteChart]").first.locator(".strips_marks path")).to_have_count(8)
        page.go_back()
        expect(side.get_by_text(wording.days(whole), exact=False).first).to_be_visible()
        expect(page.locator("[data-testid=stVegaLiteChart]").first.locator(".strips_marks path")).to_have_count(30)
        assert asked(page).get("period", ["30d"]) == ["30d"]
