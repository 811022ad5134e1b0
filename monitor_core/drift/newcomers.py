"""New classes: targets that begin to occur long after the first reviews, and have no reference of their own yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.reference import LEAST_AGE, LEAST_ROWS, WEEK, Counts
from monitor_core.drift.series import Reviews, reviews_by_target
from monitor_core.scores.confusion import Ints
from monitor_core.scores.design import share_interval
from monitor_core.scores.folding import NO_CLASSES, frequent
from monitor_core.scores.shares import FEWEST

NEW_DAYS = 60 + WEEK  # after its first sample: the days of a reference and those before it that are judged together
NEW_LEVEL = 0.01  # of the statement that any class is new


@dataclass(frozen=True, slots=True)
class NewClass:
    """A class that is new on a day, and how it has been recognised from its first sample up to that day."""

    index: int  # of the label
    since: date
    last: date
    samples: int
    recognised: int
    low: float  # of the 95% interval of its recall
    high: float

    @property
    def judged_from(self) -> date:
        """Return the day from which on it has a reference of its own."""
        return self.since + timedelta(NEW_DAYS)


def are_new(support: Counts, n: Counts, classes: int | None = None) -> NDArray[np.bool_]:
    """Return which classes are new on each day, given samples by target (days, labels) and in all (days,).

    `classes`: how many there are, if not all of them are given.

    A class is new for NEW_DAYS from its first sample on, as soon as it has FEWEST samples, if LEAST_ROWS samples over
    LEAST_AGE days came before it and it is not merely rare: if its samples were spread by chance over all samples,
    all of them would hardly be among those since its first one (with Bonferroni's correction over the classes).
    """
    days, labels = support.shape
    if not days or not labels:
        return np.zeros(support.shape, bool)
    occurred, total = support.cumsum(axis=0), np.concatenate([[0], np.cumsum(n)]).astype(float)
    first = np.argmax(occurred > 0, axis=0)
    age = np.arange(days)[:, None] - first
    before = total[first]
    share = np.clip(1 - before / np.maximum(total[1:, None], 1), 0, 1)
    by_chance = (classes or labels) * share**occurred
    is_old_enough = (before >= LEAST_ROWS) & (first - np.argmax(n > 0) >= LEAST_AGE)
    is_recent = (age >= 0) & (age < NEW_DAYS) & (occurred >= FEWEST)
    return np.asarray(is_recent & is_old_enough & (by_chance < NEW_LEVEL))


def new_targets(days: Mapping[date, Ints]) -> list[tuple[int, NewClass]]:
    """Return target and figures of the classes that are new on the last day, given rows as `reviews_by_target`."""
    candidates, classes = _may_be_new(days)
    new = new_classes(reviews_by_target(days, candidates), classes)
    return [(int(candidates[of.index]), of) for of in new]


def _may_be_new(days: Mapping[date, Ints]) -> tuple[Ints, int]:
    """Return the targets whose first sample is recent enough, and the number of all classes.

    Arrays of all targets would grow with the square of the samples where a field holds a different number each time.
    """
    if not days:
        return np.zeros(0, np.int64), 0
    rows = np.concatenate([days[day] for day in sorted(days)])
    ordinals = np.repeat([day.toordinal() for day in sorted(days)], [len(days[day]) for day in sorted(days)])
    targets, first, place = np.unique(rows[:, 0], return_index=True, return_inverse=True)
    samples, is_class = np.bincount(place.ravel(), rows[:, 1], len(targets)), ~np.isin(targets, NO_CLASSES)
    is_recent = max(days).toordinal() - ordinals[first] < NEW_DAYS
    may_be = is_class & is_recent & (samples >= FEWEST)
    return frequent(targets[may_be], samples[may_be]), int(is_class.sum())


def new_classes(reviews: Reviews, classes: int | None = None) -> list[NewClass]:
    """Return the classes that are new on the last day, the newest first; `classes` as for `are_new`."""
    if not reviews.days:
        return []
    new = np.flatnonzero(are_new(reviews.support, reviews.n, classes)[-1]).tolist()
    return sorted((_new_class(reviews, index) for index in new), key=lambda of: (of.since, of.samples), reverse=True)


def _new_class(reviews: Reviews, index: int) -> NewClass:
    first = int(np.argmax(reviews.support[:, index] > 0))
    samples, misses = reviews.support[first:, index], reviews.misses[first:, index]
    low, high = share_interval(samples - misses, samples).tolist()
    recognised = int(samples.sum() - misses.sum())
    return NewClass(index, reviews.days[first], reviews.days[-1], int(samples.sum()), recognised, low, high)
