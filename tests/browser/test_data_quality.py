"""An analyst looks for what is wrong with the documents, in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import expect

from monitor_core.contract.problems import PROBLEMS
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.browser import visit
from tests.browser.shown import OpenTab
from tests.browser.visit import wait_for_page
from tests.documents import FIELDS, fields

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("apart")]
EVIL = "![x](http://example.invalid/a.png)<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def odd_address(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app over documents of which some are odd, without a worker."""
    state = tmp_path_factory.mktemp("odd")
    settings = Settings(mongodb_uri=mongodb_uri, database="odd_of_the_browser", state_folder=state)
    store = Store(settings)
    noon = datetime.now(UTC).replace(hour=0, minute=0)
    good = fields(prediction=1, validated=1, confidence=0.9)
    for day in range(1, 15):
        at = noon - timedelta(days=day)
        dates = fields(predicted_at=at, validated_at=at)
        store.collection.insert_many([good | dates | fields(filename=f"{day} {n}.png") for n in range(20)])
        store.collection.insert_one(good | dates | {FIELDS.filename: EVIL, EVIL: 1, FIELDS.prediction: EVIL})
        store.collection.insert_one(good | dates | fields(filename="p", confidence=95))
    variables = {
        "MONITOR_MONGODB_URI": mongodb_uri,
        "MONITOR_DATABASE": settings.database,
        "MONITOR_STATE_FOLDER": str(state),
    }
    with visit.app(variables, Path(state) / "app.log") as address:
        yield address
    store.database.client.drop_database(settings.database)
    store.database.client.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_what_is_odd_is_found_looked_at_and_linked_to(
    odd_address: str, open_tab: OpenTab, width: int, scheme: str
) -> None:
    page = open_tab(f"{odd_address}/data_quality?period=30d", width=width, color_scheme=scheme)
    wait_for_page(page, "data_quality", charts=1)
    expect(page.get_by_text("294 used + 0 not reviewed + 14 set aside = 308 documents.")).to_be_visible()
    gravest, other = PROBLEMS["unreadable_prediction"], PROBLEMS["bad_confidence"]
    expect(page.get_by_role("heading", name=gravest.title, exact=True)).to_be_visible()

    picker = page.get_by_test_id("stMain").get_by_test_id("stSelectbox").get_by_role("combobox")
    picker.click()
    page.wait_for_timeout(2000)  # a table or chart that finds its width, late on a phone, may close the list
    picker.fill(other.title)
    picker.press("Enter")
    expect(page.get_by_role("heading", name=other.title, exact=True)).to_be_visible()
    wait_for_page(page, "data_quality", charts=1)
    expect(page.get_by_text(other.remedy)).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["kind"] == [other.title]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    again = open_tab(f"{odd_address}/data_quality?period=30d&kind={quote(other.title)}", width=width)
    wait_for_page(again, "data_quality", charts=1)
    expect(again.get_by_role("heading", name=other.title, exact=True)).to_be_visible()


def test_other_pages_lead_here(odd_address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{odd_address}/?period=30d")
    wait_for_page(page, "")
    expect(page.get_by_text(re.compile("The page Data quality has the details"))).to_be_visible()
