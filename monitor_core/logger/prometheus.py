"""The metrics for Prometheus: the state of the logger and of the model.

The logger counts its own runs since its start; everything else is read from the database at a scrape. Values that are
undefined, have too few samples or cannot be read are absent: a gap in the graph, never a zero.
"""

import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor_core.alerting.timeliness import Timeliness
from monitor_core.contract import calendar as period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import listed
from monitor_core.drift.rules import RULES
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.rulebook import Latest, Rulebook
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.logging import LoggerState, logger_state
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import Score
from monitor_core.reports.unreviewed.classes import LabelledEstimate, estimates_over_all
from monitor_core.scores.counts import Counts
from monitor_core.scores.metrics import CLASS_METRICS, METRICS
from monitor_core.scores.metrics import Metric as ScoreMetric

WINDOWS = ("7d", "30d")  # local days, today included
FRESH_SECONDS = 30  # however often it is scraped, the database is read once in this time
REST = 10  # ... and for at most a tenth of the time
PATIENCE_SECONDS = 4.0  # a scrape waits no longer for the database; Prometheus' own limit is 10 s
STALE_SECONDS = 300  # while new figures are being read, older ones than this are left out
OUTCOMES = ("success", "failure", "standby")
FAILURES = ("database", "destination", "fault")
TICK_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 1800)
BOUNDS = {"": "value", "_lower": "low", "_upper": "high"}  # a series' suffix -> the field of a Score
OVER_ALL = "all predictions"  # of which a score is, reviewed or not
INTERVAL = "the {} bound of the 95% interval of "

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for every counter


@dataclass(frozen=True)
class Figures:
    """The figures read from the database at one instant."""

    logging: LoggerState
    open_batches: dict[str, int]  # by state
    uncertain_batches: int
    newest_review_at: datetime | None
    reviewed_ever: int
    performance: dict[str, Performance]  # by window, by review date
    predicted: dict[str, Counts]  # by window, by prediction date
    over_all: dict[str, list[LabelledEstimate]]  # over all predictions by window, by prediction date
    alerts: dict[str, int]  # open, by severity
    rules: list[Latest]  # each with its last evaluations
    timeliness: Timeliness


def read_figures(store: Store, now: datetime) -> Figures:
    """Read the figures of a scrape from the database; raise DatabaseUnavailable if it does not answer."""
    outbox = Outbox(store)
    today = period.local_day(now, store.settings.zone)
    days = {window: period.preset(window, today) for window in WINDOWS}
    return Figures(
        logger_state(store),
        Tally(batch.state for batch in outbox.open_batches()),
        len(outbox.uncertain()),
        store.predictions.newest_review_at(now),
        store.counts.of(Selection(reports.whole_period(store, "validated", today), "validated")).validated,
        {window: reports.read_performance(store, Selection(days[window], "validated")) for window in WINDOWS},
        {window: store.counts.of(Selection(days[window], "predicted")) for window in WINDOWS},
        {window: estimates_over_all(store, Selection(days[window], "predicted")) for window in WINDOWS},
        Alerts(store).open_count(),
        Rulebook(store).latest(),
        Rulebook(store).timeliness(now),
    )


class Exporter(Collector):
    """The exporter of the logger's /metrics."""

    def __init__(self, store: Store, now: Callable[[], datetime] | None = None) -> None:
        self.store = store
        self.now = now or store.now  # what is today, the database says
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._made = threading.Event()  # no reading is under way
        self._made.set()
        self._figures: Figures | None = None
        self._figures_at = self._begun_at = self._again_at = float("-inf")  # monotonic
        self._last_tick_at: float | None = None
        self._add_counters()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)  # the logger's memory, processor time, start

    def _add_counters(self) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=self.registry)

        text = "Runs of this logger by outcome; on standby, another logger had the lease."
        self._ticks = counter("monitor_ticks", text, "outcome")
        self._failures = counter("monitor_tick_failures", "Failed runs of this logger.", "kind")
        self._rows = counter("monitor_rows_logged", "Reviewed predictions that this logger has logged.")
        self._seconds = Histogram(
            "monitor_tick_duration_seconds",
            "Duration of this logger's runs, without those on standby.",
            buckets=TICK_SECONDS,
            registry=self.registry,
        )
        for outcome in OUTCOMES:  # a series that begins with 1 has not increased, to Prometheus
            self._ticks.labels(outcome)
        for kind in FAILURES:
            self._failures.labels(kind)

    def ticked(self, seconds: float, result: TickResult | None, failure: str | None) -> None:
        """Count a run; a failure is one of FAILURES; without result and failure, the logger was on standby."""
        outcome = "failure" if failure else "success" if result else "standby"
        self._ticks.labels(outcome).inc()
        self._last_tick_at = time.time()
        if failure:
            self._failures.labels(failure).inc()
        if outcome != "standby":
            self._seconds.observe(seconds)
        if result:
            self._rows.inc(result.logged)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics that are read from the database at a scrape."""
        if self._last_tick_at is not None:
            text = "When this logger's last run ended."
            yield _gauge("monitor_last_tick_timestamp_seconds", text, self._last_tick_at)
        latest = self._latest()
        text = "Whether the database answers; while it does not, the series that are read from it are absent."
        yield _gauge("monitor_database_up", text, bool(latest))
        if latest:
            yield from _logger(latest)
            yield from _documents(latest)
            yield from _scores(latest)
            yield from _alerts(latest)

    def _latest(self) -> Figures | None:
        """Return the database's figures, cached for a short time; None if it does not answer."""
        with self._lock:
            if self._made.is_set() and time.monotonic() >= self._again_at:
                self._made.clear()
                self._begun_at = time.monotonic()
                threading.Thread(target=self._make, daemon=True).start()  # not here: it may take long, or hang
        self._made.wait(max(0.0, self._begun_at + PATIENCE_SECONDS - time.monotonic()))
        fresh = self._made.is_set() or time.monotonic() - self._figures_at < STALE_SECONDS
        return self._figures if fresh else None

    def _make(self) -> None:
        figures = None
        try:
            figures = read_figures(self.store, self.now())
        except MonitorError:
            pass  # the logger's own log says why
        finally:
            now = time.monotonic()
            self._figures, self._figures_at = figures, now
            self._again_at = now + max(FRESH_SECONDS, REST * (now - self._begun_at) if figures else 0)
            self._made.set()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _labelled(name: str, text: str, labels: Iterable[str], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=list(labels))
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def _logger(figures: Figures) -> Iterator[Metric]:
    waiting = figures.logging.waiting
    yield _gauge("monitor_waiting_documents", "Reviewed predictions that are not logged yet.", waiting.rows)
    if waiting.oldest_review_at:
        yield _gauge(
            "monitor_oldest_waiting_review_timestamp_seconds",
            "When the oldest of the waiting predictions was reviewed; absent when none waits.",
            waiting.oldest_review_at.timestamp(),
        )
    yield _labelled(
        "monitor_batches",
        "Batches that have not reached every destination.",
        ["state"],
        [((state,), n) for state, n in ({"claiming": 0, "prepared": 0} | figures.open_batches).items()],
    )
    yield _gauge(
        "monitor_uncertain_batches",
        "Batches that may or may not have arrived; a person has to settle them.",
        figures.uncertain_batches,
    )


def _documents(figures: Figures) -> Iterator[Metric]:
    if figures.newest_review_at:
        yield _gauge(
            "monitor_newest_review_timestamp_seconds",
            "When the newest review was made.",
            figures.newest_review_at.timestamp(),
        )
    yield _labelled(
        "monitor_reviewed_documents",
        'Samples by review date; the window "all" begins with the first one.',
        ["window"],
        [((w,), now.counts.validated) for w, now in figures.performance.items()] + [(("all",), figures.reviewed_ever)],
    )
    yield _labelled(
        "monitor_predicted_documents",
        "Predictions by prediction date, reviewed or not.",
        ["window"],
        [((window,), counts.documents) for window, counts in figures.predicted.items()],
    )
    yield _labelled(
        "monitor_unreviewed_documents",
        "Predictions waiting for review, by prediction date.",
        ["window"],
        [((window,), counts.not_reviewed) for window, counts in figures.predicted.items()],
    )


def _alerts(figures: Figures) -> Iterator[Metric]:
    late = figures.timeliness
    text = "Enabled rules that have not been judged for three intervals of the logger, or never."
    yield _gauge("monitor_rules_not_judged", text, late.late)
    judged = [latest.at for latest in figures.rules]
    if judged:
        text = "When the rule that has waited longest was judged; absent before the first judgement."
        yield _gauge("monitor_rules_judged_timestamp_seconds", text, min(judged).timestamp())
    yield _labelled(
        "monitor_alerts_open",
        "Open alerts, without those that are pending; absent instead of 0 while rules are not judged in time.",
        ["severity"],
        [((severity,), count) for severity, count in figures.alerts.items() if count or not late.is_late],
    )
    verdicts = [
        (latest.rule.name, evaluation)
        for latest in figures.rules
        for evaluation in latest.evaluations
        if evaluation.status in ("ok", "firing")
    ]
    yield _labelled(
        "monitor_drift_statistic",
        f"Statistic of a drift rule's last verdict: {listed([rule.statistic for rule in RULES], 'or')}.",
        ["rule"],
        [((rule,), last.statistic) for rule, last in verdicts if last.statistic is not None],
    )
    yield _labelled(
        "monitor_drift_effect_points",
        "Effect of a drift rule's last verdict in percentage points; the rule fires if the effect is significant and "
        "above its threshold.",
        ["rule"],
        [((rule,), last.value) for rule, last in verdicts if last.statistic is not None and last.value is not None],
    )


def _scores(figures: Figures) -> Iterator[Metric]:
    performance = figures.performance
    scores = [
        ((metric.key, average or "", window), now.scores[metric.name(average)])
        for metric in METRICS
        for window, now in performance.items()
        for average in metric.averages
    ]
    overall = _with_bounds("monitor_score", f"the model's {_any(METRICS)}", ["score", "average", "window"], scores)
    yield from _with_estimates(overall, figures)
    tables = {window: _listed(now) for window, now in performance.items()}
    by_class = _with_bounds(
        "monitor_class_score",
        f"a class's {_any(CLASS_METRICS)}; with more than {reports.MOST_LISTED} classes, only of those with the most "
        "mistakes in the window",
        ["score", "class", "window"],
        [(labels, score) for window, table in tables.items() for labels, score in _class_scores(table, window)],
    )
    yield from _with_estimates(by_class, figures)
    yield _labelled(
        "monitor_class_support",
        f"Samples of a true class; with more than {reports.MOST_LISTED} classes, only of those with the most mistakes "
        "in the window.",
        ["class", "window"],
        [
            ((str(name), window), count)
            for window, table in tables.items()
            for name, count in zip(table["name"], table["support"], strict=True)
        ],
    )


def _with_estimates(families: Iterable[Metric], figures: Figures) -> Iterator[Metric]:
    """Add estimates over all predictions to the scores; where one is refused there is none.

    Each has a score and a label of its own, so that no selector of other scores matches it.
    """
    for family in families:
        name, _, suffix = family.name.partition("score")
        for window, estimates in figures.over_all.items() if suffix in BOUNDS else ():
            for labels, estimate in estimates:
                if not estimate.refused and ("class" in labels) == ("class" in name):
                    value = float(getattr(estimate, BOUNDS[suffix]))
                    family.add_sample(family.name, labels | {"window": window, "of": OVER_ALL}, value)
        yield family


def _with_bounds(
    name: str, of_what: str, labels: list[str], scores: Sequence[tuple[tuple[str, ...], Score]]
) -> Iterator[Metric]:
    """Yield metric families of the scores that rest on enough samples: value and interval, or the bounds instead."""
    unknown = [(values, score) for values, score in scores if score.has_bounds]
    for end, field in (("lowest", "low"), ("highest", "high")):
        text = f"The {end} that {of_what} can be, where samples were rejected, so that there is no value."
        yield _labelled(f"{name}_{end}", text, labels, [(values, getattr(score, field)) for values, score in unknown])
    usable = [(values, score) for values, score in scores if score.is_shown]
    for suffix, field in BOUNDS.items():
        text = INTERVAL.format(suffix[1:]) + of_what if suffix else of_what
        rows = [(values, getattr(score, field)) for values, score in usable if score.has_interval or not suffix]
        yield _labelled(name + suffix, text[0].upper() + text[1:] + ".", labels, rows)


def _listed(now: Performance) -> pd.DataFrame:
    """Return the rows of the listed classes, whose number is limited because each is a series in Prometheus."""
    return now.by_class[now.by_class["name"].isin(reports.listed_classes(now))]


def _class_scores(table: pd.DataFrame, window: str) -> Iterator[tuple[tuple[str, ...], Score]]:
    for row in table.to_dict("records"):
        for metric in CLASS_METRICS:
            score = Score(*(row[f"{metric.key}{end}"] for end in reports.SCORE_COLUMNS))
            yield (metric.key, row["name"], window), score


def _any(metrics: Sequence[ScoreMetric]) -> str:
    return listed([metric.words for metric in metrics], "or")
