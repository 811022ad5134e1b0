"""The database's raw groups of documents, sorted out by what they mean."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from monitor_core.confusion import ConfusionCounts, Ints
from monitor_core.contract import DELAY_BUCKETS_A_DOUBLING, Review, class_of, review_of

EXCLUDED = ("unreadable_prediction", "unreadable_review", "undated_review", "undated_prediction")
WRONG, RIGHT, NOT_REVIEWED = 0, 1, 2  # the outcomes of a prediction
NO_CONFIDENCE = -1  # instead of a bin: none, or no usable one
REJECTED = -(2**31)  # stands for the unknown true class in a day's cells; no class number is as low
# {_id: {d: day's index, v: review, p: prediction, r: a `false` is a rejection, b: confidence's bin}, n, bad}
Group = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """What a selection's documents are: validated + not_reviewed + the unreadable ones = documents."""

    confusion: ConfusionCounts  # the reviewed rows
    documents: int  # that have a day in the period
    not_reviewed: int
    excluded: dict[str, int]  # set aside, by reason; the undated ones are those of the whole collection
    noticed: dict[str, int]  # counted in the numbers, but odd

    @property
    def validated(self) -> int:
        return int(self.confusion.cells[:, 3].sum())


@dataclass(frozen=True)
class Touched:
    """The hours, as their UTC beginnings, of a document that was reviewed or predicted."""

    validated: datetime | None
    predicted: datetime | None
    again: bool  # a correction: it was reviewed before, on a day that is not known


@dataclass(frozen=True)
class DayCounts:
    """What the documents of one local day are: all that the history keeps of it."""

    documents: int
    not_reviewed: int
    unreadable_prediction: int
    unreadable_review: int
    bad_confidence: int
    cells: Ints  # (n, 3) target or REJECTED, prediction, documents
    # (n, 4) prediction, outcome, bin of `contract.confidence_bin` or NO_CONFIDENCE, documents: so the classes of what
    # nobody has reviewed are kept too
    confidence: Ints
    delays: Ints  # (n, 2) bucket of `contract.delay_bucket`, reviewed documents with both instants

    @property
    def reviewed(self) -> int:
        return int(self.cells[:, 2].sum())

    @property
    def rejected(self) -> int:
        return int(self.cells[self.cells[:, 0] == REJECTED, 2].sum())

    def rows(self, day: int = 0) -> list[tuple[int, int | None, int, int]]:
        """The cells as `ConfusionCounts.of` takes them."""
        return [(day, None if target == REJECTED else target, *rest) for target, *rest in self.cells.tolist()]


def day_counts(groups: Iterable[Group], delays: Iterable[tuple[int, int, int]], days: int) -> list[DayCounts]:
    """One for each day's index, from the groups by bin and (day's index, bucket, documents)."""
    sorted_out = [SortedOut("") for _ in range(days)]
    for group in groups:
        if group["_id"].get("d") is not None:  # an array of dates belongs to no day
            sorted_out[int(group["_id"]["d"])].add(group)
    of_day: list[list[tuple[int, int]]] = [[] for _ in range(days)]
    for day, bucket, count in delays:
        of_day[day].append((bucket, count))
    return [one.day(waited) for one, waited in zip(sorted_out, of_day, strict=True)]


def _table(rows: Iterable[tuple[int, ...]], width: int) -> Ints:
    return np.array(sorted(rows), np.int64).reshape(-1, width)


class SortedOut:
    """Adds up raw groups; each document lands in exactly one place."""

    def __init__(self, undated: str) -> None:
        self.undated = undated
        self.rows: list[tuple[int, int | None, int, int]] = []  # day, target (None: rejected), prediction, count
        self.documents = self.not_reviewed = self.bad_confidence = 0
        self.excluded = dict.fromkeys(EXCLUDED, 0)
        self.confidence: Counter[tuple[int, int, int]] = Counter()  # prediction, outcome, bin

    def add(self, group: Group) -> None:
        key, count = group["_id"], int(group["n"])
        if key.get("d") is None:
            if self.undated == "undated_prediction" or key.get("v") is not None:
                self.excluded[self.undated] += count  # an array of dates where one date should be
            return
        self.documents += count
        self.bad_confidence += int(group["bad"])
        prediction = class_of(key.get("p"))
        if prediction is None:
            self.excluded["unreadable_prediction"] += count
            return
        target = review_of(key.get("v"), prediction, key["r"])
        self._add_review(target, prediction, int(key["d"]), count)
        if "b" in key and target is not Review.UNREADABLE:
            outcome = NOT_REVIEWED if target is Review.NONE else RIGHT if target == prediction else WRONG
            self.confidence[prediction, outcome, NO_CONFIDENCE if key["b"] is None else int(key["b"])] += count

    def _add_review(self, target: int | Review, prediction: int, day: int, count: int) -> None:
        if target is Review.NONE:
            self.not_reviewed += count
        elif target is Review.UNREADABLE:
            self.excluded["unreadable_review"] += count
        else:
            known = None if isinstance(target, Review) else target
            self.rows.append((day, known, prediction, count))

    def day(self, delays: list[tuple[int, int]]) -> DayCounts:
        """Of groups that all belong to one day."""
        cells: Counter[tuple[int, int]] = Counter()
        for _, target, prediction, count in self.rows:
            cells[REJECTED if target is None else target, prediction] += count
        return DayCounts(
            self.documents,
            self.not_reviewed,
            self.excluded["unreadable_prediction"],
            self.excluded["unreadable_review"],
            self.bad_confidence,
            _table(((*cell, count) for cell, count in cells.items()), 3),
            _table(((*one, count) for one, count in self.confidence.items()), 4),
            _table(delays, 2),
        )

    def counts(self, days: tuple[date, ...], class_names: dict[int, str]) -> Counts:
        unknown = sum(
            count
            for _, *pair, count in self.rows
            if class_names and any(c not in class_names for c in pair if c is not None)
        )
        noticed = {"bad_confidence": self.bad_confidence, "unknown_class": unknown}
        confusion = ConfusionCounts.of(days, self.rows)
        return Counts(confusion, self.documents, self.not_reviewed, self.excluded, noticed)


def delay_quantile(delays: Ints, share: float) -> float | None:
    """Hours within which this share of the reviews came, from (bucket, documents); None without any.

    >>> delay_quantile(np.array([[40, 3], [48, 1]]), 0.5)
    0.548380316991624
    """
    if not len(delays):
        return None
    bucket, count = delays.T
    reached = np.cumsum(count)
    at = int(np.searchsorted(reached, share * reached[-1]))
    if bucket[at] < 0:
        return 0.0  # reviewed before it was predicted: a clock is wrong, or the dates were swapped
    within = (share * reached[-1] - (reached[at] - count[at])) / count[at]
    return float(2 ** ((bucket[at] + within) / DELAY_BUCKETS_A_DOUBLING) - 1) / 60
