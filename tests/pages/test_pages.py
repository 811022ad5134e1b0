"""The five pages over a real MongoDB, through Streamlit's own AppTest."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.cli import demo
from monitor_core.contract.calendar import Period, local_day, preset
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.settings.settings import Settings
from tests.app_pages import said, visit

TITLES = {
    "overview": "Overview",
    "metrics": "Metrics",
    "samples_by_class": "Samples by class",
    "metrics_by_class": "Metrics by class",
    "training_data": "Training data",
}
CHARTS = {"overview": 2, "metrics": 4, "samples_by_class": 3, "metrics_by_class": 4, "training_data": 3}
EVIL_IMAGE, EVIL_BOLD = "![x](http://example.invalid/a.png)", "<b>bold</b>"
ONE_DAY = timedelta(days=1)
every_page = pytest.mark.parametrize("page", TITLES)


@pytest.fixture(scope="module")
def demo_database(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One database with the demo for all tests that only read it."""
    state = tmp_path_factory.mktemp("demo")
    settings = Settings(mongodb_uri=mongodb_uri, database="demo_of_the_pages", state_folder=state)
    store = Store(settings)
    demo.fill(store, datetime.now(UTC), into_configured_database=True)
    yield settings
    store.database.client.drop_database(settings.database)
    store.database.client.close()


@pytest.fixture
def with_demo(demo_database: Settings, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("MONITOR_DATABASE", demo_database.database)
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(demo_database.state_folder))
    return Store(demo_database)


@pytest.fixture
def write(store: Store) -> Callable[..., None]:
    """Put documents into the database the app reads."""

    def into_the_database(documents: list[dict[str, Any]]) -> None:
        store.collection.insert_many(documents)

    return into_the_database


def open_page(page: str = "overview", **query: Any) -> AppTest:
    return visit(f"performance/{page}", **query)


def pick(app: AppTest, key: str, value: str) -> AppTest:
    return app.segmented_control(key=key).set_value(value).run()


def pick_range(app: AppTest, *days: date) -> AppTest:
    return app.date_input(key="range").set_value(days).run()


def today() -> date:
    return local_day(datetime.now(UTC), Settings().zone)


def noon(days_ago: int) -> datetime:
    return datetime.combine(today() - days_ago * ONE_DAY, datetime.min.time(), UTC) + timedelta(hours=12)


def reviewed(target: Any, prediction: Any, days_ago: int, **more: Any) -> dict[str, Any]:
    at = noon(days_ago)
    document = {"output_prediction": prediction, "output_validated": target, "output_confidence": 0.9}
    return document | {"timestamp": at - timedelta(hours=2), "timestamp_validated": at, "trained": True} | more


def assert_shown(app: AppTest, page: str) -> None:
    """The page is there, and nothing on it is an error."""
    assert [found.value for found in app.exception] == []
    assert [found.value for found in app.error] == []
    assert [found.value for found in app.header] == [TITLES[page]]


def alts(app: AppTest) -> list[str]:
    return [chart.proto.alt for chart in app.get("vega_lite_chart")]


def tiles(app: AppTest) -> list[str]:
    return [tile.value for tile in app.metric]


def figures(store: Store, app: AppTest, average: str = "macro") -> list[str]:
    """What the tiles have to show, by the report itself."""
    found = reports.performance(store, app.session_state["selection"])
    scores = found.headline(average).values()
    return [f"{found.counts.validated:,}", *(f"{s.value:.1%}" if s.is_shown else "–" for s in scores)]


# ---- with the demo


@every_page
def test_a_page_shows_the_demo_with_every_chart_described(with_demo: Store, page: str) -> None:
    app = open_page(page)
    assert_shown(app, page)
    assert len(alts(app)) == CHARTS[page]
    assert all(len(alt) > 10 for alt in alts(app))
    assert len(set(alts(app))) == len(alts(app))


@every_page
def test_every_chart_has_rows_and_only_columns_its_template_knows(with_demo: Store, page: str) -> None:
    for chart in open_page(page).get("vega_lite_chart"):
        datasets = {dataset.name: dataset.data.data for dataset in chart.proto.datasets}
        assert datasets.keys() - {"bands", "annotations"} == {"table"}
        assert all(datasets.values())


def test_the_tiles_are_the_report_of_the_same_selection(with_demo: Store) -> None:
    app = open_page()
    assert app.session_state["selection"].period == preset("30d", today())
    assert tiles(app) == figures(with_demo, app)


@pytest.mark.parametrize("name", ["today", "7d", "90d", "all"])
def test_another_period_gives_other_figures(with_demo: Store, name: str) -> None:
    app = open_page()
    before = tiles(app)
    pick(app, "period", name)
    if name == "all":
        assert app.session_state["selection"].period.last == today()
    else:
        assert app.session_state["selection"].period == preset(name, today())
    assert tiles(app) != before
    assert_shown(app, "overview")
    assert name == "today" or tiles(app) == figures(with_demo, app)  # on a Sunday nobody has reviewed yet


def test_counting_by_prediction_day_gives_other_figures(with_demo: Store) -> None:
    app = open_page()
    before = tiles(app)
    pick(app, "basis", "prediction day")
    assert app.session_state["selection"].basis == "predicted"
    assert tiles(app) == figures(with_demo, app) != before


def test_the_average_switches_between_macro_and_weighted(with_demo: Store) -> None:
    app = pick(open_page(), "average", "weighted")
    assert tiles(app) == figures(with_demo, app, "weighted") != figures(with_demo, app, "macro")
    assert sum("weighted" in tile.label for tile in app.metric) == 3
    assert tiles(pick(app, "average", "macro")) == figures(with_demo, app, "macro")


def test_the_average_in_force_reaches_the_other_pages(with_demo: Store) -> None:
    app = pick(open_page(), "average", "weighted").switch_page("pages/performance/metrics.py").run()
    assert sum("weighted" in heading.value for heading in app.subheader) == 3


def test_custom_begins_with_the_range_on_the_screen(with_demo: Store) -> None:
    app = pick(open_page(), "period", "7d")
    before = app.session_state["selection"], tiles(app)
    pick(app, "period", "custom")
    assert (app.session_state["selection"], tiles(app)) == before
    assert tuple(app.date_input(key="range").value) == (before[0].period.first, before[0].period.last)


def test_a_half_picked_range_keeps_the_last_whole_one(with_demo: Store) -> None:
    first, last = today() - 40 * ONE_DAY, today() - 20 * ONE_DAY
    app = pick_range(pick(open_page(), "period", "custom"), first, last)
    before = tiles(app)
    assert app.session_state["selection"].period == Period(first, last)
    assert before == figures(with_demo, app)
    pick_range(app, first + ONE_DAY)
    assert app.session_state["selection"].period == Period(first, last)
    assert tiles(app) == before
    app.switch_page("pages/performance/metrics.py").run()
    assert app.session_state["selection"].period == Period(first, last)
    assert_shown(app, "metrics")


@pytest.mark.parametrize(
    "query",
    [
        {"period": "banana"},
        {"period": "custom"},
        {"period": "custom", "range": "foo"},
        {"period": "custom", "range": ["0000-00-00", "2026-13-45"]},
        {"period": "custom", "range": ["1600-01-01", "9999-12-31"]},
        {"period": ["7d", "banana"], "basis": "<b>", "average": "none"},
        {"range": ["2026-01-01", "2026-02-03", "2026-03-04"], "cells": "🍌"},
    ],
)
def test_nonsense_in_the_address_is_no_error(with_demo: Store, query: dict[str, Any]) -> None:
    app = open_page(**query)
    assert_shown(app, "overview")
    assert tiles(app) == figures(with_demo, app)


def test_a_reversed_range_in_the_address_is_put_in_order(with_demo: Store) -> None:
    first, last = today() - 40 * ONE_DAY, today() - 20 * ONE_DAY
    app = open_page(period="custom", range=[last.isoformat(), first.isoformat()])
    assert app.session_state["selection"].period == Period(first, last)
    assert_shown(app, "overview")


def test_one_date_in_the_address_is_that_day(with_demo: Store) -> None:
    """So does Streamlit write a range of one day."""
    day = today() - 40 * ONE_DAY
    app = open_page(period="custom", range=day.isoformat())
    assert app.session_state["selection"].period == Period(day, day)
    assert_shown(app, "overview")


def test_the_page_says_that_it_shows_the_demo(with_demo: Store) -> None:
    assert "demo" in said(open_page())


# ---- little or nothing to show


@every_page
def test_an_empty_database_is_said_in_a_sentence(store: Store, page: str) -> None:
    app = open_page(page)
    assert_shown(app, page)
    assert "database is empty" in said(app)
    assert alts(app) == []


@every_page
def test_an_empty_period_is_said_in_a_sentence_with_its_days(with_demo: Store, page: str) -> None:
    first, last = date(2020, 2, 1), date(2020, 2, 29)
    app = open_page(page, period="custom", range=[first.isoformat(), last.isoformat()])
    assert_shown(app, page)
    assert f"{first} to {last}" in said(app)
    assert "longer period" in said(app)
    assert tiles(app) == []


@every_page
def test_one_class_only_is_said_with_its_name(
    write: Callable[..., None], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"4": "SIGRE"}')
    write([reviewed(4, 4, days_ago) for days_ago in (1, 2, 3) for _ in range(4)])
    app = open_page(page)
    assert_shown(app, page)
    assert "one class" in said(app)
    assert "SIGRE" in said(app)


@every_page
def test_one_day_only_is_said_with_its_date(write: Callable[..., None], page: str) -> None:
    write([reviewed(target, prediction, 2) for target in range(3) for prediction in range(3)])
    app = open_page(page)
    assert_shown(app, page)
    assert f"{noon(2):%Y-%m-%d}" in said(app)
    assert "single point" in said(app)


@every_page
def test_a_rejected_review_is_mentioned(write: Callable[..., None], page: str) -> None:
    write([*(reviewed(n % 2, n % 2, n) for n in range(1, 7)), reviewed(False, 1, 1)])
    app = open_page(page)
    assert_shown(app, page)
    assert "1 sample was rejected" in said(app)


@every_page
def test_only_rejected_reviews_are_no_error(write: Callable[..., None], page: str) -> None:
    write([reviewed(False, n % 3, n) for n in range(1, 7)])
    app = open_page(page)
    assert_shown(app, page)
    assert "6 samples were rejected" in said(app)


@every_page
def test_too_few_samples_give_no_score(write: Callable[..., None], page: str) -> None:
    write([reviewed(0, 0, 1), reviewed(1, 0, 2)])
    app = open_page(page)
    assert_shown(app, page)
    if page == "overview":
        assert tiles(app) == ["2", "–", "–", "–", "–"]


@every_page
def test_predictions_nobody_reviewed_are_counted_as_waiting(write: Callable[..., None], page: str) -> None:
    write([reviewed(None, 1, 1) | {"timestamp_validated": None, "trained": False} for _ in range(3)])
    app = open_page(page, basis="prediction day")
    assert_shown(app, page)
    assert "3 predictions" in said(app)


# ---- twenty documents by hand


def handwritten() -> list[dict[str, Any]]:
    """What the contract accepts, and what it sets aside; 12 of them are reviewed within the last 30 days."""
    text = noon(2).isoformat()
    naive, offset = noon(3).strftime("%Y-%m-%d %H:%M:%S"), noon(4).isoformat().replace("+00:00", "+02:00")
    return [
        reviewed(0, 0, 1),
        reviewed("1", "1", 1),
        reviewed(2.0, 2.0, 2),
        reviewed(True, 1, 2),
        reviewed(False, 1, 3),  # rejected
        reviewed(0, 1, 3, timestamp_validated=text),
        reviewed(1, 1, 4, timestamp_validated=naive),
        reviewed(2, 0, 4, timestamp_validated=offset, timestamp=text),
        reviewed(0, 0, 5, output_confidence=7),  # counted, the confidence is odd
        reviewed(0, 0, 5, output_confidence="high"),  # likewise
        {"output_prediction": 1, "output_validated": 1, "timestamp_validated": noon(6)},
        reviewed("2.0", 2, 6, extra={"camera": "left"}),
        reviewed(None, 1, 1),  # open
        reviewed(False, 1, 1, timestamp_validated=None),  # open: no date, no rejection
        reviewed(1, "cat", 1),  # unreadable prediction
        {"output_validated": 1, "timestamp_validated": noon(1)},  # without a prediction
        reviewed([1], 1, 1),  # unreadable review
        reviewed("cat", 1, 1),  # unreadable review
        reviewed(1, 1, 1, timestamp_validated="soon"),  # undated review
        {},
    ]


@every_page
def test_documents_in_every_form_of_the_contract_are_shown_and_the_rest_is_counted(
    write: Callable[..., None], page: str
) -> None:
    write(handwritten())
    app = open_page(page)
    assert_shown(app, page)
    for sentence in (
        "2 without a readable prediction",
        "2 with an unreadable review",
        "1 reviewed without a usable date",
        "1 sample was rejected",
    ):
        assert sentence in said(app)
    if page == "overview":
        assert tiles(app)[:2] == ["12", f"{9 / 12:.1%}"]


def test_the_same_documents_by_prediction_day_are_no_error(write: Callable[..., None], store: Store) -> None:
    write(handwritten())
    app = open_page(basis="prediction day")
    assert_shown(app, "overview")
    assert tiles(app) == figures(store, app)
    assert tiles(app)[0] == "12"  # the one without `timestamp` is out, the one reviewed "soon" is in


# ---- names are text


@every_page
def test_a_class_name_that_is_markup_stays_text(
    write: Callable[..., None], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", f'{{"0": "{EVIL_IMAGE}", "1": "{EVIL_BOLD}"}}')
    write([reviewed(0, 0, 1) for _ in range(6)])
    app = open_page(page)
    assert_shown(app, page)
    assert EVIL_IMAGE in said(app)  # "only one class": the sentence with a name in it
    assert_no_markup(app)


def test_a_training_folder_whose_name_is_markup_stays_text(
    write: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "<b>![x](..)"
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "a.png").touch()
    monkeypatch.setenv("MONITOR_TRAINING_FOLDER", str(folder))
    write([reviewed(0, 0, 1) for _ in range(6)])
    app = open_page("training_data")
    assert_shown(app, "training_data")
    assert_no_markup(app)


def assert_no_markup(app: AppTest) -> None:
    """Streamlit reads Markdown in all these; a backslash takes the meaning from each sign."""
    told = [*app.info, *app.warning, *app.error, *app.caption, *app.markdown, *app.subheader, *app.header]
    assert [found.value for found in told if "![" in found.value or "<b>" in found.value] == []
    assert not any(getattr(found, "allow_html", False) for found in told)


# ---- what went wrong is said in a sentence


def assert_one_sentence(app: AppTest, *words: str) -> None:
    assert [found.value for found in app.exception] == []
    (error,) = [found.value.replace("\\", "") for found in app.error]
    assert all(word in error for word in words), error
    assert "Traceback" not in error
    assert "\n" not in error


def test_a_database_that_is_down_is_one_sentence_with_the_remedy(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = str(tmp_path / "dead.sock").replace("/", "%2F")
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://reader:hush-hush@{dead}")
    app = open_page()
    assert_one_sentence(app, "No MongoDB", "MONITOR_MONGODB_URI")
    assert "hush-hush" not in app.error[0].value


@pytest.mark.parametrize(
    ("name", "value"),
    [("MONITOR_TIME_ZONE", "Europe/Atlantis"), ("MONITOR_MONGODB_URI", "sqlite://x"), ("MONITOR_TIMEZONE", "UTC")],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert_one_sentence(open_page(), name)


def test_a_training_source_that_is_missing_is_one_sentence(with_demo: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TRAINING_FOLDER", "/nowhere/at/all")
    app = open_page("training_data")
    assert_one_sentence(app, "MONITOR_TRAINING_FOLDER", "/nowhere/at/all")
    assert_shown(app.switch_page("pages/performance/overview.py").run(), "overview")


@every_page
def test_a_document_that_arrives_later_is_shown_once_the_cached_report_is_stale(
    write: Callable[..., None], store: Store, page: str
) -> None:
    app = open_page(page)
    write([reviewed(n % 3, n % 3, n) for n in range(1, 7)])
    st.cache_data.clear()  # what time does after FRESH_SECONDS
    assert_shown(app.run(), page)
    assert len(alts(app)) == CHARTS[page]


def test_of_very_many_classes_those_with_the_most_mistakes_are_listed(write: Callable[..., None]) -> None:
    write([reviewed(n, n, 2) for n in range(300)] + [reviewed(n, n + 1, 2) for n in (7, 200, 201)])
    app = open_page("metrics_by_class")
    assert_shown(app, "metrics_by_class")
    assert "Of 300 classes the 60 with the most mistakes are listed." in said(app)
    assert len(alts(app)) == CHARTS["metrics_by_class"]
