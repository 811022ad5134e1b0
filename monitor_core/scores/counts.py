"""Classification of the database's raw groups of documents by their meaning."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.documents import CONFIDENCE_BINS, Review
from monitor_core.scores.confusion import REJECTED, ConfusionCounts, Ints
from monitor_core.scores.folding import MOST_CLASSES, distinct_classes, fold_results, fold_rows, frequent
from monitor_core.scores.folding import NOT_REVIEWED as NOT_REVIEWED

EXCLUDED = ("unreadable_prediction", "unreadable_review", "undated_review", "undated_prediction")
WRONG, RIGHT = 0, 1  # the outcomes of a review
OVERALL = REJECTED  # in the sums by scene, instead of a target: of all targets together, and of rejected samples
NO_CONFIDENCE = -1  # instead of a bin: none, or no usable one
# A confidence is known by its bin, a two-hundredth wide: no mean of them is off by more than a quarter of a point.
BIN_MIDDLES = (np.arange(CONFIDENCE_BINS) + 0.5) / CONFIDENCE_BINS
# {_id: {d: day's index, t: target or the name of a `Review`, p: prediction or null, b: confidence's bin}, n, bad}
Group = dict[str, Any]
NUMBERS = ("documents", "not_reviewed", "unreadable_prediction", "unreadable_review", "bad_confidence", "undated")
HourRow = tuple[int, int, int, int]  # day's index, and a row of `DayCounts.hours`
SceneSums = tuple[float, ...]  # day's index, and a row of `DayCounts.scenes`
NO_HOURS, NO_SCENES, NO_AUDIT = np.zeros((0, 3), np.int64), np.zeros((0, 8)), np.zeros((0, 7), np.int64)


@dataclass(frozen=True)
class Counts:
    """The counts of a selection's documents: validated + not_reviewed + unreadable = documents."""

    confusion: ConfusionCounts  # the reviewed rows
    documents: int  # that have a day in the period
    not_reviewed: int
    excluded: dict[str, int]  # set aside, by reason; the undated ones are those of the whole collection
    noticed: dict[str, int]  # counted in the numbers, with a quality problem
    preserved: list[date]  # sealed days, of which documents are gone
    digest: bytes  # the same for the same counts of the same days
    classes: int  # how many occur, at least: more than there are labels if rare ones are counted together

    @property
    def validated(self) -> int:
        return int(self.confusion.cells[:, 3].sum())


@dataclass(frozen=True)
class RecentChange:
    """Recently dated documents, grouped by the UTC hours of their review and prediction."""

    validated: datetime | None
    predicted: datetime | None
    again: bool  # a correction: they were reviewed before, on a day that is not known
    later: bool  # dated after the last check; else written before it, or after it by a clock that is slow
    evidence: tuple[Any, ...]  # all of this, their number, and sums of their dates and classes: it changes with them


@dataclass(frozen=True)
class DayCounts:
    """The counts of one local day: everything that the history stores of it."""

    documents: int
    not_reviewed: int
    unreadable_prediction: int
    unreadable_review: int
    bad_confidence: int
    cells: Ints  # (n, 3) target or REJECTED, prediction, documents
    # (n, 4) prediction, result, bin of `contract.confidence_bin` or NO_CONFIDENCE, documents. The result of a review is
    # the target or REJECTED, or MISTAKEN: another class, which is not named. Without a review it is NOT_REVIEWED.
    confidence: Ints
    delays: Ints  # (n, 2) bucket of `contract.delay_bucket`, reviewed documents with both instants
    undated: int = 0  # documents with a list of dates, the first of which is in this day; not in `documents`
    classes: int = 0  # how many occur in `cells`, if its rare ones are counted together
    # (n, 3) hour, documents, those with a review, readable or not. The hours of the local day are counted from 0, and
    # are 23 to 25. By the day's basis: predictions by the hour of the prediction, reviews by that of the review.
    hours: Ints = field(default_factory=NO_HOURS.copy)
    # (n, 8) target or OVERALL, scenes, and sums over the scenes, n being the samples and x the errors of a scene:
    # n, x, n², nx, x², x/n. A sample without a scene is one by itself. Empty unless a field for scenes is set.
    scenes: NDArray[np.float64] = field(default_factory=NO_SCENES.copy)
    # (n, 7) number of the plan, range of confidence, its probability in millionths, predictions, those of them that are
    # drawn, reviewed ones of these, right ones of these. Empty without an audit, or where it has not been counted.
    audit: Ints = field(default_factory=NO_AUDIT.copy)
    preserved: bool = False  # it is sealed, and documents of it are gone

    @cached_property
    def digest(self) -> bytes:
        """A digest of the cells and numbers, equal for equal counts."""
        content = hashlib.blake2b(self.cells.T.astype("<i4").tobytes(), digest_size=16)
        content.update(repr([getattr(self, name) for name in NUMBERS]).encode())
        return content.digest()

    @property
    def reviewed(self) -> int:
        return int(self.cells[:, 2].sum())

    @property
    def rejected(self) -> int:
        return int(self.cells[self.cells[:, 0] == REJECTED, 2].sum())


def is_right(confidence: Ints) -> NDArray[np.bool_]:
    """Return which rows of `DayCounts.confidence` are right, shape (n,); rejected ones are wrong."""
    return np.asarray(confidence[:, 0] == confidence[:, 1])


def day_counts(
    groups: Iterable[Group], delays: Iterable[tuple[int, int, int]], days: int, named: Collection[int] = ()
) -> list[DayCounts]:
    """Return the counts of each day, given groups with bins and delays as (day index, bucket, documents).

    `named`: classes that are never folded, however rare they are.
    """
    sorted_out = [SortedOut() for _ in range(days)]
    for group in groups:
        at = int(group["_id"].get("d") or 0)
        sorted_out[at if at >= 0 else -1 - at].add(group)  # an array of dates is undated, in the day of its first
    of_day: list[list[tuple[int, int]]] = [[] for _ in range(days)]
    for day, bucket, count in delays:
        of_day[day].append((bucket, count))
    return [
        with_rare_together(of_one_day.day(waited), named) for of_one_day, waited in zip(sorted_out, of_day, strict=True)
    ]


def with_hours(days: list[DayCounts], rows: Iterable[HourRow]) -> list[DayCounts]:
    """Add the counts by hour to those of the days; rows of the same hour are added up."""
    hours: list[dict[int, list[int]]] = [{} for _ in days]
    for day, hour, *counts in rows:
        hours[day][hour] = [a + b for a, b in zip(hours[day].get(hour, [0, 0]), counts, strict=True)]
    return [
        replace(day, hours=_table(((hour, *counts) for hour, counts in of_day.items()), 3))
        for day, of_day in zip(days, hours, strict=True)
    ]


def with_scenes(days: list[DayCounts], rows: Iterable[SceneSums]) -> list[DayCounts]:
    """Add the sums by scene to the counts of the days; those of folded classes are left out."""
    sums = np.array(sorted(rows), float).reshape(-1, 9)
    edges = np.searchsorted(sums[:, 0], np.arange(len(days) + 1))
    return [
        replace(day, scenes=of_day[np.isin(of_day[:, 0], [OVERALL, *day.cells[:, 0]])])
        for day, of_day in zip(days, (sums[low:high, 1:] for low, high in pairwise(edges)), strict=True)
    ]


def with_rare_together(day: DayCounts, named: Collection[int]) -> DayCounts:
    """Fold the rare classes of a day, which bounds the size of what is stored."""
    target, prediction, count = day.cells.T
    classes = distinct_classes(target, prediction)
    stay = frequent(np.concatenate([target, prediction]), np.concatenate([count, count]), named)
    if len(stay) < classes:
        day = replace(day, cells=fold_rows(day.cells, stay), classes=classes)
    predicted = day.confidence[:, 0]
    if distinct_classes(predicted) <= MOST_CLASSES and len(stay) == classes:
        return day
    # The classes of reviews first, so that counts without confidences have the same ones.
    stay = frequent(predicted, day.confidence[:, 3], {*stay.tolist(), *named})
    return replace(day, confidence=fold_results(day.confidence, stay))


def _table(rows: Iterable[tuple[int, ...]], width: int) -> Ints:
    return np.array(sorted(rows), np.int64).reshape(-1, width)


class SortedOut:
    """Accumulator of raw groups, in which each document is counted in exactly one place."""

    def __init__(self) -> None:
        self.cells: Counter[tuple[int, int]] = Counter()  # target or REJECTED, prediction
        self.documents = self.not_reviewed = self.bad_confidence = self.undated = 0
        self.unreadable = {"prediction": 0, "review": 0}
        self.confidence: Counter[tuple[int, int, int]] = Counter()  # prediction, result, bin

    def add(self, group: Group) -> None:
        key, count = group["_id"], int(group["n"])
        if key.get("d") is None or key["d"] < 0:
            self.undated += count
            return
        self.documents += count
        self.bad_confidence += int(group["bad"])
        prediction = key.get("p")
        if prediction is None:
            self.unreadable["prediction"] += count
            return
        target = Review[key["t"]] if isinstance(key["t"], str) else key["t"]
        self._add_review(target, prediction, count)
        if "b" in key and target is not Review.UNREADABLE:
            self.confidence[prediction, _result(target), NO_CONFIDENCE if key["b"] is None else int(key["b"])] += count

    def _add_review(self, target: int | Review, prediction: int, count: int) -> None:
        if target is Review.NONE:
            self.not_reviewed += count
        elif target is Review.UNREADABLE:
            self.unreadable["review"] += count
        else:
            self.cells[_result(target), prediction] += count

    def day(self, delays: list[tuple[int, int]]) -> DayCounts:
        """Return everything that was added, as the counts of one day."""
        return DayCounts(
            self.documents,
            self.not_reviewed,
            self.unreadable["prediction"],
            self.unreadable["review"],
            self.bad_confidence,
            _table(((*cell, count) for cell, count in self.cells.items()), 3),
            _table(((*bin_of_result, count) for bin_of_result, count in self.confidence.items()), 4),
            _table(delays, 2),
            self.undated,
        )


def _result(target: int | Review) -> int:
    """Return the code of a review's result that is no class, or the target."""
    codes = {Review.NONE: NOT_REVIEWED, Review.REJECTED: REJECTED}
    return codes[target] if isinstance(target, Review) else target


def confusion_of(days: tuple[date, ...], counts: list[DayCounts], named: Collection[int] = ()) -> ConfusionCounts:
    """Return the confusion counts of days or hours, `counts` having one entry for each; `named` as in `day_counts`."""
    day = np.repeat(np.arange(len(counts), dtype=np.int32), [len(of_day.cells) for of_day in counts])
    columns = (np.concatenate([of_day.cells[:, column] for of_day in counts]) for column in range(3))
    rows = np.stack([day, *columns]).T
    confusion = ConfusionCounts.of(days, rows)
    if len(confusion.labels) <= MOST_CLASSES:
        return confusion
    _, target, prediction, count = rows.T
    stay = frequent(np.concatenate([target, prediction]), np.concatenate([count, count]), named)
    if len(stay) == len(confusion.labels) - confusion.others:
        return confusion
    return ConfusionCounts.of(days, fold_rows(rows, stay))


def counts_of_days(by_day: dict[date, DayCounts], undated: dict[str, int], class_names: dict[int, str]) -> Counts:
    """Return the sum of the days' counts; `undated`: documents of the whole collection without a day, by reason."""
    days = list(by_day.values())
    confusion = confusion_of(tuple(by_day), days, class_names)
    scenes = [np.column_stack([np.full(len(of.scenes), n), of.scenes]) for n, of in enumerate(days) if len(of.scenes)]
    confusion = replace(confusion, scenes=np.concatenate([confusion.scenes, *scenes]))
    cells = [of_day.cells[:, :2] for of_day in days] if confusion.others else []
    classes = distinct_classes(*cells) if cells else len(confusion.labels)
    strange = [label not in class_names for label in confusion.labels] if class_names else []
    excluded = dict.fromkeys(EXCLUDED, 0) | {
        "unreadable_prediction": sum(of_day.unreadable_prediction for of_day in days),
        "unreadable_review": sum(of_day.unreadable_review for of_day in days),
    }
    for reason, count in undated.items():
        excluded[reason] = count + sum(of_day.undated for of_day in days)
    noticed = {
        "bad_confidence": sum(of_day.bad_confidence for of_day in days),
        "unknown_class": confusion.rows_with(np.array(strange, bool)) if any(strange) else 0,
    }
    return Counts(
        confusion,
        sum(of_day.documents for of_day in days),
        sum(of_day.not_reviewed for of_day in days),
        excluded,
        noticed,
        [day for day, of_day in by_day.items() if of_day.preserved],
        _digest(by_day, undated),
        max([classes, *(of_day.classes for of_day in days)]),
    )


def _digest(by_day: dict[date, DayCounts], undated: dict[str, int]) -> bytes:
    """Combine the digests of the days, so that the counts of a day in memory are hashed only once."""
    of_days = b"".join(of_day.digest for of_day in by_day.values())
    return hashlib.blake2b(of_days + repr((*map(str, by_day), undated)).encode(), digest_size=16).digest()
