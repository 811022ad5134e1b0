"""The pages on reviews and calibration over a real MongoDB, through Streamlit's own AppTest."""

import pytest
import streamlit as st

from monitor_core.mongo.store import Store
from monitor_core.reports.reviewers.confirmations import CHECK_FIRST
from tests.app.shown import TITLES, charts, document, open_page, tiles
from tests.app_pages import said
from tests.documents import fields

EVIL = "![x](http://example.invalid/a.png)"
every_page = pytest.mark.parametrize("page", TITLES)


@every_page
@pytest.mark.parametrize("basis", ["review day", "prediction day"])
def test_an_empty_database_and_an_empty_period_are_said(store: Store, page: str, basis: str) -> None:
    app = open_page(page, basis=basis)
    assert [found.value for found in app.header] == [TITLES[page]]
    assert "does not exist" in said(app)
    assert charts(app) == []
    st.cache_data.clear()
    store.collection.insert_one(document(200))
    app = open_page(page, basis=basis, period="7d")
    assert "Choose a longer period" in said(app)
    assert charts(app) == []


def test_predictions_that_nobody_has_reviewed(store: Store) -> None:
    store.collection.insert_many([document(n % 9, target=None) for n in range(40)])
    app = open_page("reviews")
    shown = tiles(app)
    assert (shown["Reviewed"], shown["Waiting for review"], shown["Half reviewed within"]) == ("0.0%", "40", "–")
    assert (shown["Confirmed"], shown["Corrected"], shown["Rejected"]) == ("0", "0", "0")
    assert len(charts(app)) == 6
    assert said(app).count("Nothing to draw") == 1  # the time to review of days without one
    assert "No reviewed samples" in said(open_page("calibration"))


def test_all_rejected(store: Store) -> None:
    store.collection.insert_many([document(n % 9 + 1, target=False, confidence=0.97) for n in range(120)])
    app = open_page("reviews")
    shown = tiles(app)
    assert (shown["Reviewed"], shown["Rejected"], shown["Waiting for review"]) == ("100.0%", "120", "0")
    assert shown["Half reviewed within"] == "2.0 hours"
    assert "No prediction is waiting for review." in said(app)
    assert f"0 corrected and 120 rejected. {CHECK_FIRST}" in said(app)
    link = next(link.proto for link in app.get("page_link") if link.proto.label == "See these samples")
    assert {"confidence=0.95", "confidence=1", "outcome=wrong"} <= set(link.query_string.split("&"))
    assert len(charts(app)) == 6
    app = open_page("calibration")
    assert "Overconfident by 97" in said(app)
    assert tiles(app)["Accuracy"] == "0.0%"
    assert len(charts(app)) == 2


def test_a_fair_and_an_unfair_choice_of_the_reviewers(store: Store) -> None:
    fair = [document(n // 40 + 1, target=1 if n % 3 else None, confidence=0.3 + n % 2 * 0.6) for n in range(360)]
    store.collection.insert_many(fair)
    assert "No class or confidence is reviewed significantly more or less often" in said(open_page("reviews"))
    store.collection.delete_many(fields(confidence={"$lt": 0.5}, validated=None))
    st.cache_data.clear()
    told = said(open_page("reviews"))
    assert "The more confident the model, the less often a prediction is reviewed" in told
    assert "The accuracy over all " in told
