"""The pages on reviews and calibration over a real MongoDB, through Streamlit's own AppTest."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.contract.calendar import local_day
from monitor_core.mongo.store import Store
from monitor_core.reports.alerts import MATURING
from monitor_core.settings.settings import ROOT
from tests.app_pages import said, visit

EVIL = "![x](http://example.invalid/a.png)"
TITLES = {"reviews": "Reviews", "calibration": "Calibration"}
every_page = pytest.mark.parametrize("page", TITLES)


def noon(days_ago: float) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def document(days_ago: int, target: Any = 1, prediction: int = 1, confidence: Any = 0.9) -> dict[str, Any]:
    """Reviewed two hours after its prediction."""
    at = noon(days_ago)
    made = {"output_prediction": prediction, "timestamp": at, "output_confidence": confidence}
    reviewed = {"output_validated": target, "timestamp_validated": at + timedelta(hours=2)}
    return made | ({} if target is None else reviewed)


def open_page(page: str, **query: Any) -> AppTest:
    app = visit(f"{'investigate' if page in TITLES else 'performance'}/{page}", **query)
    assert [found.value for found in app.exception] == []
    assert [found.value for found in app.error] == []
    return app


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [
        {"alt": chart.proto.alt, "spec": json.loads(chart.proto.spec)}
        | {dataset.name: dataset.data.data for dataset in chart.proto.datasets}
        for chart in app.get("vega_lite_chart")
    ]


def severities(chart: dict[str, Any]) -> set[str]:
    import pyarrow as pa

    return set(pa.ipc.open_stream(chart["bands"]).read_pandas()["severity"])


@every_page
@pytest.mark.parametrize("basis", ["review day", "prediction day"])
def test_an_empty_database_and_an_empty_period_are_said(store: Store, page: str, basis: str) -> None:
    app = open_page(page, basis=basis)
    assert [found.value for found in app.header] == [TITLES[page]]
    assert "database is empty" in said(app)
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
    assert (shown["Reviewed"], shown["Waiting for a review"], shown["Half reviewed within"]) == ("0.0%", "40", "–")
    assert (shown["Confirmed"], shown["Corrected"], shown["Rejected"]) == ("0", "0", "0")
    assert len(charts(app)) == 4
    assert said(app).count("Nothing to draw") == 1  # the time to review of days without one
    assert "No reviewed samples" in said(open_page("calibration"))


def test_all_rejected(store: Store) -> None:
    store.collection.insert_many([document(n % 9 + 1, target=False) for n in range(120)])
    app = open_page("reviews")
    shown = tiles(app)
    assert (shown["Reviewed"], shown["Rejected"], shown["Waiting for a review"]) == ("100.0%", "120", "0")
    assert shown["Half reviewed within"] == "2.0 hours"
    assert "No prediction is waiting for review." in said(app)
    assert len(charts(app)) == 4
    app = open_page("calibration")
    assert "Overconfident by 90" in said(app)
    assert tiles(app)["Accuracy"] == "0.0%"
    assert len(charts(app)) == 2


def test_missing_and_bad_confidences_are_counted(store: Store) -> None:
    store.collection.insert_many([document(n % 9, confidence=None) for n in range(20)])
    store.collection.insert_many([document(n % 9, confidence=1.7) for n in range(5)])
    app = open_page("calibration")
    assert "25 of them (100.0%) have no usable confidence" in said(app)
    assert "5 documents of these days have one that is no number from 0 to 1" in said(app)
    assert "Without confidences there is nothing" in said(app)
    assert charts(app) == []
    st.cache_data.clear()
    store.collection.insert_many([document(n % 9) for n in range(3)])
    app = open_page("calibration")
    assert "25 of them (89.3%) have no usable confidence" in said(app)
    assert "Not enough data: 3 reviewed samples" in said(app)
    assert tiles(app) == {
        "Accuracy": "–",
        "Mean confidence": "90.2%",
        "Confidence − accuracy": "–",
        "Calibration error": "–",
    }
    assert "no confidence" in [*charts(open_page("reviews"))[3]["spec"]["layer"][0]["encoding"]["y"]["sort"]]


def test_a_fair_and_an_unfair_choice_of_the_reviewers(store: Store) -> None:
    fair = [document(n // 40 + 1, target=1 if n % 3 else None, confidence=0.3 + n % 2 * 0.6) for n in range(360)]
    store.collection.insert_many(fair)
    assert "No class and no confidence is reviewed more or less often" in said(open_page("reviews"))
    store.collection.delete_many({"output_confidence": {"$lt": 0.5}, "output_validated": None})
    st.cache_data.clear()
    told = said(open_page("reviews"))
    assert "The more confident the model, the less often a prediction is reviewed" in told
    assert "their accuracy is not the model's accuracy over all" in told


def test_class_names_are_text_and_the_class_stands_in_the_address(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", json.dumps({"1": EVIL, "2": "3", "4": "all classes"}))
    for label, right in ((1, 4), (2, 3), (3, 2), (4, 1)):
        rows = [document(n % 9, label if n % 5 < right else 9, label) for n in range(50)]
        store.collection.insert_many([*rows, *(document(1, None, label) for _ in range(10 * (label == 1)))])
    whole = open_page("calibration")
    options = whole.selectbox(key="class").options
    assert options == ["all classes", EVIL, "3 (class 2)", "3 (class 3)", "all classes (class 4)"]
    assert tiles(whole)["Accuracy"] == "50.0%"
    for label, share in ((EVIL, "80.0%"), ("3 (class 2)", "60.0%"), ("3 (class 3)", "40.0%")):
        assert tiles(open_page("calibration", **{"class": label}))["Accuracy"] == share
    assert tiles(open_page("calibration", **{"class": "nobody's"}))["Accuracy"] == "50.0%"
    told = "\n".join(found.value for found in open_page("reviews").warning)
    assert EVIL in told.replace("\\", "")
    assert EVIL not in told


def test_bins_of_equal_count_stand_in_the_address(store: Store) -> None:
    store.collection.insert_many([document(n % 9, confidence=0.5 + n / 400) for n in range(200)])
    assert open_page("calibration", bins="equal count").segmented_control(key="bins").value == "equal count"
    assert open_page("calibration", bins="banana").segmented_control(key="bins").value == "equal width"


# ---- incomplete days


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
                assert (MATURING in severities(chart)) is shaded
                assert (f"Incomplete: {first} to {last}" in chart["alt"]) is shaded
            assert (f"Incomplete, shaded grey: {first} to {last}. More than 20%" in said(app)) is shaded
    app = open_page("reviews", basis="review day")
    by_prediction, by_review = (chart for chart in charts(app) if "bands" in chart)
    assert MATURING in severities(by_prediction)
    assert MATURING not in severities(by_review)


def overview(basis: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["basis"] = basis
    return app.run()


def test_a_higher_share_leaves_them_unshaded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MATURING_SHARE", "0.6")
    store.collection.insert_many([document(1, target=1 if n % 2 else None) for n in range(20)])
    app = open_page("metrics", basis="prediction day")
    assert "Incomplete, shaded" not in said(app)
    assert all(MATURING not in severities(chart) for chart in charts(app))
