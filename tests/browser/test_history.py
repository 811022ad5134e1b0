"""Back goes to the view before: of choices in the sidebar, by each way to make them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, preset
from tests.browser.shown import OpenTab, Report, asked, tiles, tiles_of, today
from tests.browser.visit import choose, turn_to, wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


def radio(page: Page, name: str) -> Any:
    return page.get_by_test_id("stSidebar").get_by_role("radio", name=name, exact=True)


def assert_shows(page: Page, report: Report, period: Period, name: str) -> None:
    """In the numbers, in words, and in the choice."""
    expect(tiles(page)).to_have_text(tiles_of(report(period.first, period.last)))
    expect(page.get_by_test_id("stSidebar").get_by_text(wording.days(period), exact=True)).to_be_visible()
    expect(radio(page, name)).to_be_checked()


def test_back_goes_through_the_periods_that_were_chosen(address: str, open_tab: OpenTab, report: Report) -> None:
    page = open_tab(address)
    periods = {name: preset(name, today()) for name in ("30d", "7d", "90d")}
    wait_for_page(page, "")
    for name in ("7d", "90d"):
        choose(page, name)
        assert_shows(page, report, periods[name], name)
        assert asked(page) == {"period": [name]}
    for go, name in ((page.go_back, "7d"), (page.go_back, "30d"), (page.go_forward, "7d"), (page.go_forward, "90d")):
        go()
        assert_shows(page, report, periods[name], name)
        assert asked(page) == ({} if name == "30d" else {"period": [name]})


def type_period(page: Page, text: str) -> None:
    field = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Name or number of days")
    field.fill(text)
    page.keyboard.press("Enter")


def test_a_period_is_typed_and_back_and_reload_have_it(address: str, open_tab: OpenTab, report: Report) -> None:
    page = open_tab(f"{address}/metrics?basis=prediction+day")
    wait_for_page(page, "metrics")
    choose(page, "custom")
    days = preset("30d", today())
    page.wait_for_url(re.compile(rf"period={days.first}\.\.{days.last}"))
    type_period(page, "14 days")
    page.wait_for_url(re.compile("period=14d"))
    expect(page.get_by_test_id("stSidebar").get_by_text(wording.days(preset("14d", today())))).to_be_visible()
    type_period(page, "banana")
    expect(page.get_by_text('"banana" is not a period; write today, yesterday')).to_be_visible()
    type_period(page, "last month")
    page.wait_for_url(re.compile("period=last-month"))
    page.reload()
    expect(page.get_by_test_id("stSidebar").get_by_text(wording.days(preset("last-month", today())))).to_be_visible()
    wait_for_page(page, "metrics")
    page.wait_for_timeout(500)  # within some 100 ms of the first paint, Streamlit's client forgets the address
    turn_to(page, "")
    wait_for_page(page, "")
    assert asked(page) == {"period": ["last-month"], "basis": ["prediction day"]}
    for name in ("last-month", "14d", f"{days.first}..{days.last}", None):
        page.go_back()
        held = rf"/metrics\?(?=.*basis=prediction).*period={re.escape(name)}" if name else r"^(?!.*period)"
        expect(page).to_have_url(re.compile(held))


# ---- addresses of other kinds


def test_an_address_that_names_no_page_says_so_and_keeps_the_view(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/Foo_x?period=7d")
    expect(page.get_by_text('There is no page "Foo_x". These are the pages:')).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_test_id("stPopover")).to_have_count(0)  # notes of no chart, no view
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_test_id("stMain").get_by_role("link", name="Metrics", exact=True).click()
    wait_for_page(page, "metrics")
    assert asked(page) == {"period": ["7d"]}
    assert "There is no page" not in page.get_by_test_id("stMain").inner_text()


@pytest.mark.parametrize("width", [400, 1400])
def test_a_kiosk_has_no_frame_and_says_what_the_sidebar_would(address: str, open_tab: OpenTab, width: int) -> None:
    page = open_tab(f"{address}/?kiosk&period=7d", width=width)
    wait_for_page(page, "")
    for frame in ("stHeader", "stSidebar", "stExpandSidebarButton"):
        expect(page.get_by_test_id(frame).locator("visible=true")).to_have_count(0)
    days = wording.days(preset("7d", today()))
    expect(page.get_by_text(re.compile(rf"^{days} by review day\. As of .*\d\d:\d\d\.$"))).to_be_visible()
    page.goto(f"{address}/?period=7d")
    wait_for_page(page, "")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    expect(page.get_by_text("As of")).to_have_count(0)


def test_a_copied_link_opens_the_same_view(address: str, open_tab: OpenTab, report: Report) -> None:
    page = open_tab(f"{address}/?period=7d&average=weighted")
    wait_for_page(page, "")
    page.get_by_role("button", name="Copy link").click()
    links = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(links).to_have_count(2)
    period = preset("7d", today())
    moving, fixed = (link.inner_text().strip() for link in links.all())
    assert moving == f"{address}/?period=7d&average=weighted"
    assert fixed == f"{address}/?period={period.first}..{period.last}&average=weighted"
    shown = tiles(page).all_inner_texts()
    page.goto(fixed)
    wait_for_page(page, "")
    expect(tiles(page)).to_have_text(shown)
    expect(page.get_by_test_id("stSidebar").get_by_text(wording.days(period), exact=True)).to_be_visible()
