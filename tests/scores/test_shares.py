"""Shares and Wilson's interval, beside scipy's."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from monitor_core.scores.shares import Z, ratio, wilson


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (3, 5), (5, 5), (18, 20), (900, 1000)])
def test_the_interval_of_a_share_is_scipys_wilson_interval(hits: int, rows: int) -> None:
    theirs = binomtest(hits, rows).proportion_ci(0.95, "wilson")
    np.testing.assert_allclose(wilson(np.array(hits), np.array(rows)), [theirs.low, theirs.high], atol=1e-12)


def test_none_and_all_are_in_their_own_intervals() -> None:
    rows = np.arange(1, 5000)
    assert (wilson(np.zeros_like(rows), rows)[:, 0] == 0).all()
    assert (wilson(rows, rows)[:, 1] == 1).all()


def test_no_trials_have_neither_share_nor_interval() -> None:
    assert np.isnan(wilson(np.array([0]), np.array([0]))).all()
    assert np.isnan(ratio(np.array([0]), np.array([0]))).all()


def test_z_is_the_normals() -> None:
    assert pytest.approx(norm.ppf(0.975), abs=1e-15) == Z
