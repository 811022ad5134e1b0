"""Segments, granularity and comparisons on the five pages, through Streamlit's own AppTest."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, preset
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import comparison as compare
from monitor_core.reports import performance as reports
from monitor_core.scores.metrics import METRIC
from monitor_core.settings.settings import Settings
from tests.app_pages import alts, said, visit
from tests.documents import fields

PAGES = ("overview", "metrics", "samples_by_class", "metrics_by_class", "training_data")
SEGMENTS = {"camera": "camera", "model": "meta.version"}
every_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture
def cameras(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, store: Store) -> Store:
    """70 days of two cameras, of which the right one gets the dogs wrong; the database is dropped by `store`."""
    monkeypatch.setenv("MONITOR_SEGMENTS", json.dumps(SEGMENTS))
    noon = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    documents = []
    for n in range(70 * 12):
        camera, target = ("left", "right")[n % 2], n % 3
        wrong = (camera == "right" and target == 1 and n % 4 == 1) or n % 11 == 0
        reviewed = noon - timedelta(days=n // 12, hours=n % 12)
        one = fields(prediction=(target + wrong) % 3, validated=target, camera=camera)
        one |= fields(validated_at=reviewed, predicted_at=reviewed - timedelta(hours=2), trained=n % 5 == 0)
        documents.append(one | {"meta": {"version": 1 + n % 2}})
    store.collection.insert_many(documents)
    segmented = Store(Settings(**(store.settings.model_dump() | {"segments": SEGMENTS})))
    assert segmented.indexes.create() == []
    return segmented


def open_page(page: str = "overview", **query: Any) -> AppTest:
    return visit(f"performance/{page}", **query)


def assert_well(app: AppTest) -> None:
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.error] == []
    for chart in app.get("vega_lite_chart"):
        datasets = {dataset.name: dataset.data.data for dataset in chart.proto.datasets}
        assert datasets.keys() - {"bands", "annotations"} == {"table"}
        assert all(datasets.values())
        assert len(chart.proto.alt) > 10


def test_a_segment_of_the_address_is_counted_alone(cameras: Store) -> None:
    app = open_page(where_camera="right", where_model="2", period="7d")
    selection = app.session_state["selection"]
    assert selection.where == (("camera", "right"), ("model", "2"))
    report = reports.read_performance(cameras, selection)
    assert app.metric[0].value == f"{report.counts.validated:,}"
    assert app.metric[1].value == f"{report.scores['accuracy'].value:.1%}"
    assert "camera right, model 2" in said(app)
    assert app.selectbox(key="where_camera").options == ["left", "right"]
    app.selectbox(key="where_camera shown").set_value("left").run()
    assert len(app.metric) == 0  # the left one runs another model
    assert "No reviewed samples" in said(app)
    assert_well(app)


def test_a_value_that_no_document_has_is_an_empty_page_not_an_error(cameras: Store) -> None:
    app = open_page(where_camera="![x](http://a)")
    assert_well(app)
    assert "No reviewed samples" in said(app)


def test_training_beside_another_side_needs_samples_of_its_own(cameras: Store) -> None:
    query = {"where_camera": "right", "where_model": "1", "against": "another camera", "other_camera": "left"}
    app = open_page("training_data", **query)
    assert_well(app)
    assert alts(app) == ["Training set by class"]
    assert said(app).count("Nothing to draw") == 2


@every_page
@pytest.mark.parametrize("granularity", ["hour", "day", "week", "month"])
def test_every_page_is_well_by_every_granularity_beside_the_days_before(
    cameras: Store, page: str, granularity: str
) -> None:
    app = open_page(page, period="7d", granularity=granularity, against="previous period")
    assert_well(app)
    assert "Compared with" in said(app)
    app = open_page(page, period="7d", granularity=granularity)
    assert_well(app)
    assert "Compared with" not in said(app)


@every_page
def test_two_cameras_stand_side_by_side(cameras: Store, page: str) -> None:
    app = open_page(page, period="30d", where_camera="right", against="another camera", other_camera="left")
    assert_well(app)
    assert "Compared with camera left" in said(app)
    assert any("compared with camera left" in alt for alt in alts(app))


def test_the_words_are_those_of_a_direct_computation(cameras: Store) -> None:
    app = open_page(
        "metrics_by_class", period="30d", where_camera="right", against="another camera", other_camera="left"
    )
    here = app.session_state["selection"]
    sides = [
        reports.read_performance(cameras, Selection(here.period, here.basis, (("camera", c),)))
        for c in ("right", "left")
    ]
    scores = compare.compared_class_scores(*sides)
    for metric in ("precision", "recall", "f1"):
        words = compare.many_in_words(METRIC[metric].title, scores[scores["metric"] == metric])
        assert words in said(app)
    assert "Recall: 1 of 3 classes changed significantly: class 1 fell by" in said(app)


def test_the_tiles_compare_with_what_is_chosen(cameras: Store) -> None:
    app = open_page(period="30d", where_camera="right", against="another camera", other_camera="left")
    here = app.session_state["selection"]
    sides = [
        reports.read_performance(cameras, Selection(here.period, here.basis, (("camera", c),)))
        for c in ("right", "left")
    ]
    change = reports.changes(*sides, "macro")["accuracy"]
    assert change is not None
    assert app.metric[1].delta == wording.signed_points(change.difference)
    assert compare.change_in_words("Accuracy", change) in said(app)


def test_a_reference_period_of_the_address(cameras: Store) -> None:
    today = datetime.now(UTC).date()
    first, last = today - timedelta(days=60), today - timedelta(days=40)
    app = open_page(against="reference period", period="7d")
    assert "Choose the days of the reference period" in said(app)
    app.date_input(key="reference shown").set_value((first, last)).run()
    assert app.session_state["compared_with"].period == Period(first, last)
    assert f"Compared with {wording.days(Period(first, last))}" in said(app)
    assert_well(app)


def test_nothing_lies_before_all_days_and_a_side_is_not_compared_with_itself(cameras: Store) -> None:
    app = open_page(period="all", against="previous period")
    assert "there is no previous period" in said(app)
    assert app.session_state["compared_with"] is None
    app = open_page(where_camera="left", against="another camera", other_camera="left")
    assert "The comparison is the selection itself" in said(app)
    assert_well(app)


def test_a_document_on_both_sides_is_told(cameras: Store) -> None:
    assert "are in both" in said(open_page(against="another camera", other_camera="left"))


def test_hours_of_a_long_period_are_days_and_the_sidebar_says_so(cameras: Store) -> None:
    app = open_page("metrics", granularity="hour", period="30d")
    assert "Hours are shown for at most 14 days" in said(app)
    assert all("by day" in alt for alt in alts(app))
    assert all("by hour" in alt for alt in alts(open_page("metrics", granularity="hour", period="7d")))


def test_without_segments_and_choices_the_charts_are_as_before(with_nothing: Store) -> None:
    app = open_page("metrics")
    assert [box.key for box in app.selectbox] == ["period", "against", "against shown", "annotated kind"]
    assert app.selectbox(key="against shown").options == ["nothing", "previous period", "reference period"]
    assert app.session_state["selection"] == Selection(preset("30d", date.today()), "validated")  # noqa: DTZ011


@pytest.fixture
def with_nothing(store: Store) -> Store:
    now = datetime.now(UTC)
    one = fields(prediction=1, validated=1, predicted_at=now, validated_at=now)
    store.collection.insert_one(one)
    return store
