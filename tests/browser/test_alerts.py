"""A rule from its writing to the answer of who was told, in a real browser."""

import json
import re
from datetime import date
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import expect

from monitor_core.app.alerts.rules import NEW_RULE
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from monitor_core.settings.sources import load
from tests.browser.conftest import Heard
from tests.browser.shown import OpenTab
from tests.browser.visit import wait_for_page
from tests.receivers import webhook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tools")]
RULE = {
    "name": "often-wrong",
    "title": "The model is wrong too often",
    "severity": "warning",
    "conditions": [{"metric": "accuracy", "operator": "below", "threshold": 0.97}],
    "window_days": 14,
}


def test_a_rule_is_written_tried_saved_fires_and_its_message_leads_to_the_view(
    address: str,
    open_tab: OpenTab,
    heard: Heard,
    demo_variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = open_tab(f"{address}/alerts?period=30d&edit={quote(NEW_RULE)}&edit_as=JSON")
    wait_for_page(page, "alerts", charts=1)
    page.get_by_role("textbox", name="The rule, as JSON").fill(json.dumps(RULE))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(re.compile(r"would have fired on [1-9]\d* of 30 days"))).to_be_visible()
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()

    with webhook() as receiver:
        for name, value in demo_variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("MONITOR_NOTIFY", receiver.address())
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        monkeypatch.setenv("MONITOR_APP_URL", address)
        result = jobs.tick(Store(load().settings))
        assert result
        (message,) = receiver.received
    assert RULE["title"] in message["message"]
    link = next(link for link in re.findall(r"http\S+", message["message"]) if "/metrics" in link)

    view = open_tab(link)
    wait_for_page(view, "metrics")
    first, last = parse_qs(urlsplit(link).query)["period"][0].split("..")
    expect(
        view.get_by_test_id("stSidebar").get_by_text(
            wording.days(Period(date.fromisoformat(first), date.fromisoformat(last)))
        )
    ).to_be_visible()
    assert urlsplit(view.url).path == "/metrics"

    page = open_tab(f"{address}/alerts?period=30d&rule={RULE['name']}")
    wait_for_page(page, "alerts", charts=0)
    page.get_by_role("button", name="Details", exact=True).first.click()
    wait_for_page(page, "alerts", charts=1)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("acknowledged by Ada").first).to_be_visible()

    assert "alert" in parse_qs(urlsplit(page.url).query)
    page.go_back()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    assert "alert" not in parse_qs(urlsplit(page.url).query)
