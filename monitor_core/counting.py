"""The database's raw groups of documents, sorted out by what they mean."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor_core.confusion import ConfusionCounts
from monitor_core.contract import Review, class_of, review_of

EXCLUDED = ("unreadable_prediction", "unreadable_review", "undated_review", "undated_prediction")
Group = dict[str, Any]  # {_id: {d: day's index, v: review, p: prediction, r: a `false` is a rejection, ...}, n, bad}


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


class SortedOut:
    """Adds up raw groups; each document lands in exactly one place."""

    def __init__(self, undated: str) -> None:
        self.undated = undated
        self.rows: list[tuple[int, int | None, int, int]] = []  # day, target (None: rejected), prediction, count
        self.documents = self.not_reviewed = self.bad_confidence = 0
        self.excluded = dict.fromkeys(EXCLUDED, 0)

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
        self._add_review(review_of(key.get("v"), prediction, key["r"]), prediction, int(key["d"]), count)

    def _add_review(self, target: int | Review, prediction: int, day: int, count: int) -> None:
        if target is Review.NONE:
            self.not_reviewed += count
        elif target is Review.UNREADABLE:
            self.excluded["unreadable_review"] += count
        else:
            known = None if isinstance(target, Review) else target
            self.rows.append((day, known, prediction, count))

    def counts(self, days: tuple[date, ...], class_names: dict[int, str]) -> Counts:
        unknown = sum(
            count
            for _, *pair, count in self.rows
            if class_names and any(c not in class_names for c in pair if c is not None)
        )
        noticed = {"bad_confidence": self.bad_confidence, "unknown_class": unknown}
        confusion = ConfusionCounts.of(days, self.rows)
        return Counts(confusion, self.documents, self.not_reviewed, self.excluded, noticed)
