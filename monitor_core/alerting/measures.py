"""Measures: everything that a rule can watch, with title, unit, range, and the conditions that its kind allows.

Scores come from the list of metrics and drift from the list of drift rules; the others are listed here. The page's
form, the command line and docs/alerts.md are derived from MEASURES.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from monitor_core.contract import wording
from monitor_core.contract.bases import Basis
from monitor_core.drift.rules import RULES, DriftRule
from monitor_core.scores.metrics import METRICS
from monitor_core.scores.raking import ASSUMPTION

Operator = Literal[
    "above", "below", "changed_by_more_than", "outside_reference_interval", "drifted", "unusual", "no_data"
]
KindName = Literal["score", "estimate", "share", "hours", "count", "traffic", "now", "distance", "drift"]
Unit = Literal["score", "hours", "seconds", "number", "distance", "percentage points"]

LIMITS: tuple[Operator, ...] = ("above", "below")
CHANGES: tuple[Operator, ...] = ("changed_by_more_than", "outside_reference_interval")
COLUMNS = tuple(rule.key for rule in RULES if rule.categories)  # a distance is of one of these


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of measure: the operators of its conditions, and how they are evaluated."""

    operators: tuple[Operator, ...]
    has_interval: bool = False  # and is judged by it; its changes are in percentage points
    always_compares: bool = False  # with a reference, whatever the operator
    of_samples: bool = True  # too few samples mean no data
    of_a_window: bool = True  # else of the day itself

    @property
    def all_operators(self) -> tuple[Operator, ...]:
        return (*self.operators, "no_data")


KINDS: dict[KindName, Kind] = {
    "score": Kind((*LIMITS, *CHANGES), has_interval=True),
    "estimate": Kind(LIMITS, has_interval=True),
    "share": Kind((*LIMITS, *CHANGES), has_interval=True),
    "hours": Kind((*LIMITS, *CHANGES)),
    "count": Kind((*LIMITS, *CHANGES), of_samples=False),
    "traffic": Kind((*LIMITS, *CHANGES, "unusual"), of_samples=False),
    "now": Kind(LIMITS, of_samples=False, of_a_window=False),
    "distance": Kind(LIMITS, always_compares=True),
    "drift": Kind(("drifted",), always_compares=True),
}
UNITS: dict[Unit, Callable[[float], str]] = {  # a value in words
    "score": wording.number,
    "hours": wording.hours,
    "seconds": lambda seconds: wording.duration(timedelta(seconds=seconds), at_least=2),
    "number": lambda number: f"{number:,.0f}",
    "distance": lambda distance: f"{distance:.3f}",
    "percentage points": lambda points: wording.points(points / 100),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure that a rule can watch."""

    title: str  # as a sentence begins with it
    short: str = ""  # within a sentence, where the title is long
    kind: KindName
    unit: Unit
    lowest: float = 0.0
    highest: float | None = None  # None: there is none
    scale: wording.Scale = wording.SHARES  # of a score or a share
    counted: str = "sample"  # what its sample size counts
    drift: DriftRule | None = None  # the rule whose verdict it is
    by_class: bool = False  # it takes a class or an average
    number: str | None = None  # of the table of days: what is counted, or shared among all predictions
    quantile: float | None = None  # of the time to review
    missing: Basis | None = None  # by which date days without predictions are counted
    of_unreviewed: bool = False  # what is not reviewed has no review date
    assumption: str = ""  # of an estimate, a clause: never said without it
    of_this_moment: bool = False  # its values on earlier days are not stored

    @property
    def allows(self) -> Kind:
        return KINDS[self.kind]

    @property
    def range(self) -> str:
        """Return the range of the measure's values, in the unit of a threshold."""
        if self.kind == "drift":
            return ""
        return f"from {self.lowest:g}" if self.highest is None else f"{self.lowest:g} to {self.highest:g}"

    @property
    def words(self) -> str:
        """Return its name within a sentence."""
        return self.short or self.title.removeprefix("The ")

    def in_words(self, value: float) -> str:
        if self.unit == "score":
            return wording.number(value, self.scale)
        return UNITS[self.unit](value)


def _distance(title: str, highest: float | None = 1.0) -> Measure:
    return Measure(title=title, kind="distance", unit="distance", highest=highest)


def _share_of_documents(title: str, number: str) -> Measure:
    return Measure(title=title, kind="share", unit="score", highest=1.0, number=number, counted="document")


def _days_without(title: str, basis: Basis) -> Measure:
    return Measure(title=title, kind="now", unit="number", missing=basis)


SCORES = {
    metric.key: Measure(
        title=metric.title,
        short=metric.words,
        kind="score",
        unit="score",
        lowest=metric.lowest,
        highest=1.0,
        scale=metric.scale,
        by_class=metric.by_class,
    )
    for metric in METRICS
}
DRIFT = {
    rule.metric: Measure(
        title=f"Drift of {rule.noun}",
        short=f"drift of {rule.noun}",
        kind="drift",
        unit="percentage points",
        drift=rule,
    )
    for rule in RULES
}
MEASURES = {
    **SCORES,
    **DRIFT,
    "jensen_shannon": _distance("The Jensen-Shannon distance"),
    "psi": _distance("The population stability index", highest=None),
    "hellinger": _distance("The Hellinger distance"),
    "total_variation": _distance("The total variation"),
    "accuracy_over_all": Measure(
        title="The accuracy over all predictions",
        kind="estimate",
        unit="score",
        highest=1.0,
        counted="reviewed prediction",
        of_unreviewed=True,
        assumption=ASSUMPTION,
    ),
    "predictions": Measure(
        title="The number of predictions",
        kind="traffic",
        unit="number",
        number="documents",
        counted="prediction",
        of_unreviewed=True,
    ),
    "reviews": Measure(title="The number of reviews", kind="traffic", unit="number", number="reviewed"),
    "review_coverage": Measure(
        title="The share of reviewed predictions",
        kind="share",
        unit="score",
        highest=1.0,
        number="reviewed",
        counted="prediction",
        of_unreviewed=True,
    ),
    "review_delay_median": Measure(title="The median time to review", kind="hours", unit="hours", quantile=0.5),
    "review_delay_p90": Measure(
        title="The time within which 90% are reviewed", kind="hours", unit="hours", quantile=0.9
    ),
    "backlog": Measure(
        title="The number of predictions waiting for review",
        kind="count",
        unit="number",
        number="not_reviewed",
        counted="prediction",
        of_unreviewed=True,
    ),
    "unreadable_predictions": _share_of_documents("The share of unreadable predictions", "unreadable_prediction"),
    "unreadable_reviews": _share_of_documents("The share of unreadable reviews", "unreadable_review"),
    "bad_confidences": _share_of_documents("The share of unusable confidences", "bad_confidence"),
    "unknown_classes": Measure(
        title="The share of samples with a class that has no name", kind="share", unit="score", highest=1.0
    ),
    "undated_documents": Measure(
        title="The number of documents without a usable date", kind="now", unit="number", of_this_moment=True
    ),
    "worker_lag_seconds": Measure(
        title="The time that the oldest review has been waiting for the logger",
        short="logger lag",
        kind="now",
        unit="seconds",
        of_this_moment=True,
    ),
    "days_without_predictions": _days_without("The number of days without predictions", "predicted"),
    "days_without_reviews": _days_without("The number of days without reviews", "validated"),
}
