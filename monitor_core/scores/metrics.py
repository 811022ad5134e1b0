"""Counts to scores, each with its 95 % interval; undefined is NaN.

Scores equal scikit-learn's `precision_recall_fscore_support` with the labels that occur and `zero_division=nan`.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_core.scores.confusion import Ints, Tallies

Floats = NDArray[np.float64]
METRICS = ("precision", "recall", "f1")
Z = 1.959963984540054  # the standard normal's 97.5 % point
DRAWS = 600  # bootstrap draws of an interval
SEED = 20260101  # the same counts give the same interval
MOST_LABELS_DRAWN = 200  # beyond, the delta method: 600 draws of 1000 classes cost seconds


def accuracy(tallies: Tallies) -> Floats:
    """Share of reviewed rows whose prediction was right; a rejected row is wrong."""
    return ratio(tallies.hits.sum(axis=-1), tallies.reviewed)


def precision(tallies: Tallies) -> Floats:
    return ratio(tallies.hits, tallies.predicted)


def recall(tallies: Tallies) -> Floats:
    """An upper bound when rows were rejected: their true classes may be any."""
    return ratio(tallies.hits, tallies.support)


def f1(tallies: Tallies) -> Floats:
    return ratio(2 * tallies.hits, tallies.support + tallies.predicted)


SCORES = {"precision": precision, "recall": recall, "f1": f1}


def average(scores: Floats, tallies: Tallies, kind: str) -> Floats:
    """Mean over the classes of the last axis, leaving undefined ones out: "macro", or "weighted" by support.

    Where no defined class has support, the weighted mean is the macro one, as in scikit-learn.
    """
    weights = _weights(scores, tallies, kind)
    return ratio((np.nan_to_num(scores) * weights).sum(axis=-1), weights.sum(axis=-1))


def _weights(scores: Floats, tallies: Tallies, kind: str) -> Floats:
    defined = ~np.isnan(scores)
    weights = defined * (tallies.support if kind == "weighted" else 1)
    return np.where(weights.sum(axis=-1, keepdims=True) > 0, weights, defined).astype(float)


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """part / whole, NaN where there is no whole."""
    out = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole > 0))
    return out


def wilson(successes: NDArray[Any], trials: NDArray[Any]) -> Floats:
    """Interval of a share, shape (..., 2); NaN without trials.

    Wilson (1927). At n = 5 it still covers about 95 %, where the textbook's p +- 1.96 s.e. covers as little as 5 %.
    """
    n = np.asarray(trials, float)
    share = ratio(successes, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return np.asarray(np.clip(np.stack([centre - half, centre + half], axis=-1), 0.0, 1.0))


def accuracy_interval(tallies: Tallies) -> Floats:
    return wilson(tallies.hits.sum(axis=-1), tallies.reviewed)


def class_interval(tallies: Tallies, metric: str) -> Floats:
    """Interval of a class's score, shape (..., labels, 2).

    Precision and recall are shares: Wilson. F1 = 2J / (1 + J) rises with J = TP / (TP + FP + FN), a share too, so
    its interval is that of J, transformed: coverage .92-.97 where the bootstrap gave .61-.96.
    """
    if metric != "f1":
        return wilson(tallies.hits, tallies.predicted if metric == "precision" else tallies.support)
    share = wilson(tallies.hits, tallies.support + tallies.predicted - tallies.hits)
    return np.asarray(2 * share / (1 + share))


def average_intervals(cells: Ints, labels: int) -> dict[tuple[str, str], Floats]:
    """Intervals of all averages, (kind, metric) -> (2,), from one matrix's cells (target, prediction, count).

    Multinomial bootstrap over the cells that are not zero (Efron 1979); above 200 classes the delta method. Neither
    knows that twenty right ones of twenty might have been nineteen, so none is narrower than Wilson's for a share of
    this value in as many rows.
    """
    if not len(cells):
        return {(kind, metric): np.full(2, np.nan) for kind in ("macro", "weighted") for metric in METRICS}
    found = _bootstrap(cells, labels) if labels <= MOST_LABELS_DRAWN else _delta(cells, labels)
    return {key: _widened(interval, cells, labels, *key) for key, interval in found.items()}


def day_intervals(cells: Ints, labels: int) -> dict[tuple[str, str], Floats]:
    """As `average_intervals`, and kept: drawing costs milliseconds, a day is in many periods, and small days are alike.

    Not of so many classes that they are not drawn: their cells would fill the memory.
    """
    if labels > MOST_LABELS_DRAWN:
        return average_intervals(cells, labels)
    return _kept(np.ascontiguousarray(cells, np.int64).tobytes(), labels)


@lru_cache(maxsize=2000)
def _kept(cells: bytes, labels: int) -> dict[tuple[str, str], Floats]:
    return average_intervals(np.frombuffer(cells, np.int64).reshape(-1, 3), labels)


def _widened(interval: Floats, cells: Ints, labels: int, kind: str, metric: str) -> Floats:
    tallies = _tallies(cells, labels)
    value, rows = average(SCORES[metric](tallies), tallies, kind), tallies.reviewed
    floor = wilson(value * rows, rows)
    return np.array([np.fmin(interval[0], floor[0]), np.fmax(interval[1], floor[1])])


def _tallies(cells: Ints, labels: int) -> Tallies:
    target, prediction, count = cells.T
    hit, known = target == prediction, target < labels
    return Tallies(
        np.bincount(target[hit], count[hit], labels).astype(np.int64),
        np.bincount(target[known], count[known], labels).astype(np.int64),
        np.bincount(prediction, count, labels).astype(np.int64),
        count[~known].sum(),
    )


def _bootstrap(cells: Ints, labels: int) -> dict[tuple[str, str], Floats]:
    target, prediction, count = cells.T
    draws = np.random.default_rng(SEED).multinomial(count.sum(), count / count.sum(), size=DRAWS)
    drawn = Tallies(
        _collect(draws, np.where(target == prediction, target, -1), labels),
        _collect(draws, np.where(target < labels, target, -1), labels),
        _collect(draws, prediction, labels),
        draws[:, target == labels].sum(axis=1),
    )
    return {
        (kind, metric): _quantiles(average(SCORES[metric](drawn), drawn, kind))
        for metric in METRICS
        for kind in ("macro", "weighted")
    }


def _collect(draws: Ints, column: Ints, labels: int) -> Ints:
    """Sum the draws' cells by label, shape (draws, labels); a column of -1 belongs to none."""
    indicator = np.zeros((len(column), labels))
    rows = np.flatnonzero(column >= 0)
    indicator[rows, column[rows]] = 1.0
    return np.rint(draws @ indicator).astype(np.int64)


def _quantiles(scores: Floats) -> Floats:
    scores = scores[~np.isnan(scores)]
    return np.quantile(scores, [0.025, 0.975]) if len(scores) else np.full(2, np.nan)


def _delta(cells: Ints, labels: int) -> dict[tuple[str, str], Floats]:
    """First-order variance of each average: n Var = E[g^2] - E[g]^2 with g the derivative by a cell's share."""
    count = cells[:, 2]
    share = count / count.sum()
    tallies = _tallies(cells, labels)
    out = {}
    for metric in METRICS:
        scores = SCORES[metric](tallies)
        for kind in ("macro", "weighted"):
            weights = _weights(scores, tallies, kind)
            slope = _slopes(metric, scores, tallies, weights / max(weights.sum(), 1), cells)
            variance = max(float((share * slope**2).sum() - (share * slope).sum() ** 2), 0.0)
            half = Z * np.sqrt(variance / count.sum())
            out[kind, metric] = np.clip(average(scores, tallies, kind) + np.array([-half, half]), 0, 1)
    return out


def _slopes(metric: str, scores: Floats, tallies: Tallies, weights: Floats, cells: Ints) -> Floats:
    """Derivative of the weighted mean of the scores by each cell's share, the weights held fixed."""
    target, prediction, count = cells.T
    labels = len(scores)
    whole = {
        "precision": tallies.predicted,
        "recall": tallies.support,
        "f1": tallies.support + tallies.predicted,
    }
    per_row = np.append(ratio(weights * count.sum(), whole[metric]), 0.0)  # the last: a rejected row's target
    scores = np.append(scores, 0.0)
    fall = np.nan_to_num(per_row * scores)
    rise = np.nan_to_num(per_row) * (2 if metric == "f1" else 1)
    known = np.where(target < labels, target, labels)
    slope = np.where(target == prediction, rise[prediction], 0.0)
    if metric in ("precision", "f1"):
        slope = slope - fall[prediction]
    if metric in ("recall", "f1"):
        slope = slope - fall[known]
    return np.asarray(slope)


def difference_interval(
    now: float | Floats, now_interval: Floats, before: float | Floats, before_interval: Floats
) -> Floats:
    """Interval of now - before from the two intervals; intervals have shape (2, ...).

    MOVER (Zou & Donner 2008): keeps the intervals' asymmetry, which a difference of standard errors loses.
    """
    change = now - before
    low = change - np.hypot(now - now_interval[0], before_interval[1] - before)
    high = change + np.hypot(now_interval[1] - now, before - before_interval[0])
    return np.array([low, high])
