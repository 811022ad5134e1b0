"""The page Review next in the browser: from the backlog on Reviews to an image, and on to the next by a key."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visit import wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tools")]


def test_the_backlog_leads_to_the_images_of_the_queue(address: str, open_tab: Callable[..., Any]) -> None:
    page = open_tab(f"{address}/reviews?period=60d")
    wait_for_page(page, "reviews")
    page.get_by_test_id("stMain").get_by_role("link", name="Review next").click()
    wait_for_page(page, "review_next")
    assert "period=60d" in page.url
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text("of the audit, for chance alone decided")).to_be_visible()
    buttons = main.get_by_test_id("stBaseButton-tertiary").filter(has_text="digit-")
    expect(buttons.nth(1)).to_be_visible()
    names = buttons.all_inner_texts()
    expect(main.get_by_role("button", name="Review:")).to_have_count(0)  # nobody reviews here unless it is configured
    buttons.first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(names[0], exact=True).first).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_text(names[1], exact=True).first).to_be_visible()
