"""A rule, the facts and a day -> what the rule says of that day, in figures and in a sentence. No clock, no state."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from monitor_core.alerting.facts import Facts
from monitor_core.alerting.rules import OF_THIS_MOMENT, Condition, Rule
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.contract.errors import DatabaseUnavailable, MonitorError
from monitor_core.contract.wording import number
from monitor_core.drift.distances import effect_sizes
from monitor_core.drift.reference import WEEK, Reference, reference_days
from monitor_core.drift.rules import DriftRule
from monitor_core.scores.counts import delay_quantile
from monitor_core.scores.daily import DailyTable
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.intervals import overall_intervals
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import Floats, wilson

Status = Literal["ok", "firing", "no data", "check failed"]
WARM_UP_DAYS = 180  # by then the evidence of accuracy has forgotten how it began
SHARES = {  # numerator of a share of all documents
    "unreadable_predictions": "unreadable_prediction",
    "unreadable_reviews": "unreadable_review",
    "bad_confidences": "bad_confidence",
    "review_coverage": "reviewed",
}
BASIS_OF: dict[str, Basis] = {"days_without_predictions": "predicted", "days_without_reviews": "validated"}
OFF_BY_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a rule says of one day; None stands where there was nothing to measure."""

    label: int | None  # a class, where the rule is about every class
    day: date
    status: Status
    sentence: str
    period: Period  # the documents it is about
    value: float | None = None
    low: float | None = None  # the 95 % interval
    high: float | None = None
    threshold: float | None = None
    samples: int = 0
    statistic: float | None = None  # of a drift verdict: evidence, chi-square, or gap

    @property
    def fires(self) -> bool:
        return self.status == "firing"


@dataclass(frozen=True, slots=True)
class Measured:
    value: float  # NaN: undefined
    low: float = math.nan
    high: float = math.nan
    samples: int = 0


def evaluate(rule: Rule, facts: Facts, day: date, restarts: Collection[date] = ()) -> list[Evaluation]:
    """One evaluation for the rule, or one for each class where a condition is about every class.

    `restarts`: days on which the evidence that accuracy is falling starts again from nothing.
    """
    labels: list[int | None] = [None]
    if rule.of_every_class:
        labels = [*facts.tables[rule.basis].labels]
    try:
        return [
            _joined(rule, label, [_judge(c, rule, facts, day, label, restarts) for c in rule.conditions])
            for label in labels
        ]
    except DatabaseUnavailable:
        raise  # that is nothing about the rule
    except (MonitorError, ValueError) as wrong:
        return [Evaluation(None, day, "check failed", f"The rule could not be checked: {wrong}", _window(rule, day))]


def _joined(rule: Rule, label: int | None, found: list[Evaluation]) -> Evaluation:
    """All or any of the conditions; the figures are those of the first one that decides."""
    order: tuple[Status, ...] = ("ok", "no data", "firing") if rule.join == "all" else ("firing", "no data", "ok")
    status = next(status for status in order if any(one.status == status for one in found))
    deciding = [one for one in found if one.status == status]
    return replace(deciding[0], label=label, sentence=" ".join(dict.fromkeys(one.sentence for one in deciding)))


def begins(rule: Rule, day: date, retrained: date | None = None) -> date:
    """The first day that a rule's verdict on a day depends on; `retrained`: when the model was, the last time before.

    The first of a month, so that the verdicts of a month come from one run, and a function of the day alone, so that a
    catch-up says what daily looks would have said.
    """
    back = rule.window_days + rule.readiness_days
    if any(condition.compares for condition in rule.conditions):
        back += rule.reference.length + max(WEEK, rule.window_days)
    if rule.accumulates:
        back += WARM_UP_DAYS
    for condition in rule.conditions:
        if condition.metric in BASIS_OF:
            back = max(back, math.ceil(condition.threshold or 0) + 2)
    reference = retrained if rule.reference.kind == "since_retraining" else rule.reference.first
    first = day - timedelta(back)
    return min(first, reference or first).replace(day=1)


def bases(rule: Rule) -> set[Basis]:
    """Which tables it asks."""
    return {rule.basis} | {BASIS_OF[c.metric] for c in rule.conditions if c.metric in BASIS_OF}


def _window(rule: Rule, day: date) -> Period:
    last = day - timedelta(rule.readiness_days)
    return Period(last - timedelta(rule.window_days - 1), last)


def _judge(
    condition: Condition, rule: Rule, facts: Facts, day: date, label: int | None, restarts: Collection[date]
) -> Evaluation:
    label = label if condition.label == "every" else None
    if condition.what.drift:
        return _drift(condition, condition.what.drift, rule, facts, day, restarts)
    period = _window(rule, day)
    found = _measure(condition, rule, facts, period, day, label)
    kind = condition.what.kind
    few = kind not in ("now", "count") and found.samples < rule.min_samples
    empty = few or math.isnan(found.value)
    value, low, high = (None if math.isnan(x) else float(x) for x in (found.value, found.low, found.high))
    evaluation = Evaluation(label, day, "ok", "", period, value, low, high, condition.threshold, found.samples)
    what = _subject(condition, facts, label)
    if condition.operator == "no_data":
        text = f"{what}: {found.samples} samples {_when(period)}, {rule.min_samples} are wanted."
        return replace(evaluation, status="firing" if empty else "ok", sentence=text)
    if empty:
        text = f"{what} is unknown: {found.samples} samples {_when(period)}"
        if condition.metric in METRIC and METRIC[condition.metric].undefined_with_rejected:
            text = f"{text}, and it is undefined where samples were rejected"
        return replace(
            evaluation, status="no data", sentence=f"{text}, {rule.min_samples} are wanted." if few else f"{text}."
        )
    says = f"{what} {_when(period) + ' ' if kind != 'now' else ''}is {_figures(condition, found)}"
    if condition.operator in ("above", "below"):
        return _threshold(condition, evaluation, found, says)
    return _against_reference(condition, rule, facts, evaluation, found, says)


# ---- what is measured


def _measure(condition: Condition, rule: Rule, facts: Facts, period: Period, day: date, label: int | None) -> Measured:
    """The metric's value in the period."""
    if condition.metric in OF_THIS_MOMENT:
        lag = math.nan if facts.worker_lag_seconds is None else facts.worker_lag_seconds
        now = lag if condition.metric == "worker_lag_seconds" else facts.undated.get(rule.basis, math.nan)
        return Measured(math.nan if day <= facts.whole_through else now)
    if condition.metric in BASIS_OF:
        return _days_without(facts, BASIS_OF[condition.metric], day)
    table = facts.tables[rule.basis]
    start, end = table.span(period)
    if condition.drift:
        return _distance(condition, condition.drift, rule, facts, start, end, period.last)
    return _of_span(condition, facts, table, start, end, label)


def _days_without(facts: Facts, basis: Basis, day: date) -> Measured:
    """Whole days since the last one that had documents; today counts once it is over."""
    table, first = facts.tables[basis], facts.first_day.get(basis)
    if first is None or first > day:
        return Measured(math.nan)
    _, end = table.span(Period(table.days[0], day)) if day >= table.days[0] else (0, 0)
    filled = np.flatnonzero(table.numbers["documents"][:end])
    last = table.days[filled[-1]] if len(filled) else table.days[0] - ONE_DAY
    days = (day - last).days - (day > facts.whole_through)
    return Measured(float(max(days, 0)))


def _distance(
    condition: Condition, drift: DriftRule, rule: Rule, facts: Facts, start: int, end: int, last: date
) -> Measured:
    table = facts.tables[rule.basis]
    counts = drift.series(table).counts
    reference = _reference(rule, facts, last)
    if reference.kind == "training":
        before = facts.training_of(rule.basis)
    else:
        before = counts[reference_days(table.days, reference, last)].sum(axis=0)
    now = counts[start:end].sum(axis=0)
    return Measured(float(effect_sizes(before, now)[condition.metric]), samples=int(now.sum()))


def _of_span(
    condition: Condition, facts: Facts, table: DailyTable, start: int, end: int, label: int | None
) -> Measured:
    """A score, a share, a delay or a count of all documents of the days [start, end)."""
    name = condition.metric
    if name in SHARES:
        return _share(table.number(SHARES[name], start, end), table.number("documents", start, end))
    if name == "backlog":
        return Measured(float(table.number("not_reviewed", start, end)), samples=table.number("documents", start, end))
    if name in ("review_delay_median", "review_delay_p90"):
        delays = table.delays_within(start, end)
        hours = delay_quantile(delays, 0.5 if name.endswith("median") else 0.9)
        return Measured(math.nan if hours is None else hours, samples=int(delays[:, 1].sum()))
    counts = table.within(start, end)
    if name == "unknown_classes":
        return _unknown(facts, table, counts.cells)
    return _score(condition, table, counts, label)


def _share(part: int, whole: int) -> Measured:
    low, high = wilson(np.array(part), np.array(whole))
    return Measured(part / whole if whole else math.nan, low, high, whole)


def _unknown(facts: Facts, table: DailyTable, cells: Any) -> Measured:
    known = np.array([label in facts.class_names for label in table.labels] + [True], bool)
    if not facts.class_names:
        known[:] = True
    odd = ~known[cells[:, 1]] | ~known[cells[:, 2]]
    return _share(int(cells[odd, 3].sum()), int(cells[:, 3].sum()))


def _score(condition: Condition, table: DailyTable, counts: Any, label: int | None) -> Measured:
    metric, total = METRIC[condition.metric], counts.total()
    if condition.average or not metric.by_class:
        intervals = overall_intervals(counts.matrix_cells(), len(table.labels), [metric])
        interval = intervals[metric.name(condition.average)]
        return _measured(metric.overall(total, condition.average), interval, total.reviewed)
    wanted = condition.label if label is None else label
    if wanted not in table.labels:
        return Measured(math.nan)
    at = table.labels.index(int(wanted))
    return _measured(metric.of(total)[at], metric.interval_of(total)[at], metric.rests_on(total)[at])


def _measured(value: Any, interval: Floats, samples: Any) -> Measured:
    return Measured(float(value), float(interval[0]), float(interval[1]), int(samples))


# ---- when it fires


def _threshold(condition: Condition, evaluation: Evaluation, found: Measured, says: str) -> Evaluation:
    threshold = condition.threshold or 0.0
    low, high = _bounds(condition, found)
    below = condition.operator == "below"
    fires = high < threshold if below else low > threshold
    limit = _number(condition, threshold)
    if fires:
        return replace(evaluation, status="firing", sentence=f"{says}: {condition.operator} {limit}.")
    beyond = found.value < threshold if below else found.value > threshold
    why = f"not proven {condition.operator} {limit}" if beyond else f"not {condition.operator} {limit}"
    return replace(evaluation, sentence=f"{says}: {why}.")


def _bounds(condition: Condition, found: Measured) -> tuple[float, float]:
    """What may be the truth: the interval, or the value alone."""
    if condition.judge == "value" or math.isnan(found.low):
        return found.value, found.value
    return found.low, found.high


def _reference(rule: Rule, facts: Facts, day: date) -> Reference:
    return rule.reference.resolved(facts.retrained_before(day), max(WEEK, rule.window_days))


def _against_reference(
    condition: Condition, rule: Rule, facts: Facts, evaluation: Evaluation, found: Measured, says: str
) -> Evaluation:
    table = facts.tables[rule.basis]
    used = np.flatnonzero(
        reference_days(table.days, _reference(rule, facts, evaluation.period.last), evaluation.period.last)
    )
    before = _of_days(condition, facts, table, used, evaluation.label)
    if math.isnan(before.value) or before.samples < rule.min_samples:
        text = f"{says}; the reference has only {before.samples} samples, {rule.min_samples} are wanted."
        return replace(evaluation, status="no data", sentence=text)
    says = f"{says}, in the reference {_figures(condition, before)}"
    if condition.operator == "outside_reference_interval":
        low, high = _usual(condition, facts, table, used, evaluation.label, before)
        now_low, now_high = _bounds(condition, found)
        outside = now_high < low or now_low > high
        where = f"{'outside' if outside else 'not outside'} its interval"
        return replace(evaluation, status="firing" if outside else "ok", sentence=f"{says}: {where}.")
    low, value, high = _change(condition, found, before)
    limit, unit = condition.threshold or 0.0, "%" if condition.unit == "percent" else "points"
    up, down = low > limit and condition.direction != "down", high < -limit and condition.direction != "up"
    text = f"{says}: a change of {value:+.1f} {unit}"
    if up or down:
        return replace(evaluation, status="firing", sentence=f"{text}, more than {limit:g}.")
    return replace(evaluation, sentence=f"{text}, not proven more than {limit:g}.")


def _of_days(condition: Condition, facts: Facts, table: DailyTable, days: Any, label: int | None) -> Measured:
    """As `_of_span`, over any days of the table."""
    if not len(days):
        return Measured(math.nan)
    chosen = table.only(days)
    return _of_span(condition, facts, chosen, 0, len(chosen.days), label)


def _usual(
    condition: Condition, facts: Facts, table: DailyTable, days: Any, label: int | None, before: Measured
) -> tuple[float, float]:
    """The reference's 95 % interval; of what has none, the range of 95 % of its days."""
    if not math.isnan(before.low):
        return before.low, before.high
    values = [_of_span(condition, facts, table, day, day + 1, label).value for day in days.tolist()]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)


def _change(condition: Condition, now: Measured, before: Measured) -> tuple[float, float, float]:
    """Low, value and high of the change, in points or percent of the reference; MOVER where both have intervals."""
    interval: Floats = np.array([now.value - before.value] * 2)
    if condition.judge == "interval" and not math.isnan(now.low + before.low):
        sides = (np.array([one.low, one.high]) for one in (now, before))
        interval = difference_interval(now.value, next(sides), before.value, next(sides))
    if condition.unit == "points":
        scale = 100.0
    else:
        scale = 100.0 / before.value if before.value > OFF_BY_ROUNDING else math.inf
    low, value, high = (float(np.nan_to_num(x * scale)) for x in (interval[0], now.value - before.value, interval[1]))
    return low, value, high


def _drift(
    condition: Condition, drift: DriftRule, rule: Rule, facts: Facts, day: date, restarts: Collection[date]
) -> Evaluation:
    last = _window(rule, day).last
    retrained = facts.retrained_before(last)
    reference = rule.reference.resolved(retrained, WEEK)
    table = facts.tables[rule.basis]
    start = max(begins(rule, day, retrained), table.days[0])
    at = (last - start).days
    if not table.labels or not 0 <= at < (table.days[-1] - start).days + 1:
        status: Status = "firing" if condition.operator == "no_data" else "no data"
        return Evaluation(None, day, status, f"There are no documents up to {last}.", Period(last, last))
    test = facts.tests(drift, rule.basis, reference, rule.preset, start, restarts)[at]
    known = test.verdict in ("stable", "drifted")
    if condition.operator == "no_data":
        status = "ok" if known else "firing"
    else:
        status = "no data" if not known else "firing" if test.verdict == "drifted" else "ok"
    return Evaluation(
        None,
        day,
        status,
        drift.explain(test, facts.names(rule.basis)),
        Period(min(test.since, last), last),
        test.effect,
        threshold=test.floor,
        samples=test.current_size,
        statistic=test.statistic,
    )


# ---- in words


def _subject(condition: Condition, facts: Facts, label: int | None) -> str:
    what = condition.what.title
    if condition.average:
        return f"{condition.average.capitalize()} {METRIC[condition.metric].words}"
    wanted = label if label is not None else condition.label
    if isinstance(wanted, int):
        return f"{what} of {facts.name(wanted)}"
    return f"{what} of {condition.drift.noun}" if condition.drift else what


def _number(condition: Condition, value: float) -> str:
    match condition.what.kind:
        case "score" | "share":
            return number(value, condition.what.scale)
        case "hours":
            return f"{value:.1f} hours"
        case "distance":
            return f"{value:.3f}"
        case _ if condition.metric == "worker_lag_seconds":
            return _duration(value)
        case _:
            return f"{value:,.0f}"


def _duration(seconds: float) -> str:
    """
    >>> _duration(5400), _duration(14400), _duration(400000)
    ('90 minutes', '4 hours', '5 days')
    """
    units = {"days": 86400, "hours": 3600, "minutes": 60}
    name = next((name for name, unit in units.items() if seconds >= 2 * unit), "minutes")
    return f"{seconds / units[name]:.0f} {name}"


def _figures(condition: Condition, found: Measured) -> str:
    text = _number(condition, found.value)
    if not math.isnan(found.low):
        low, high = (_number(condition, bound) for bound in (found.low, found.high))
        return f"{text} (95 % interval {low} to {high}, {found.samples:,} samples)"
    return f"{text} ({found.samples:,} samples)" if found.samples else text


def _when(period: Period) -> str:
    return f"on {period.last}" if period.first == period.last else f"from {period.first} to {period.last}"
