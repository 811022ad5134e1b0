"""The report of the page Alerts: the feed, the evidence of an alert, and a rule's past verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.rules import Rule
from monitor_core.alerting.sentences import condition_in_words
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.drift.verdicts import days_between_false_alarms
from monitor_core.mongo.alerts import PAGE, Alerts, Filter
from monitor_core.mongo.store import Store
from monitor_core.reports import facts
from monitor_core.reports.performance import REJECTED, Performance
from monitor_core.scores.shares import FEWEST

AROUND = timedelta(days=21)  # before an alert: what its chart shows besides
MOST_DAYS = 120  # of one chart of evidence: each day is judged again
MOST_CELLS = 10  # of a list of confusions
MOST_SHADED = 200  # of alerts on a chart, the newest
STATES = ("open", "resolved", "all")
ANY = "any"  # severity, rule
INCOMPLETE = "incomplete"  # instead of a severity: no alert, but days whose reviews are still to come


@dataclass(frozen=True)
class ShadedDays:
    """The days of an alert, or incomplete days, that charts over time shade."""

    first: date
    last: date
    title: str  # with its class
    severity: str
    rule: str

    def __str__(self) -> str:
        return f"{self.title}, {self.severity}, {wording.days(Period(self.first, self.last))}"


def feed_filter(state: str, severity: str, rule: str) -> Filter:
    """Return the filter of the feed for the page's choices."""
    is_open = {"open": True, "resolved": False}.get(state)
    return Filter(is_open, None if rule == ANY else rule, None if severity == ANY else severity)


def shaded_days(store: Store, today: date) -> list[ShadedDays]:
    """Return the days of the newest alerts that fired; an open alert lasts until today."""
    feed, newest = Alerts(store), list[Alert]()
    for page in range(MOST_SHADED // PAGE):
        alerts, count = feed.page(page=page)
        newest += alerts
        if len(newest) >= count:
            break
    return [
        ShadedDays(
            alert.opened_on,
            today if alert.is_open else last_day(alert),
            named(store, alert),
            alert.severity,
            alert.rule,
        )
        for alert in newest
        if alert.fired_at is not None
    ]


def named(store: Store, alert: Alert) -> str:
    """Return an alert's title, with its class if it is about one class."""
    return alert.title if alert.label is None else f"{alert.title}, class {store.settings.class_name(alert.label)}"


def last_day(alert: Alert) -> date:
    """Return the last day on which the rule fired, as far as it is stored."""
    return max(alert.opened_on, alert.counted_on or alert.opened_on)


def rule_in_words(rule: Rule, class_name: Callable[[int], str]) -> str:
    """Return the conditions of a rule, in one line."""
    conditions = [condition_in_words(condition, class_name) for condition in rule.conditions]
    joined = f" {'and' if rule.join == 'all' else 'or'} ".join(conditions)
    return joined if rule.settles_at_once else f"{joined}, over {wording.count(rule.window_days, 'day')}"


# ---- evidence


@dataclass(frozen=True)
class PastVerdicts:
    """The verdicts of a rule on past days, by today's data."""

    table: pd.DataFrame  # as `past_verdicts` says
    fired_on: tuple[date, ...]  # days
    sentence: str  # of the last day

    @property
    def is_drawn(self) -> bool:
        return bool(self.table["value"].notna().any())

    @property
    def has_threshold(self) -> bool:
        return bool(self.table["threshold"].notna().any())


def past_verdicts(store: Store, rule: Rule, period: Period, label: int | None, now: datetime) -> PastVerdicts:
    """Return the verdicts of a rule on each day of the period, at most the last MOST_DAYS.

    The table has a row for each day and class, or only for `label` if given: day, name, value, low, high, threshold,
    status, sentence, samples. Values are NaN if there is nothing to measure.
    """
    period = Period(max(period.first, period.last - timedelta(MOST_DAYS - 1)), period.last)
    verdicts = facts.past(store, rule, period, now)
    rows = [
        evaluation
        for _, evaluations in verdicts
        for evaluation in evaluations
        if label is None or evaluation.label in (None, label)
    ]
    fired_on = tuple(sorted({evaluation.day for evaluation in rows if evaluation.fires}))
    return PastVerdicts(_table(store, rule, rows), fired_on, rows[-1].sentence if rows else "")


def _table(store: Store, rule: Rule, rows: Sequence[Evaluation]) -> pd.DataFrame:
    def numbers(name: str) -> list[float]:
        return [np.nan if getattr(row, name) is None else float(getattr(row, name)) for row in rows]

    values = pd.DataFrame({name: numbers(name) for name in ("value", "low", "high", "threshold")})
    drift = rule.conditions[0].measure.drift
    if drift and drift.accumulates:  # evidence decides, not the fall on any day
        values["value"] = numbers("statistic")
        values["threshold"] = float(days_between_false_alarms(rule.preset))
    if rule.conditions[0].operator not in ("above", "below", "drifted"):
        values["threshold"] = np.nan  # of a change: on no scale of the value
    if rule.conditions[0].measure.allows.of_samples:  # of few samples, only their number
        values.loc[np.array([row.samples for row in rows]) < FEWEST, ["value", "low", "high"]] = np.nan
    for end in ("low", "high"):
        values[end] = values[end].fillna(values["value"])
    return pd.DataFrame(
        {
            "day": pd.to_datetime([row.day for row in rows]),
            "name": ["" if row.label is None else store.settings.class_name(row.label) for row in rows],
            **values,
            "status": [row.status for row in rows],
            "sentence": [row.sentence for row in rows],
            "samples": [row.samples for row in rows],
        }
    )


def around(alert: Alert, today: date) -> Period:
    """Return the days that the chart of an alert shows."""
    last = today if alert.is_open else min(last_day(alert) + timedelta(7), today)
    return Period(min(alert.opened_on, last) - AROUND, last)


def confusions(report: Performance, label: int | None) -> pd.DataFrame:
    """Return the wrong cells, most frequent first, optionally of one class: true class, prediction, count, share."""
    labels, counts = report.confusion.labels, report.confusion
    names = [*report.names.values(), REJECTED]
    support = np.append(counts.total().support, counts.total().rejected)
    rows = [
        {
            "true class": names[target],
            "prediction": names[prediction],
            "count": count,
            "share of the true class": count / support[target],
        }
        for target, prediction, count in counts.matrix_cells().tolist()
        if target != prediction and (label is None or label in (labels[prediction], _label(labels, target)))
    ]
    columns = ["true class", "prediction", "count", "share of the true class"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("count", ascending=False, kind="stable").head(MOST_CELLS).reset_index(drop=True)


def _label(labels: tuple[int, ...], target: int) -> int | None:
    return labels[target] if target < len(labels) else None
