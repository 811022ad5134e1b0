"""What happened on the days of charts over time."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, local_day
from monitor_core.mongo.store import Store
from monitor_core.reports.alerts import INCOMPLETE
from monitor_core.settings.settings import ROOT
from tests.app.shown import charts, document, noon, open_page, severities
from tests.app_pages import said


def test_the_other_pages_charts_carry_the_bands(ringing: Store) -> None:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    by_day = next(chart.proto for chart in app.get("vega_lite_chart") if "by day" in chart.proto.alt)
    assert "Accuracy is falling, critical" in by_day.alt
    assert "Confidence has moved, warning" in by_day.alt
    assert {dataset.name for dataset in by_day.datasets} == {"table", "bands", "annotations", "reference"}
    assert "Shaded, alerts: " in said(app)


def test_young_days_are_shaded_on_every_chart_by_prediction_day_and_on_none_by_review_day(store: Store) -> None:
    store.collection.insert_many([document(days_ago) for days_ago in range(1, 20) for _ in range(8)])
    store.collection.insert_many([document(days_ago, target=None) for days_ago in (1, 2, 3) for _ in range(4)])
    first, last = (local_day(noon(days_ago), store.settings.zone) for days_ago in (3, 1))
    for page in ("overview", "metrics", "samples_by_class"):
        for basis, shaded in (("prediction day", True), ("review day", False)):
            st.cache_data.clear()
            app = open_page(page, basis=basis) if page != "overview" else overview(basis)
            over_time = [chart for chart in charts(app) if "bands" in chart]
            assert over_time
            for chart in over_time:
                assert (INCOMPLETE in severities(chart)) is shaded
                assert (f"Incomplete: {wording.days(Period(first, last))}" in chart["alt"]) is shaded
            assert (
                f"Incomplete, shaded grey: {wording.days(Period(first, last))}. More than 20%" in said(app)
            ) is shaded
    app = open_page("reviews", basis="review day")
    by_prediction, by_review = (chart for chart in charts(app) if "bands" in chart)
    assert INCOMPLETE in severities(by_prediction)
    assert INCOMPLETE not in severities(by_review)


def overview(basis: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["basis"] = basis
    return app.run()


def test_a_higher_share_leaves_them_unshaded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MATURING_SHARE", "0.6")
    store.collection.insert_many([document(1, target=1 if n % 2 else None) for n in range(20)])
    app = open_page("metrics", basis="prediction day")
    assert "Incomplete, shaded" not in said(app)
    assert all(INCOMPLETE not in severities(chart) for chart in charts(app))
