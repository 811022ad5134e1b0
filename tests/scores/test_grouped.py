"""The counts of groups of days, against pandas on the rows of which they are."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from monitor_core.scores.confusion import REJECTED, ConfusionCounts
from monitor_core.scores.design import DayGroups
from monitor_core.scores.grouped import GroupedCounts

FIRST = date(2026, 10, 1)


def rows_of(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    target = rng.choice([1, 2, 5, REJECTED], 300)
    rows = pd.DataFrame({"day": rng.integers(0, 10, 300), "target": target, "prediction": rng.choice([1, 2, 5], 300)})
    rows = rows[(rows["target"] != REJECTED) | (rows["prediction"] != 5)]
    return rows.groupby(["day", "target", "prediction"]).size().reset_index(name="count")


def grouped(rows: pd.DataFrame) -> GroupedCounts:
    days = tuple(FIRST + timedelta(day) for day in range(10))
    return GroupedCounts(ConfusionCounts.of(days, rows.to_numpy()), DayGroups(np.array([0] * 7 + [1] * 3)))


def test_the_tallies_of_groups_are_the_sums_of_their_days() -> None:
    rows = rows_of(1)
    total, week = grouped(rows).total, rows["day"] // 7
    for group, of_group in rows.groupby(week):
        known = of_group[of_group["target"] != REJECTED]
        assert total.reviewed[group] == of_group["count"].sum()
        assert total.rejected[group] == of_group["count"].sum() - known["count"].sum()
        assert total.support[group].tolist() == [known.loc[known["target"] == c, "count"].sum() for c in (1, 2, 5)]
        right = known[known["target"] == known["prediction"]]
        assert total.hits[group].tolist() == [right.loc[right["target"] == c, "count"].sum() for c in (1, 2, 5)]


def test_the_places_of_cells_are_those_of_their_group_target_and_prediction() -> None:
    counts = grouped(rows_of(2))
    of_target, of_prediction, hit = counts.places
    targets, predictions = np.zeros((2, 4), int), np.zeros((2, 3), int)
    np.add.at(targets.ravel(), of_target, counts.counts.cells[:, 3])
    np.add.at(predictions.ravel(), of_prediction, counts.counts.cells[:, 3])
    assert targets[:, :3].tolist() == counts.total.support.tolist()
    assert targets[:, 3].tolist() == counts.total.rejected.tolist()
    assert predictions.tolist() == counts.total.predicted.tolist()
    assert counts.counts.cells[hit, 3].sum() == counts.total.hits.sum()


def test_without_scenes_nothing_is_wider() -> None:
    wider = grouped(rows_of(3)).by_scene
    assert (wider.effect.tolist(), wider.samples_divisor.tolist()) == ([1, 1], [1, 1])
