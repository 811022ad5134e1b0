"""The rank test of a shift: the mean rank of a window's rows among those of its reference, and its significance.

Where confidence shifts as a whole, ranks show it with half the rows that the largest gap of cumulative shares needs.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from monitor_core.drift.reference import Baseline, Spans, cluster_sizes, correlations, day_totals
from monitor_core.drift.tails import LoneDays, allowing_for_estimates
from monitor_core.scores.shares import Floats, ratio


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks of the rows of all days in the references of all days; the reference's own mean rank is 0."""

    n: Floats  # (days,) rows of each day
    off: Floats  # (days, days) sum of the ranks of the first day's rows in the reference of the second
    variance: Floats  # (days,) of a rank in the reference
    baseline: Baseline  # with the variation of the mean rank from day to day; one group

    def p_values(self, length: int, lone: LoneDays | None = None) -> Floats:
        """Return the two-sided p-value of the window of `length` days that ends on each day, shape (days,).

        Mann & Whitney (1947), Annals of Mathematical Statistics 18:50, with ties at the middle of their ranks, and the
        variance of both means enlarged by the over-dispersion of days, which is an estimate. 1 where nothing can be
        compared. Of the day that stands alone, only the part counts that it has in common with another.
        """
        ends = np.arange(1, len(self.n) + 1)
        window = Spans(np.maximum(ends - length, 0), ends)
        rows, before = window.sum(self.n), self.baseline.n[:, 0]
        own = self.baseline.dispersion(cluster_sizes(self.n[:, None], window), length)[:, 0]
        dispersion = self.baseline.dispersion(self.baseline.cluster_size, None)[:, 0]
        spread = self.variance * (ratio(own, rows) + ratio(dispersion, before))
        off = window.own_sum(self.off)
        if lone is not None:
            off = off - lone.part * self.off[lone.day, np.arange(len(rows))]
        z = np.nan_to_num(ratio(ratio(off, rows), np.sqrt(spread)))
        freedom = self.baseline.freedom(own[:, None], length)[:, 0]
        return allowing_for_estimates(2 * special.ndtr(-np.abs(z)), freedom)


def ranks_of(rows: Floats, spans: Spans, baseline: Baseline) -> Ranks:
    """Rank the rows (days, bins), whose bins ascend; `baseline` is of the same rows, with one group."""
    before, n = spans.sum(rows), rows.sum(axis=1)
    total = before.sum(axis=1)
    doubled = 2 * np.cumsum(before, axis=1) - before  # ranks as whole numbers, so that no order of summation rounds
    variance = np.nan_to_num(
        (before * ratio(doubled, 2 * total[:, None]) ** 2).sum(axis=1) / np.maximum(total, 1) - 0.25
    )
    off = np.nan_to_num(ratio(rows @ doubled.T, 2 * total)) - n[:, None] / 2
    squares = spans.own_sum(np.nan_to_num(ratio(off**2, n[:, None])))
    products = spans.but_last.own_sum(off[:-1] * off[1:])
    totals = day_totals(n[:, None], spans)
    rho, lag = correlations(squares[:, None], products[:, None], variance[:, None], totals)
    return Ranks(n, off, variance, replace(baseline, rho=rho, lag=lag))
