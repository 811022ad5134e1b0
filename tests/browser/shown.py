"""What a page shows, and what its address asks for."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from monitor_core.contract import wording

AXE_SEES = {"exclude": [["[data-testid=stSidebarNavItems]"]]}


AXE_TELLS = {"resultTypes": ["violations"]}


FADED_IN = """() => !document.querySelector("[data-stale=true]")
  && !document.getAnimations().some(one => one instanceof CSSTransition)"""


PHONE = {"width": 400, "height": 800}


Report = Callable[..., dict[str, Any]]


OpenTab = Callable[..., Page]


def today() -> date:
    return datetime.now(UTC).date()


def range_of(first: date, last: date) -> str:
    return f"period=custom&range={first}&range={last}"


def tiles_of(found: dict[str, Any]) -> list[str]:
    """What the tiles have to show, by the command line's report."""
    averages = (score_in(found["macro"], metric) for metric in ("precision", "recall", "f1"))
    return [f"{found['validated']:,}", f"{found['accuracy']:.1%}", *averages]


def score_in(scores: dict[str, Any], metric: str) -> str:
    """The value of a score, or its bounds."""
    return f"{scores[metric]:.1%}" if scores[metric] is not None else wording.between(*scores[f"{metric}_bounds"])


def tiles(page: Page) -> Any:
    return page.get_by_test_id("stMetricValue")


def menus(page: Page) -> Any:
    """Of the files of each chart."""
    buttons = page.get_by_test_id("stMain").get_by_test_id("stPopover").get_by_role("button")
    return buttons.filter(has_text=re.compile("Download"))  # not the icon of the same name in small letters


def asked(page: Page) -> dict[str, list[str]]:
    """What stands in the address after the question mark."""
    return parse_qs(urlsplit(page.url).query)


def assert_no_error(page: Page) -> None:
    """A red box with an icon is a verdict, such as that something drifted."""
    refused = page.get_by_test_id("stAlert").filter(has=page.get_by_test_id("stAlertContentError"))
    refused = refused.filter(has_not=page.get_by_test_id("stAlertDynamicIcon"))
    expect(page.get_by_test_id("stException").or_(refused)).to_have_count(0)
    expect(page.get_by_text(re.compile("Traceback|Page not found"))).to_have_count(0)


def serious(page: Page) -> set[tuple[str, str]]:
    """What axe finds serious: the rule, and where; but for the menu of pages on a phone, which is Streamlit's own list
    and has more in it than a list may, and for the grey of a drag, which Vega gives no name and nobody has drawn yet:
    who cannot drag chooses the days in the sidebar."""
    page.wait_for_function(FADED_IN)
    return {
        (one["id"], node["html"][:120])
        for one in Axe().run(page, AXE_SEES, AXE_TELLS).response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if "zoomed_brush" not in node["html"]
    }
