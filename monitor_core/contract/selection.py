"""The predictions that a number is computed from: by period, date and segment; and filters of their samples."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import CONFIDENCE_BINS, Review
from monitor_core.contract.segments import Where

REJECTED, NOT_REVIEWED = "rejected", "not reviewed"
OUTCOMES = ("right", "wrong", REJECTED, NOT_REVIEWED)  # as for accuracy, a rejected one is among the wrong
Target = int | Literal["rejected", "not reviewed"]
Outcome = Literal["right", "wrong", "rejected", "not reviewed"]
ORDERS: dict[str, tuple[str, int]] = {  # what is compared, and whether the smallest or the largest is the first
    "newest": ("time", -1),
    "oldest": ("time", 1),
    "least confident": ("confidence", 1),
    "most confident": ("confidence", -1),
    "longest until reviewed": ("delay", -1),
    "soonest reviewed": ("delay", 1),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection of predictions: the days, the date that is counted by, and the segments."""

    period: Period
    basis: Basis
    where: Where = ()  # only predictions whose extra fields have these values


@dataclass(frozen=True)
class SampleFilter:
    """A filter of a selection's samples; what is empty or None admits any value."""

    targets: tuple[Target, ...] = ()
    predictions: tuple[int, ...] = ()
    outcome: Outcome | None = None
    bins: tuple[int, int] | None = None  # of the confidence: from, and the first one no more
    file: str = ""  # a part of the file name, whatever its case
    tags: tuple[str, ...] = ()  # one of them at least
    trained: bool | None = None  # whether the model has been trained on it since

    def __post_init__(self) -> None:
        if self.bins and not 0 <= self.bins[0] < self.bins[1] <= CONFIDENCE_BINS:
            raise ValueError(f"bins are from 0 to {CONFIDENCE_BINS} and in order, not {self.bins}")

    def holds(self, target: int | Review, prediction: int) -> bool:
        """Return whether the filter admits a sample of this review and prediction; the rest of it is not applied."""
        outcome = outcome_of(target, prediction)
        own_target = outcome if isinstance(target, Review) else target
        is_wrong = self.outcome == "wrong" and outcome == REJECTED
        return (
            target is not Review.UNREADABLE
            and (not self.targets or own_target in self.targets)
            and (not self.predictions or prediction in self.predictions)
            and (is_wrong or self.outcome in (None, outcome))
        )


EVERY_SAMPLE = SampleFilter()


@dataclass(frozen=True)
class Sample:
    """A prediction whose fields can be parsed, reviewed or not."""

    id: Any
    file: str
    prediction: int
    target: int | None  # None: rejected or not reviewed
    outcome: Outcome
    confidence: float | None
    predicted_at: datetime | None  # UTC; None: undated
    reviewed_at: datetime | None

    @property
    def delay_hours(self) -> float | None:
        """Return the hours from prediction to review; None if either date is missing."""
        if self.predicted_at is None or self.reviewed_at is None or self.outcome == NOT_REVIEWED:
            return None
        return (self.reviewed_at - self.predicted_at).total_seconds() / 3600


def outcome_of(target: int | Review, prediction: int) -> Outcome:
    """Return the outcome of a prediction, given its review."""
    if isinstance(target, Review):
        return "rejected" if target is Review.REJECTED else "not reviewed"
    return "right" if target == prediction else "wrong"
