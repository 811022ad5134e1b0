"""A database that stops and comes back, or that hardly answers, while somebody looks."""

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor_core.mongo import embedded
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.browser import visit
from tests.browser.slow import slow_way
from tests.documents import ROWS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("apart")]
AWAY = "Database away since"


def minute_passes(page: Page) -> None:
    page.clock.fast_forward(61_000)


def samples(page: Page) -> Any:
    return page.get_by_test_id("stMetric").first


def test_auto_refresh_outlives_a_database_that_stops_and_comes_back(chromium: Browser, tmp_path: Path) -> None:
    data, sockets = tmp_path / "data", embedded.run_folder(tmp_path)
    variables = {"MONITOR_DATABASE": "away", "MONITOR_STATE_FOLDER": str(tmp_path / "state")}
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})  # its clock is not that of other tests
    page = context.new_page()
    page.clock.install()
    with embedded.running(data, sockets) as uri:
        store = Store(Settings(mongodb_uri=uri, database="away", state_folder=tmp_path / "state"))
        store.collection.insert_many([dict(row) for row in ROWS])
        app = visit.app(variables | {"MONITOR_MONGODB_URI": uri}, tmp_path / "app.log")
        address = app.__enter__()
        page.goto(f"{address}/?period=all&refresh=1+min")
        samples(page).wait_for()
        page.locator(visit.SETTLED).wait_for()
        before = samples(page).inner_text()
    try:
        minute_passes(page)
        expect(page.get_by_text(AWAY)).to_be_visible(timeout=60_000)
        assert samples(page).inner_text() == before
        dimmed = "e => { for (; e; e = e.parentElement) if (getComputedStyle(e).opacity < 0.5) return true }"
        assert samples(page).evaluate(dimmed)
        minute_passes(page)
        expect(page.get_by_text(AWAY)).to_have_count(1)
        with embedded.running(data, sockets):
            more = [{**row, "_id": f"new {n}"} for n, row in enumerate(ROWS)]
            store.collection.insert_many(more)
            time.sleep(11)  # what a page has read may be so old
            minute_passes(page)
            expect(page.get_by_text(AWAY)).to_have_count(0, timeout=60_000)
            expect(samples(page)).not_to_have_text(before, timeout=60_000)
    finally:
        context.close()
        app.__exit__(None, None, None)


def test_on_a_slow_network_a_page_ends_with_a_sentence_within_ten_seconds(
    demo_variables: dict[str, str], chromium: Browser, tmp_path: Path
) -> None:
    with slow_way(demo_variables["MONITOR_MONGODB_URI"]) as way:
        variables = demo_variables | {"MONITOR_MONGODB_URI": way.uri}
        with visit.app(variables, tmp_path / "app.log") as address:
            page = chromium.new_page()
            page.goto(address)
            visit.wait_for_page(page, "")  # all is fetched and compiled, and the connection stands
            way.seconds = 3.0  # a second and a half each way
            time.sleep(11)
            began = time.monotonic()
            page.goto(f"{address}/alerts")  # which asks the most
            page.get_by_test_id("stAlert").filter(has_text="answer").first.wait_for(timeout=30_000)
            assert time.monotonic() - began < 10
            page.close()
