"""What every page shows while no prediction can be read, through Streamlit's own AppTest."""

from datetime import UTC, datetime

import pytest
import streamlit as st

from monitor_core.mongo.store import Store
from tests.app_pages import OVERVIEW, said, visit
from tests.documents import prediction

AT = datetime(2026, 10, 1, tzinfo=UTC)
SECRET = "hunter2key"  # noqa: S105 - nobody's
PAGES = [OVERVIEW, "operate/alerts", "investigate/samples", "operate/about"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_a_document_and_settings_to_paste(store: Store, page: str) -> None:
    store.database["image_log"].insert_one({"prediction": 3, "label": 5, "created_at": AT, "token": SECRET})
    app = visit(page)
    assert not app.exception
    assert f"{store.settings.database}.image_logs at" in said(app)
    assert "image_log (1 document)" in said(app)
    document, toml, variables = (block.value for block in app.code)
    assert '"label": 5' in document
    assert toml.splitlines()[0] == 'collection = "image_log"'
    assert "export MONITOR_FIELDS__VALIDATED=label" in variables
    assert SECRET not in document + said(app)


def test_it_is_gone_once_a_prediction_can_be_read(store: Store) -> None:
    assert "does not exist" in said(visit())
    store.collection.insert_one(prediction())
    st.cache_data.clear()  # ten seconds later
    app = visit("operate/alerts")
    assert not app.code
    store.collection.drop()  # what could be read once is not looked for again
    assert not visit("operate/alerts").code


def test_markup_in_a_name_stays_text(store: Store) -> None:
    store.database["![x](http://a.example)"].insert_one({"age": 36})
    app = visit("operate/alerts")
    assert "![x](http://a.example) (1 document)" in said(app)
    assert not any("](http" in box.value for box in app.warning)
