"""What every entry of the list of metrics has to keep to: its numbers, and each place that shows, keeps or judges them.

A new metric needs an oracle in ORACLES, and nothing else here.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import unescape
from typing import Any

import numpy as np
import pytest
import vl_convert
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sklearn import metrics as sklearn
from typer.testing import CliRunner

from monitor_core.alerting.rules import RuleError
from monitor_core.app.frame.drawing import with_tables
from monitor_core.app.performance import charts, class_charts
from monitor_core.app.performance.view import View
from monitor_core.cli.main import app
from monitor_core.contract.calendar import Period, preset
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import bounds, number
from monitor_core.logger import history
from monitor_core.logger.prometheus import Exporter
from monitor_core.mongo.store import Store
from monitor_core.reports import comparison, performance
from monitor_core.scores import intervals
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.counts import confusion_of
from monitor_core.scores.design import DayGroups
from monitor_core.scores.metrics import CLASS_METRICS, METRICS, Metric
from monitor_core.settings.settings import ROOT, Settings
from tests.alerting.days import a_rule, counts, facts, said
from tests.confusions import Rows, a_model, counts_of
from tests.documents import at, prediction

NOW = at(2026, 10, 31, 20)
DAYS, BEFORE = preset("7d", date(2026, 10, 31)), Period(date(2026, 10, 18), date(2026, 10, 24))
CLASSES = (2, 7, 260)
ROUNDING = 1e-12
ROWS = {2: 300, 7: 600, 260: 1500}
Known = list[tuple[int, int]]  # target and prediction of rows none of which is rejected

every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
class_metric = pytest.mark.parametrize("metric", CLASS_METRICS, ids=lambda metric: metric.key)


# ---- the numbers


def _one_against_the_others(score: Callable[..., float]) -> Callable[[Known, int], float]:
    """Return a score of scikit-learn's as if there were a class and all others; by class."""

    def of(rows: Known, label: int) -> float:
        targets, predictions = label == np.array(rows).T
        return float(score(targets, predictions, zero_division=np.nan))

    return of


def _defined(score: Callable[..., float]) -> Callable[[Known], float]:
    return lambda rows: float(score(*zip(*rows, strict=True)))


def _matthews(rows: Known) -> float:
    targets, predictions = zip(*rows, strict=True)
    both = len(set(targets)) > 1 and len(set(predictions)) > 1  # else scikit-learn says 0
    return float(sklearn.matthews_corrcoef(targets, predictions)) if both else np.nan


ORACLES: dict[str, Callable[..., float]] = {  # by class (rows, label), else (rows)
    "accuracy": _defined(sklearn.accuracy_score),
    "precision": _one_against_the_others(sklearn.precision_score),
    "recall": _one_against_the_others(sklearn.recall_score),
    "f1": _one_against_the_others(sklearn.f1_score),
    "balanced_accuracy": _defined(sklearn.balanced_accuracy_score),
    "matthews_correlation": _matthews,
}


def rows_of(seed: int, classes: int, rows: int, right: float = 0.75) -> Known:
    return a_model(np.random.default_rng(seed), rows, right, classes)  # type: ignore[return-value]


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize(("classes", "rows"), [(2, 1), (2, 9), (2, 300), (7, 5), (7, 600), (260, 40), (260, 1500)])
@every_metric
def test_a_value_equals_scikit_learn_s_on_the_raw_rows(metric: Metric, classes: int, rows: int) -> None:
    raw = rows_of(rows, classes, rows)
    counted = counts_of(list(raw))
    if not metric.by_class:
        assert float(metric.of(counted.total())) == pytest.approx(ORACLES[metric.key](raw), nan_ok=True)
        return
    expected = np.array([ORACLES[metric.key](raw, label) for label in counted.labels])
    assert metric.of(counted.total()).tolist() == pytest.approx(expected.tolist(), nan_ok=True)
    support = np.array([sum(target == label for target, _ in raw) for label in counted.labels])
    defined = ~np.isnan(expected)
    weights = np.where(defined, support, 0) if (support * defined).sum() else defined
    assert metric.overall(counted.total(), "macro") == pytest.approx(np.nanmean(expected))
    assert metric.overall(counted.total(), "weighted") == pytest.approx(
        np.average(np.nan_to_num(expected), weights=weights)
    )


@pytest.mark.parametrize(("classes", "rows"), [(2, 1), (2, 20), (2, 300), (7, 5), (7, 600), (260, 40), (260, 1500)])
@pytest.mark.parametrize("right", [0.05, 0.75, 1])
@every_metric
def test_a_value_lies_within_its_interval_and_that_within_the_range(
    metric: Metric, classes: int, rows: int, right: float
) -> None:
    read_rows = counts_of(list(rows_of(rows, classes, rows, right)))
    total, of = (
        read_rows.total(),
        intervals.overall_intervals(read_rows, metrics=[metric]),
    )
    for average in metric.averages:
        value, (low, high) = float(metric.overall(total, average)), of[metric.name(average)].bounds[0]
        inside = metric.lowest <= low <= value + ROUNDING and value - ROUNDING <= high <= 1
        lacks = np.isnan(value) or of[metric.name(average)].too_few(0)
        assert np.isnan([low, high]).all() if lacks else inside
    if metric.proportion is not None:
        low, high = np.moveaxis(intervals.class_intervals(metric, read_rows).bounds[0], -1, 0)
        value = metric.of(total)
        fits = (metric.lowest <= low) & (low <= value + ROUNDING) & (value - ROUNDING <= high) & (high <= 1)
        assert (fits | np.isnan(value)).all()
        assert (np.isnan(value) == np.isnan(low)).all()


@every_metric
def test_days_give_what_each_of_them_gives_alone(metric: Metric) -> None:
    days = [rows_of(seed, 4, 60) for seed in range(3)]
    together = performance.scores_over_time(_daily(days), DayGroups.single(len(days)))
    for day, rows in enumerate(days):
        alone = performance.scores_over_time(_daily([rows]), DayGroups.single(1))
        for average in metric.averages:
            name = metric.name(average)
            for end in ("", "_low", "_high"):
                expected = alone[name][f"{name}{end}"][0]
                assert together[name][f"{name}{end}"][day] == pytest.approx(expected, nan_ok=True)


def _daily(days: list[Known]) -> Any:
    first = date(2026, 10, 1)
    return confusion_of(tuple(first + timedelta(n) for n in range(len(days))), [counts(rows) for rows in days])


# At 260 classes averages are left out: rare classes come and go, so what they are of differs from day to day.
COVERED = [
    (m, a, classes) for m in METRICS for a in m.averages for classes in CLASSES if classes < 200 or not m.by_class
]


@pytest.mark.parametrize("rows", [50, 500])
@pytest.mark.parametrize(("metric", "average", "classes"), COVERED, ids=lambda one: getattr(one, "key", str(one)))
def test_an_interval_covers_the_true_value(metric: Metric, average: str | None, classes: int, rows: int) -> None:
    """In 95 of 100; of 200 draws, 90 are allowed for chance."""
    rng = np.random.default_rng(7 * classes + rows)
    shares = _a_population(rng, classes)
    value, drawn = _value_of(metric, average, shares), rng.multinomial(rows, shares.ravel(), size=200)
    interval = intervals.overall_intervals(_days(drawn, classes), DayGroups.single(200), [metric])[metric.name(average)]
    low, high = interval.bounds.T
    lacks = np.array([bool(interval.too_few(day)) for day in range(200)])
    assert (np.isnan(low) == lacks).all()
    covered = (low <= value) & (value <= high)
    assert lacks.all() or covered[~lacks].mean() >= 0.9


def _a_population(rng: np.random.Generator, classes: int) -> Any:
    """Return the shares of targets x predictions: classes of which some are rare, known between 75 and 95 %."""
    share = 1 / np.sqrt(np.arange(1, classes + 1))
    recall = 0.75 + 0.2 * rng.random(classes)
    wrong = rng.random((classes, classes)) * share
    np.fill_diagonal(wrong, 0)
    wrong *= ((1 - recall) / wrong.sum(axis=1))[:, None]
    return (share / share.sum())[:, None] * (wrong + np.diag(recall))


def _value_of(metric: Metric, average: str | None, shares: Any) -> float:
    many = np.rint(shares.ravel()[None] * 1e9).astype(np.int64)
    return float(metric.overall(_days(many, len(shares)).total(), average))


def _days(drawn: Any, classes: int) -> ConfusionCounts:
    """Return one day for each row of counts of targets x predictions."""
    day, cell = np.nonzero(drawn)
    rows = np.column_stack([day, *np.divmod(cell, classes), drawn[day, cell]])
    return ConfusionCounts.of(tuple(date(2026, 1, 1) + timedelta(n) for n in range(len(drawn))), rows)


@every_metric
def test_rejected_samples_leave_no_value_where_true_classes_are_needed(metric: Metric) -> None:
    rows: Rows = [*rows_of(1, 3, 90), (None, 1)]
    counted = counts_of(rows)
    total, of = counted.total(), intervals.overall_intervals(counted, metrics=[metric])
    exact = metric.of(total) if metric.by_class else np.full(3, metric.of(total))
    may_be = [True, not metric.by_class, True]  # of class 1, as which it was predicted, it is not
    assert np.isnan(exact).tolist() == [metric.needs_targets and open_ for open_ in may_be]
    for average in metric.averages:
        value, bounds = metric.overall(total, average), metric.overall_bounds(total, average)
        assert np.isnan(value) == metric.depends_on_targets(average)
        assert np.isnan(of[metric.name(average)].bounds).all() == metric.depends_on_targets(average)
        if metric.bounds or (metric.average_bounds and metric.depends_on_targets(average)):
            assert metric.lowest <= bounds[0] <= bounds[1] <= 1
        else:
            assert np.isnan(bounds).all()


@pytest.mark.parametrize("classes", [3, 260])
@every_metric
def test_derivatives_that_an_entry_brings_are_the_numerical_ones(metric: Metric, classes: int) -> None:
    if metric.slopes is None:
        return
    rows = rows_of(5, classes, 2000)
    total = counts_of(list(rows)).total()
    by_hits, by_support, by_predicted = metric.slopes(total)
    labels = np.unique(rows)
    for before, after in zip(rows[:20], rows[20:40], strict=True):  # a row becomes another
        cells = ((*before, -1e-3), (*after, 1e-3))
        moved = {name: np.asarray(getattr(total, name), float) for name in ("hits", "support", "predicted")}
        change = 0.0
        for target, predicted, by in cells:
            at, of = np.searchsorted(labels, (target, predicted))
            moved["support"][at] += by
            moved["predicted"][of] += by
            moved["hits"][at] += by * (at == of)
            change += by * (by_support[at] + by_predicted[of] + by_hits[at] * (at == of))
        difference = metric.value(replace(total, **moved)) - metric.value(total)
        assert float(difference) == pytest.approx(change, rel=1e-2, abs=1e-12)


# ---- the places


@dataclass(frozen=True)
class Surfaces:
    """All that is said of one database of so many classes."""

    now: performance.Performance
    other: performance.Performance
    settings: Settings
    json: Any
    scraped: dict[tuple[str, frozenset[tuple[str, str]]], float]
    html: str
    table: str


@pytest.fixture(  # each made once, not by every worker
    scope="module", params=[pytest.param(n, marks=pytest.mark.xdist_group(f"metrics of {n}")) for n in (7, 260)]
)
def surfaces(
    request: pytest.FixtureRequest, mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Surfaces]:
    classes = request.param
    settings = Settings(
        mongodb_uri=mongodb_uri, database=f"metrics_{classes}", state_folder=tmp_path_factory.mktemp("metrics")
    )
    store = Store(settings)
    for seed, period in enumerate((BEFORE, DAYS)):
        rows = rows_of(seed, classes, ROWS[classes])
        days = [period.days[n % len(period)] for n in range(len(rows))]
        store.collection.insert_many(
            [
                prediction(day, predicted, target, reviewed=timedelta(hours=9))
                for (target, predicted), day in zip(rows, days, strict=True)
            ]
        )
    yield _said_of(store)
    store.database.client.drop_database(settings.database)
    store.database.client.close()


def _said_of(store: Store) -> Surfaces:
    settings = store.settings
    assert settings.mongodb_uri
    environment = {
        "MONITOR_MONGODB_URI": settings.mongodb_uri.get_secret_value(),
        "MONITOR_DATABASE": settings.database,
        "MONITOR_STATE_FOLDER": str(settings.state_folder),
        "COLUMNS": "300",
    }

    def report(form: str) -> str:
        periods = ["--period", f"{DAYS.first}..{DAYS.last}", "--against", f"{BEFORE.first}..{BEFORE.last}"]
        ended = CliRunner().invoke(app, ["report", *periods, "--format", form], env=environment)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    now, other = (performance.read_performance(store, Selection(one, "validated")) for one in (DAYS, BEFORE))
    text = generate_latest(Exporter(store, lambda: NOW).registry).decode()
    scraped = {
        (sample.name, frozenset((k, v) for k, v in sample.labels.items() if v)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return Surfaces(
        now, other, settings, json.loads(report("json")), scraped, unescape(report("html")), report("table")
    )


@every_metric
def test_json_has_value_and_interval_and_the_comparison(metric: Metric, surfaces: Surfaces) -> None:
    for average in metric.averages:
        score = surfaces.now.scores[metric.name(average)]
        place, day = surfaces.json, surfaces.json["by_day"][DAYS.last.isoformat()]
        against = surfaces.json["against"]
        if average:
            place, day, against = place[average], day[average], against[average]
        assert place[metric.key] == pytest.approx(score.value)
        bounds_of_json = [score.low, score.high] if score.has_interval else [None, None]
        assert place[f"{metric.key}_interval"] == pytest.approx(bounds_of_json)
        assert against[metric.key]["other"] == pytest.approx(surfaces.other.scores[metric.name(average)].value)
        if score.has_interval:
            assert against[metric.key]["interval"][0] < against[metric.key]["difference"]
        else:
            assert against[metric.key]["verdict"] == comparison.FEW
        assert day[metric.key] == pytest.approx(surfaces.now.daily[metric.name(average)].iloc[-1])
    if metric.by_class:
        one = surfaces.json["by_class"]["1"]
        assert one[f"{metric.key}_interval"][0] <= one[metric.key] <= one[f"{metric.key}_interval"][1]
        assert "1" in surfaces.json["against"]["by_class"]
        assert metric.key in surfaces.json["against"]["by_class"]["1"]


@every_metric
def test_prometheus_has_value_and_interval(metric: Metric, surfaces: Surfaces) -> None:
    for average in metric.averages:
        labels = {"score": metric.key, "window": "7d"} | ({"average": average} if average else {})
        score = surfaces.now.scores[metric.name(average)]
        expected = {"": score.value, "_lower": score.low, "_upper": score.high}
        for suffix, value in expected.items() if score.has_interval else [("", score.value)]:
            assert surfaces.scraped[f"monitor_score{suffix}", frozenset(labels.items())] == pytest.approx(value)
    of_classes = [dict(labels) for name, labels in surfaces.scraped if name == "monitor_class_score"]
    assert any(labels["score"] == metric.key for labels in of_classes) == metric.by_class


@every_metric
def test_the_html_report_has_its_number_and_its_charts(metric: Metric, surfaces: Surfaces) -> None:
    for average in metric.averages:
        score = surfaces.now.scores[metric.name(average)]
        value, interval = number(score.value, metric.scale), bounds(score.low, score.high, metric.scale)
        if not score.has_interval:
            interval = score.interval_in_words()
        row = re.search(rf">{re.escape(metric.titled(average))}</th>(.*?)</tr>", surfaces.html)
        assert row
        assert value in row[1]
        assert interval in row[1]
    assert f'aria-label="{metric.title} by day with its 95% interval' in surfaces.html
    assert (f'aria-label="{metric.title} by class with its 95% interval' in surfaces.html) == metric.by_class


@every_metric
def test_the_command_line_prints_it_and_how_it_differs(metric: Metric, surfaces: Surfaces) -> None:
    sentences = comparison.scores_in_words(surfaces.now, surfaces.other, "macro", [metric])
    assert sentences[0] in surfaces.table
    assert number(surfaces.now.scores[metric.name("macro")].value, metric.scale) in surfaces.table
    if metric.by_class:
        assert metric.title in surfaces.table


@every_metric
def test_a_chart_over_time_reaches_from_its_lowest_value_to_one(metric: Metric, surfaces: Surfaces) -> None:
    view = View(surfaces.now, surfaces.settings, "macro")
    figure = charts.metric(view, metric)
    assert figure.has_values
    assert len(figure.table) == len(DAYS)
    drawn = vl_convert.vegalite_to_vega(with_tables(figure.spec, figure.tables))
    domains = [scale["domain"] for scale in _scales(drawn) if isinstance(scale.get("domain"), list)]
    assert [metric.lowest, 1] in domains
    assert metric.colour in json.dumps(figure.spec)


def _scales(node: Any) -> Iterator[dict[str, Any]]:
    yield from node.get("scales", [])
    for mark in node.get("marks", []):
        yield from _scales(mark)


@class_metric
def test_a_chart_by_class_has_each_class_that_is_listed(metric: Metric, surfaces: Surfaces) -> None:
    for other in (None, surfaces.other):
        figure = class_charts.class_scores(View(surfaces.now, surfaces.settings, "macro", other), metric)
        assert figure.has_values
        assert 1 < len(figure.table) <= performance.MOST_LISTED
        assert vl_convert.vegalite_to_svg(with_tables(figure.spec, figure.tables))
        columns = {"low", "value", "high"} if other is None else {"low", "value", "high", "other_value", "verdict"}
        assert columns <= set(figure.table)


@pytest.mark.parametrize("classes", CLASSES)
@every_metric
def test_a_rule_judges_what_the_page_shows(metric: Metric, classes: int) -> None:
    rows = rows_of(3, classes, ROWS[classes])
    history, total = facts({0: counts(list(rows))}, 1), counts_of(list(rows)).total()
    for average in metric.averages:
        condition = {"metric": metric.key, "operator": "above"} | ({"average": average} if average else {})
        judged = said(a_rule(condition | {"threshold": metric.lowest}), history, 0)
        value = float(metric.overall(total, average))
        assert judged.value == pytest.approx(value)
        if classes == 260 and (average or metric.mean_of):
            assert judged.status == "no data"
            assert "too few samples a class" in judged.sentence
            continue
        assert judged.status == "firing"
        assert judged.low is not None
        assert judged.high is not None
        assert judged.low <= value <= judged.high
        assert number(value, metric.scale) in judged.sentence
        with pytest.raises(RuleError, match="threshold"):
            a_rule(condition | {"threshold": metric.lowest - 0.01})
    if metric.by_class:
        each = a_rule({"metric": metric.key, "operator": "above", "threshold": metric.lowest, "label": 1})
        assert said(each, history, 0).value == pytest.approx(float(metric.of(total)[1]))


@every_metric
def test_a_day_that_was_stored_before_the_metric_is_completed_and_not_counted_again(
    metric: Metric, store: Store
) -> None:
    rows = rows_of(2, 4, 90)
    store.collection.insert_many([prediction(DAYS.first, p, t, reviewed=timedelta(hours=9)) for t, p in rows])
    history.note_changes(store)
    history.refresh(store)
    selection = Selection(DAYS, "validated")
    before = performance.read_performance(store, selection)
    names = [metric.name(average) for average in metric.averages]
    days = store.database["monitor_history"]
    days.update_many({}, {"$unset": {f"scores.{name}": 1 for name in names}})

    fresh = Store(store.settings, database=store.database)
    assert history.refresh(fresh).changed == 0
    after = performance.read_performance(fresh, selection)
    for name in names:
        assert after.scores[name] == before.scores[name]
        for end in ("", "_low", "_high"):
            assert after.daily[f"{name}{end}"].equals(before.daily[f"{name}{end}"])

    days.update_many({}, {"$set": {"checked_at": NOW - timedelta(days=9000)}})
    assert history.refresh(fresh).changed == 0
    assert all(names[0] in day["scores"] for day in days.find({"reviewed": {"$gt": 0}}))


# ---- the documents


@every_metric
def test_it_is_documented(metric: Metric) -> None:
    assert f"| `{metric.key}` | {metric.title} |" in (ROOT / "docs/metrics.md").read_text("utf-8")
    assert metric.doc.endswith(".")
    assert metric.doc[0].isupper()
    assert metric.samples
    assert metric.words
