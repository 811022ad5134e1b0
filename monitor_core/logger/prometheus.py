"""What Prometheus scrapes: how the worker does, and how the model does.

What is counted here since the start is the worker's own; all else is asked of the database when somebody scrapes. What
is undefined, rests on too few rows or cannot be asked is absent: a gap in the graph, never a zero.
"""

import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor_core.contract import calendar as period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import listed
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.rulebook import Latest, Rulebook
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import Logging, Performance, Score
from monitor_core.scores.counts import Counts
from monitor_core.scores.metrics import CLASS_METRICS, METRICS
from monitor_core.scores.metrics import Metric as Described

WINDOWS = ("7d", "30d")  # local days, today included
KEPT_SECONDS = 30  # however many scrape, the database is asked once in this time
REST = 10  # ... and at most a tenth of the time
PATIENCE_SECONDS = 4.0  # a scrape waits no longer for the database; Prometheus' own limit is 10 s
STALE_SECONDS = 300  # while the next ones are being made, figures older than this are not shown
OUTCOMES = ("success", "failure", "standby")
FAILURES = ("database", "destination", "fault")
TICK_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 1800)
BOUNDS = {"": "value", "_lower": "low", "_upper": "high"}  # a series' suffix -> the field of a Score
INTERVAL = "the 95 % interval's {} bound of "

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for every counter


@dataclass(frozen=True)
class Figures:
    """What the database knew at one instant."""

    logging: Logging
    open_batches: dict[str, int]  # by state
    uncertain_batches: int
    newest_review_at: datetime | None
    reviewed_ever: int
    performance: dict[str, Performance]  # by window, by review day
    predicted: dict[str, Counts]  # by window, by prediction day
    alerts: dict[str, int]  # open, by severity
    rules: list[Latest]  # what they said last


def figures(store: Store, now: datetime) -> Figures:
    """What is scraped of the database; DatabaseUnavailable when it does not answer."""
    outbox = Outbox(store)
    today = period.local_day(now, store.settings.zone)
    days = {window: period.preset(window, today) for window in WINDOWS}
    return Figures(
        reports.logging(store),
        Tally(batch.state for batch in outbox.open_batches()),
        len(outbox.uncertain()),
        store.predictions.newest_review_at(now),
        store.predictions.reviewed_ever(),
        {window: reports.performance(store, Selection(days[window], "validated")) for window in WINDOWS},
        {window: store.counts.of(Selection(days[window], "predicted")) for window in WINDOWS},
        Alerts(store).open_count(),
        Rulebook(store).latest(),
    )


class Exporter(Collector):
    """The worker's /metrics."""

    def __init__(self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self.now = now
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._made = threading.Event()  # the figures that were asked for last are here
        self._made.set()
        self._figures: Figures | None = None
        self._figures_at = self._asked_at = self._again_at = float("-inf")  # monotonic
        self._last_tick_at: float | None = None
        self._add_counters()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)  # the worker's memory, processor time, start

    def _add_counters(self) -> None:
        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(name, says, labels, registry=self.registry)

        self._ticks = counter("monitor_ticks", "Runs of this worker; standby: another worker was at it.", "outcome")
        self._failures = counter("monitor_tick_failures", "Failed runs of this worker.", "kind")
        self._rows = counter("monitor_rows_logged", "Reviewed documents that this worker has logged.")
        self._seconds = Histogram(
            "monitor_tick_duration_seconds",
            "How long this worker's runs took, those on standby left out.",
            buckets=TICK_SECONDS,
            registry=self.registry,
        )
        for outcome in OUTCOMES:  # a series that begins with 1 has not increased, to Prometheus
            self._ticks.labels(outcome)
        for kind in FAILURES:
            self._failures.labels(kind)

    def serve(self, port: int, address: str) -> None:
        """Answer scrapes from now on, in the background."""
        try:
            prometheus_client.start_http_server(port, address, self.registry)
        except OSError as wrong:
            raise MonitorError(
                f"The metrics cannot be served at {address}, port {port}: {wrong.strerror}. Set MONITOR_METRICS_PORT "
                "to a free port and MONITOR_METRICS_ADDRESS to an address of this machine."
            ) from None

    def ticked(self, seconds: float, result: TickResult | None, failure: str | None) -> None:
        """Count a run: without a result or a failure another worker is at it; a failure is one of FAILURES."""
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
        """The series that are asked for when somebody scrapes."""
        if self._last_tick_at is not None:
            yield _gauge(
                "monitor_last_tick_timestamp_seconds", "When this worker's last run ended.", self._last_tick_at
            )
        found = self._latest()
        yield _gauge("monitor_database_up", "Whether the database answers; 0: its series are absent.", bool(found))
        if found:
            yield from _logger(found)
            yield from _documents(found)
            yield from _scores(found.performance)
            yield from _alerts(found)

    def _latest(self) -> Figures | None:
        """The database's figures, made anew if they are old; None if it does not answer."""
        with self._lock:
            if self._made.is_set() and time.monotonic() >= self._again_at:
                self._made.clear()
                self._asked_at = time.monotonic()
                threading.Thread(target=self._make, daemon=True).start()  # not here: it may take long, or hang
        self._made.wait(max(0.0, self._asked_at + PATIENCE_SECONDS - time.monotonic()))
        fresh = self._made.is_set() or time.monotonic() - self._figures_at < STALE_SECONDS
        return self._figures if fresh else None

    def _make(self) -> None:
        found = None
        try:
            found = figures(self.store, self.now())
        except MonitorError:
            pass  # the worker's own log says why
        finally:
            now = time.monotonic()
            self._figures, self._figures_at = found, now
            self._again_at = now + max(KEPT_SECONDS, REST * (now - self._asked_at) if found else 0)
            self._made.set()


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=float(value))


def _labelled(name: str, says: str, labels: Iterable[str], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=list(labels))
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def _logger(found: Figures) -> Iterator[Metric]:
    waiting = found.logging.waiting
    yield _gauge("monitor_waiting_documents", "Reviewed documents that are not logged yet.", waiting.rows)
    if waiting.oldest_review_at:
        yield _gauge(
            "monitor_oldest_waiting_review_timestamp_seconds",
            "When the oldest of the waiting documents was reviewed; absent when none waits.",
            waiting.oldest_review_at.timestamp(),
        )
    yield _labelled(
        "monitor_batches",
        "Batches that have not reached every destination.",
        ["state"],
        [((state,), n) for state, n in ({"claiming": 0, "prepared": 0} | found.open_batches).items()],
    )
    yield _gauge(
        "monitor_uncertain_batches",
        "Batches of which nobody can tell whether they arrived; a person has to settle them.",
        found.uncertain_batches,
    )


def _documents(found: Figures) -> Iterator[Metric]:
    if found.newest_review_at:
        yield _gauge(
            "monitor_newest_review_timestamp_seconds",
            "When the newest review was made.",
            found.newest_review_at.timestamp(),
        )
    yield _labelled(
        "monitor_reviewed_documents",
        "Reviewed documents by review day; window all: whatever has a review and its date.",
        ["window"],
        [((w,), now.counts.validated) for w, now in found.performance.items()] + [(("all",), found.reviewed_ever)],
    )
    yield _labelled(
        "monitor_predicted_documents",
        "Documents by prediction day, reviewed or not.",
        ["window"],
        [((window,), counts.documents) for window, counts in found.predicted.items()],
    )
    yield _labelled(
        "monitor_unreviewed_documents",
        "Documents by prediction day that nobody has reviewed yet.",
        ["window"],
        [((window,), counts.not_reviewed) for window, counts in found.predicted.items()],
    )


def _alerts(found: Figures) -> Iterator[Metric]:
    yield _labelled(
        "monitor_alerts_open",
        "Open alerts, those left out that only threaten to fire.",
        ["severity"],
        [((severity,), count) for severity, count in found.alerts.items()],
    )
    verdicts = [
        (one.rule.name, evaluation)
        for one in found.rules
        for evaluation in one.evaluations
        if evaluation.status in ("ok", "firing")
    ]
    yield _labelled(
        "monitor_drift_statistic",
        "What a drift rule measured last: evidence that accuracy falls, chi-square of a mix, the gap of confidence.",
        ["rule"],
        [((rule,), said.statistic) for rule, said in verdicts if said.statistic is not None],
    )
    yield _labelled(
        "monitor_drift_effect_points",
        "The effect that it found, in points; it rings above its floor, if that is not chance.",
        ["rule"],
        [((rule,), said.value) for rule, said in verdicts if said.statistic is not None and said.value is not None],
    )


def _scores(found: dict[str, Performance]) -> Iterator[Metric]:
    scores = [
        ((metric.key, average or "", window), now.scores[metric.name(average)])
        for metric in METRICS
        for window, now in found.items()
        for average in metric.averages
    ]
    yield from _with_bounds("monitor_score", f"the model's {_any(METRICS)}", ["score", "average", "window"], scores)
    tables = {window: _listed(now) for window, now in found.items()}
    yield from _with_bounds(
        "monitor_class_score",
        f"a class's {_any(CLASS_METRICS)}; of more than {reports.MOST_LISTED} classes, of those with the most "
        "mistakes in the window",
        ["score", "class", "window"],
        [(labels, score) for window, table in tables.items() for labels, score in _class_scores(table, window)],
    )
    yield _labelled(
        "monitor_class_support",
        f"Reviewed documents of a true class; of more than {reports.MOST_LISTED} classes, of those with the most "
        "mistakes in the window.",
        ["class", "window"],
        [
            ((str(name), window), count)
            for window, table in tables.items()
            for name, count in zip(table["name"], table["support"], strict=True)
        ],
    )


def _with_bounds(
    name: str, of_what: str, labels: list[str], scores: Sequence[tuple[tuple[str, ...], Score]]
) -> Iterator[Metric]:
    """Three families: the value and the two bounds of its interval, of the scores that rest on enough rows."""
    shown = [(values, score) for values, score in scores if score.shown]
    for suffix, field in BOUNDS.items():
        says = INTERVAL.format(suffix[1:]) + of_what if suffix else of_what
        rows = [(values, getattr(score, field)) for values, score in shown]
        yield _labelled(name + suffix, says[0].upper() + says[1:] + ".", labels, rows)


def _listed(now: Performance) -> pd.DataFrame:
    """The rows of the listed classes: a series a class is costly to Prometheus, so there is an end to them."""
    table = now.by_class[now.by_class["name"].isin(reports.listed(now))]
    count = Tally(table["name"])  # a class called "7", and class 7 without a name: one series each
    names = [
        name if count[name] == 1 else f"{name} ({label})"
        for name, label in zip(table["name"], table["label"], strict=True)
    ]
    return table.assign(name=names)


def _class_scores(table: pd.DataFrame, window: str) -> Iterator[tuple[tuple[str, ...], Score]]:
    for row in table.to_dict("records"):
        for metric in CLASS_METRICS:
            score = Score(*(row[f"{metric.key}{end}"] for end in reports.SCORE_COLUMNS))
            yield (metric.key, row["name"], window), score


def _any(metrics: Sequence[Described]) -> str:
    return listed([one.words for one in metrics], "or")
