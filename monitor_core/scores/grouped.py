"""The counts of days in groups, such as weeks: their tallies, and what intervals need of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from monitor_core.scores.confusion import ConfusionCounts, Ints, Tallies
from monitor_core.scores.counts import OVERALL
from monitor_core.scores.design import DayGroups, Widening, widening_of_scenes


@dataclass(frozen=True)
class GroupedCounts:
    """The counts of days, with the tallies of the groups that the days form."""

    counts: ConfusionCounts
    groups: DayGroups

    @property
    def daily(self) -> Tallies:
        return self.counts.daily()

    @cached_property
    def places(self) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """The places of each cell's target and prediction in arrays (groups, ...), and whether it is right.

        The array of the targets has one column more: rejected samples.
        """
        day, target, prediction, _ = self.counts.cells.T
        group, labels = self.groups.of_day[day].astype(np.int64), len(self.counts.labels)
        return group * (labels + 1) + target, group * labels + prediction, target == prediction

    @cached_property
    def by_scene(self) -> Widening:
        """The widening because scenes are the units, shape (groups,)."""
        rows = self.counts.scenes[self.counts.scenes[:, 1] == OVERALL]
        return widening_of_scenes(rows[:, 2:], self.groups.of_day[rows[:, 0].astype(np.int64)], self.groups.number)

    def by_scene_and_class(self) -> Widening:
        """Return the widening of each class, by target, shape (groups, labels)."""
        labels, rows = np.array(self.counts.labels, np.int64), self.counts.scenes
        rows = rows[np.isin(rows[:, 1], labels)]
        group = self.groups.of_day[rows[:, 0].astype(np.int64)]
        place = group * len(labels) + np.searchsorted(labels, rows[:, 1].astype(np.int64))
        wider = widening_of_scenes(rows[:, 2:], place, self.groups.number * len(labels))
        shape = (self.groups.number, len(labels))
        effect, divisor = (values.reshape(shape) for values in (wider.effect, wider.samples_divisor))
        return Widening(effect, divisor)

    @cached_property
    def total(self) -> Tallies:
        """The tallies of each group, shape (groups, labels)."""
        return sums_of(self.daily, self.groups)


def sums_of(daily: Tallies, groups: DayGroups) -> Tallies:
    """Return the tallies of each group of days, given those of each day."""
    rejected_as = None if daily.rejected_as is None else groups.sums(daily.rejected_as)
    hits, support, predicted, rejected = (
        groups.sums(tally) for tally in (daily.hits, daily.support, daily.predicted, daily.rejected)
    )
    return Tallies(hits, support, predicted, rejected, others=daily.others, rejected_as=rejected_as)
