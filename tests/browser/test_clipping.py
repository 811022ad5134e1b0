"""Nothing is cut: no text, control, drawing or table, on any page, at any width of the screen."""

from collections import defaultdict

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clipped import ARRIVED, clipped
from tests.browser.shown import OpenTab
from tests.browser.visit import TITLES, wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

# Of a window of 1,400 pixels 933 and 700 are what zoom 150% and 200% leave, and 512 is 200% of 1,024.
WIDTHS = (1400, 1200, 1100, 1024, 933, 900, 800, 768, 700, 512, 400)
FURTHER = {  # and the number of charts
    "alerts?period=90d&edit=accuracy-falling": 1,
    "metrics_by_class?period=30d&against=previous+period": 5,
}
PATIENCE = 50  # looks, a tenth of a second apart, until a drawing has its new width
# On top at this place, whatever else is there.
ON_TOP = """link => {
  const box = link.getBoundingClientRect();
  return link.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
}"""
FAULTS = {
    "cut across: 12,345,678": '<div style="width:40px;overflow:hidden;white-space:nowrap">12,345,678</div>',
    "cut across: 91.6%": '<div style="width:20px;overflow:hidden;text-overflow:ellipsis;font-size:30px">91.6%</div>',
    "cut below: second line": '<div style="height:20px;overflow:hidden">first<br>second line</div>',
    "beyond the screen: far": '<p style="position:absolute;left:790px;white-space:nowrap">far to the right</p>',
    "out of its box: Download": '<button style="width:30px;padding:0;overflow:visible">Download</button>',
    "control out of its box: wide": '<div data-testid="stColumn" style="width:90px"><input aria-label="wide" '
    'style="width:200px"></div>',
    "control cuts its text: 2026-": '<input style="width:60px" value="2026-10-01 to 2026-11-30">',
    "drawing cuts: 3,000": '<div data-testid="stVegaLiteChart"><svg class="marks" width="100" height="20">'
    '<text x="80" y="15">3,000</text></svg></div>',
    "drawing shortens: a_long": '<div data-testid="stVegaLiteChart"><svg class="marks" width="100" height="20">'
    '<text x="0" y="15">a_long…</text></svg></div>',
    "drawing out of its place": '<div data-testid="stVegaLiteChart" style="width:50px"><svg class="marks" width="100" '
    'height="20"></svg></div>',
    "table does not scroll": '<div data-testid="stDataFrame"><div class="dvn-scroller" style="width:50px;'
    'overflow:hidden"><div style="width:100px">.</div></div></div>',
}


def test_nothing_is_cut_on_any_page_at_any_width(address: str, open_tab: OpenTab) -> None:
    page = open_tab("about:blank")
    cut = defaultdict[str, list[int]](list)
    for query in (*(f"{name}?period=90d" for name in TITLES), *FURTHER):
        _resize(page, WIDTHS[0])
        page.goto(f"{address}/{query}")
        wait_for_page(page, query.partition("?")[0], FURTHER.get(query))
        for width in WIDTHS:
            for what in _cut_at(page, width):
                cut[f"{query}: {what}"].append(width)
    assert dict(cut) == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_cut_is_seen(open_tab: OpenTab, fault: str) -> None:
    page = open_tab("about:blank", width=800)
    page.set_content(f"<main>whole {FAULTS[fault]}</main>")
    kind, _, text = fault.partition(":")
    (found,) = clipped(page)
    assert found.startswith(kind)
    assert text.strip() in found


def test_the_number_of_open_alerts_stays_in_sight(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/samples_by_class?period=90d")
    wait_for_page(page, "samples_by_class")
    link = page.locator(".st-key-open-alerts a")
    for width in WIDTHS[::3]:
        _resize(page, width)
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 400)")
        expect(link).to_contain_text("open alert")
        assert link.evaluate(ON_TOP), width
    link.click()
    wait_for_page(page, "alerts")


def _cut_at(page: Page, width: int) -> list[str]:
    """What is still cut when everything has had time to take its place."""
    _resize(page, width)
    what = clipped(page)
    for look in range(PATIENCE):
        if not what:
            break
        if look % 10 == 1:  # Vega overlooks a new width that equals its old one without the axis
            _resize(page, width + (1 if look % 20 == 1 else -1))  # on one side the page may be arranged otherwise
            page.wait_for_timeout(100)  # or a busy browser never tells it of the width in between
            _resize(page, width)
        page.wait_for_timeout(100)
        what = clipped(page)
    return what


def _resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    page.evaluate(ARRIVED)
