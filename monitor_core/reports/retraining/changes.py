"""The scores before and after each deployment or retraining, with the difference and its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from monitor_core.contract import wording
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.segments import Where
from monitor_core.contract.selection import Selection
from monitor_core.mongo.annotations import MODEL_CHANGES, Annotation, Annotations
from monitor_core.mongo.store import Store
from monitor_core.reports.comparison import FEW, is_unknowable
from monitor_core.reports.comparison_json import change_as_json
from monitor_core.reports.performance import Performance, changes, read_performance
from monitor_core.reports.score import UNKNOWABLE, Change, Score, null
from monitor_core.scores.metrics import METRIC, Average

MOST_DAYS = 28  # before a change, and from it on
MOST_CHANGES = 5  # the newest
COMPARED = (METRIC["accuracy"], METRIC["f1"])
PERIODS_EXPLAINED = (
    f"Before and after are up to {MOST_DAYS} days each, by prediction day, without another change among them. Scores "
    "may also differ because the images do."
)


@dataclass(frozen=True)
class ModelChange:
    """A deployment or retraining, with the scores before and after it."""

    annotation: Annotation
    before: Performance
    after: Performance

    def differences(self, average: Average) -> dict[str, Change | None]:
        """Return the difference of each compared score, by its key; None where it is unknown."""
        return changes(self.after, self.before, average, COMPARED)


def read_model_changes(store: Store, today: date, where: Where = ()) -> list[ModelChange]:
    """Return the newest changes of the model up to today, with the scores before and after; the newest first."""
    annotated = [each for each in Annotations(store).read(MODEL_CHANGES) if FIRST_DAY < each.day <= today]
    newest = periods_around(annotated, today)[: -MOST_CHANGES - 1 : -1]
    return [
        ModelChange(
            annotation,
            *(read_performance(store, Selection(period, "predicted", where)) for period in (before, after)),
        )
        for annotation, before, after in newest
    ]


def periods_around(annotated: Sequence[Annotation], today: date) -> list[tuple[Annotation, Period, Period]]:
    """Return each change with the days before and after it, which no other change interrupts.

    `annotated`: by day. Of several changes of one day, the last that was annotated stands for all.
    """
    by_day, most, day_before = {each.day: each for each in annotated}, timedelta(MOST_DAYS), timedelta(-1)
    begins = [FIRST_DAY, *by_day]
    ends = [*(day + day_before for day in list(by_day)[1:]), today]
    return [
        (
            by_day[day],
            Period(max(previous, day - most, FIRST_DAY), day + day_before),
            Period(day, min(end, day + most + day_before, today)),
        )
        for day, previous, end in zip(by_day, begins, ends, strict=False)
    ]


def model_change_in_words(of: ModelChange, average: Average) -> str:
    """Say how accuracy was before and after a change, and by how much it differs."""
    metric = COMPARED[0]
    both = [
        f"{_with_days(scored.score(metric, None), scored.selection.period)} {when}"
        for scored, when in ((of.before, "before"), (of.after, "after"))
    ]
    change = of.differences(average)[metric.key]
    if change is None:
        difference = f"{FEW} for a difference"
    else:
        noise = ", which is within noise" if change.within_noise else ""
        difference = f"{wording.difference(change.difference, change.low, change.high)}{noise}"
    return f"{metric.title} was {both[0]} and {both[1]}: {difference}."


def _with_days(score: Score, period: Period) -> str:
    return f"{_estimate(score)} {wording.during(period)}"


def _estimate(score: Score) -> str:
    value, low, high = (score.value, score.low, score.high) if score.is_shown else (math.nan,) * 3
    return wording.estimate(value, low, high, score.samples)


def rows(of: ModelChange, average: Average) -> list[dict[str, str]]:
    """Return a row of texts for each score: its name, before, after, difference."""
    differences = of.differences(average)
    return [
        {
            "Score": metric.titled(average),
            **{
                name: _value(scored.score(metric, average))
                for name, scored in (("Before", of.before), ("After", of.after))
            },
            "Difference": _difference(differences[metric.key], is_unknowable(metric, average, of.before, of.after)),
        }
        for metric in COMPARED
    ]


def _value(score: Score) -> str:
    if score.has_bounds:
        return f"{score.bounds_in_words()}, {wording.count(score.samples, 'sample')}"
    return _estimate(score)


def _difference(change: Change | None, unknowable: bool) -> str:
    if change is None:
        return UNKNOWABLE if unknowable else FEW
    if math.isnan(change.difference):
        return wording.UNDEFINED
    least = "at least " if change.at_least else ""  # of bounds
    return f"{least}{wording.difference(change.difference, change.low, change.high)}"


def as_json(of: ModelChange, average: Average) -> dict[str, Any]:
    """Return a change with the scores before and after it as JSON; shares, and null where undefined."""
    differences = of.differences(average)
    return {
        "kind": of.annotation.kind,
        "day": of.annotation.day.isoformat(),
        "text": of.annotation.text,
        "before": _scores_as_json(of.before, average),
        "after": _scores_as_json(of.after, average),
        **{
            metric.key: change_as_json(
                of.before.score(metric, average).value,
                differences[metric.key],
                UNKNOWABLE if is_unknowable(metric, average, of.before, of.after) else FEW,
            )
            for metric in COMPARED
        },
    }


def _scores_as_json(scored: Performance, average: Average) -> dict[str, Any]:
    period = scored.selection.period
    scores = {metric.key: scored.score(metric, average) for metric in COMPARED}
    return {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "validated": scored.counts.validated,
        **{key: {"value": null(of.value), "interval": [null(of.low), null(of.high)]} for key, of in scores.items()},
    }
