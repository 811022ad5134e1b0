"""Differences of confusion matrices against a direct computation on the raw rows."""

from typing import Any

import pytest

from monitor_core.reports.cells import confusion_shares
from monitor_core.reports.comparison import FEW
from tests.reports.two_cameras import newcombe, random_rows
from tests.reports.two_cameras import sides as sides  # the fixture


def test_shares_of_cells_differ_as_newcombe_says(sides: Any) -> None:
    left, right = random_rows(1, 200, 0.9), [pair for pair in random_rows(2, 90, 0.5) if pair[0] != 2]
    now, other = sides(left, right)
    names = {"cat": 0, "dog": 1, "owl": 2}
    table = confusion_shares(now, other)
    assert len(table) == 9
    for row in table.to_dict("records"):
        pair = names[row["target"]], names[row["prediction"]]
        hits, others = (rows.count(pair) for rows in (left, right))
        n, m = (sum(target == pair[0] for target, _ in rows) for rows in (left, right))
        assert (row["count"], row["other_count"]) == (hits, others)
        if m == 0:
            assert row["verdict"] == FEW
        elif hits or others:
            expected = newcombe(hits, n, others, m)
            assert (row["difference_low"], row["difference_high"]) == pytest.approx(expected)


def test_a_matrix_without_reviews_differs_from_none(sides: Any) -> None:
    now, other = sides(random_rows(1, 50, 0.9), [])
    for one, two in ((now, other), (other, now), (other, other)):
        assert set(confusion_shares(one, two)["verdict"]) <= {FEW}
