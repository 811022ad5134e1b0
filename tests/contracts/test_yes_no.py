"""Reviews that only confirm or reject: everything that shows recall and F1 gives their bounds, and nothing a value."""

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from monitor_core.app.performance import charts, class_charts
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger.prometheus import Exporter
from monitor_core.mongo.store import Store
from monitor_core.reports import performance
from monitor_core.scores.metrics import METRIC
from tests.command import run
from tests.documents import prediction

NOW = datetime(2026, 10, 8, 12, tzinfo=UTC)
LAST = NOW.date()
DAYS = Period(LAST - timedelta(6), LAST)
CONFIRMED, REJECTED = 100, 20  # of each of three classes
RECALL = "71.4–100.0%"  # 100 of 100, or of 140 if all that were rejected as other classes are of it


@pytest.fixture
def reviewed(store: Store) -> Store:
    answers = [True] * CONFIRMED + [False] * REJECTED
    rows = [(DAYS.days[n % 7], label, answer) for label in range(3) for n, answer in enumerate(answers)]
    store.collection.insert_many(
        [prediction(day, label, answer, reviewed=timedelta(hours=9)) for day, label, answer in rows]
    )
    return store


def report_of(store: Store) -> performance.Performance:
    return performance.read_performance(store, Selection(DAYS, "validated"))


def printed(form: str) -> str:
    return unescape(run("report", "--period", f"{DAYS.first}..{DAYS.last}", "--format", form).stdout)


def test_the_report_has_no_recall_but_its_bounds(reviewed: Store) -> None:
    report = report_of(reviewed)
    assert report.scores["accuracy"].value == pytest.approx(100 / 120)
    assert report.scores["macro_precision"].value == pytest.approx(100 / 120)
    for name in ("macro_recall", "macro_f1", "weighted_f1", "weighted_recall", "balanced_accuracy"):
        assert report.scores[name].has_bounds, name
    assert report.by_class["recall"].isna().all()
    assert not report.scores["matthews_correlation"].has_bounds


def test_command_line_and_html_say_bounds(reviewed: Store) -> None:
    table, html = printed("table"), printed("html")
    macro = report_of(reviewed).scores["macro_recall"].bounds_in_words()
    assert RECALL in table  # its column is narrow: "(bounds)" may stand on another line
    assert f"Balanced accuracy: {macro} (bounds, 60 samples rejected; 95% interval " in table
    assert "Matthews correlation: cannot be known from yes/no reviews" in table
    assert f'Macro recall</th><td>{macro}</td><td class="words">bounds, 60 samples rejected; 95% interval ' in html
    assert 'Matthews correlation</th><td>–</td><td class="words">cannot be known from yes/no reviews</td>' in html
    for text in (table, html):
        assert "100.0% (9" not in text
        assert "nan" not in text


def test_json_has_null_and_bounds(reviewed: Store) -> None:
    scores: Any = json.loads(printed("json"))
    for place in (scores["macro"], *scores["by_class"].values()):
        for key in ("recall", "f1"):
            assert place[key] is None
            assert place[f"{key}_interval"] == [None, None]
            low, high = place[f"{key}_bounds"]
            assert 0.5 < low < high <= 1


def test_prometheus_has_series_of_their_own(reviewed: Store) -> None:
    text = generate_latest(Exporter(reviewed, lambda: NOW).registry).decode()
    values = {
        (sample.name, sample.labels.get("score"), sample.labels.get("average") or None): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.get("window") == "7d"
    }
    assert ("monitor_score", "accuracy", None) in values
    assert ("monitor_score", "recall", "macro") not in values
    assert ("monitor_score_lower", "recall", "macro") not in values
    report = report_of(reviewed)
    assert values["monitor_score_lowest", "recall", "macro"] == pytest.approx(report.scores["macro_recall"].low)
    assert values["monitor_score_highest", "recall", "macro"] == pytest.approx(report.scores["macro_recall"].high)


def test_charts_draw_bounds_and_no_points(reviewed: Store) -> None:
    view = View(report_of(reviewed), reviewed.settings, "macro")
    over_time = charts.metric(view, METRIC["recall"])
    assert over_time.table["value"].isna().all()
    assert (over_time.table["low"] < over_time.table["high"]).all()
    assert "bounds" in json.dumps(over_time.spec)  # as the range in the tooltip, where there is no value
    assert charts.WITHOUT_POINT in over_time.legend[0]
    by_class = class_charts.class_scores(view, METRIC["recall"]).table
    assert by_class["value"].isna().all()
    assert by_class["low"].tolist() == pytest.approx([100 / 140] * 3)
