"""Bounds of the metrics that need true classes, where samples were rejected: their true classes are not known.

A rejected sample is of some class other than its prediction, among those that occur. A bound holds for every such
assignment of true classes. docs/numbers.md derives them, and says which are attained. Arrays have the shape of the
tallies, with any leading axes, and a last axis (lowest, highest).
"""

import numpy as np

from monitor_core.scores.confusion import Ints, Tallies
from monitor_core.scores.shares import Floats, ratio, ratio_or_zero


def recall_bounds(tallies: Tallies) -> Floats:
    """Return the bounds of each class's recall: all or none of the samples rejected as other classes are of it."""
    return _of_hits(tallies.hits, tallies.support, tallies.rejected_elsewhere)


def f1_bounds(tallies: Tallies) -> Floats:
    """Return the bounds of each class's F1, which falls with the class's samples as recall does."""
    return 2 * _of_hits(tallies.hits, tallies.support + tallies.predicted, tallies.rejected_elsewhere)


def _of_hits(hits: Ints, whole: Ints, further: Ints) -> Floats:
    lowest, highest = ratio(hits, whole + further), ratio(hits, whole)
    return np.stack([np.where(np.isnan(highest), np.nan, lowest), highest], axis=-1)


def recall_average_bounds(tallies: Tallies, average: str) -> Floats:
    """Return the bounds of the mean recall; weighted by support it is the accuracy, whatever the true classes are."""
    if average == "weighted":
        share = ratio(tallies.hits.sum(axis=-1), tallies.reviewed)
        return _where_known(tallies, np.stack([share, share], axis=-1))
    hits, support, further = _as_floats(tallies)
    has_samples = support > 0
    classes = has_samples.sum(axis=-1)
    rejected = np.asarray(tallies.rejected, float)
    # A class without samples has no recall, and one of 0 as soon as a rejected sample is of it.
    empty = np.minimum((~has_samples & (further > 0)).sum(axis=-1), rejected)
    at_most = np.where(has_samples, further, 0)
    spread = _spread(np.sqrt(hits), support, at_most, rejected)
    lowest = ratio_or_zero(hits, support + spread).sum(axis=-1) / np.maximum(classes + empty, 1)
    recall = ratio_or_zero(hits, support)
    loss = np.where(has_samples, recall - ratio_or_zero(hits, support + further), np.inf)
    together = (recall.sum(axis=-1) - loss.min(axis=-1, initial=np.inf)) / np.maximum(classes, 1)
    apart = np.where(empty > 0, recall.sum(axis=-1) / (classes + 1), -np.inf)
    bounds = np.stack([lowest, np.maximum(together, apart)], axis=-1)
    return _where_known(tallies, np.where((classes > 0)[..., None], bounds, np.nan))


def f1_average_bounds(tallies: Tallies, average: str) -> Floats:
    """Return the bounds of the mean F1."""
    hits, support, further = _as_floats(tallies)
    predicted, rejected = np.asarray(tallies.predicted, float), np.asarray(tallies.rejected, float)
    whole = support + predicted
    if average == "macro":
        spread = _spread(np.sqrt(hits), whole, further, rejected)
        f1 = ratio_or_zero(2 * hits, whole)
        loss = f1 - ratio_or_zero(2 * hits, whole + further)
        classes = np.maximum((whole > 0).sum(axis=-1), 1)
        lowest = ratio_or_zero(2 * hits, whole + spread).sum(axis=-1)
        highest = f1.sum(axis=-1) - loss.min(axis=-1, initial=np.inf)
        return _where_known(tallies, np.stack([lowest, highest], axis=-1) / classes[..., None])

    def weighted(more: Floats) -> Floats:
        return ratio_or_zero(2 * hits * (support + more), whole + more)

    none = weighted(np.zeros_like(support))
    gain = weighted(further) - none
    spread = _spread(np.sqrt(hits * predicted), whole, further, rejected)
    ends = np.stack([none.sum(axis=-1) + gain.min(axis=-1, initial=np.inf), weighted(spread).sum(axis=-1)], axis=-1)
    return _where_known(tallies, ratio(ends, np.asarray(tallies.reviewed)[..., None]))


def precision_average_bounds(tallies: Tallies, average: str) -> Floats:
    """Return the bounds of the mean precision weighted by support: all rejected samples are of one class."""
    precision, support = ratio(tallies.hits, tallies.predicted), np.asarray(tallies.support, float)
    support = np.where(np.isnan(precision), 0, support)
    rejected, ends = np.asarray(tallies.rejected, float), (np.fmin, np.fmax)
    sums, total = (np.nan_to_num(precision) * support).sum(axis=-1), support.sum(axis=-1)
    bounds = [ratio(sums + rejected * end.reduce(precision, axis=-1), total + rejected) for end in ends]
    return _where_known(tallies, np.stack(bounds, axis=-1))


def balanced_accuracy_bounds(tallies: Tallies) -> Floats:
    return recall_average_bounds(tallies, "macro")


def _as_floats(tallies: Tallies) -> tuple[Floats, Floats, Floats]:
    hits, support, further = (
        np.asarray(tally, float) for tally in (tallies.hits, tallies.support, tallies.rejected_elsewhere)
    )
    return hits, support, further


def _where_known(tallies: Tallies, bounds: Floats) -> Floats:
    """Return the bounds; NaN if only one class occurs, or if rare classes are folded."""
    labels = np.asarray(tallies.hits).shape[-1]
    return bounds if labels > 1 and not tallies.others else np.full_like(bounds, np.nan)


def _spread(root: Floats, whole: Floats, at_most: Floats, budget: Floats) -> Floats:
    """Return how `budget` samples are spread over classes so that the sum of root^2 / (whole + x) is lowest.

    Each class gets x = level * root - whole, between 0 and `at_most`, for one level (the sum is convex). Between the
    levels where a class begins or ends to get more, the number of samples grows linearly with the level. Samples are
    divisible here, so the sum is at most that of whole samples.
    """
    root, whole, at_most = np.broadcast_arrays(root, whole, at_most)
    gets = (root > 0) & (at_most > 0)
    slope = np.where(gets, root, 0.0)
    steep = np.where(gets, root, 1.0)
    levels = np.concatenate([whole / steep, (whole + at_most) / steep], axis=-1)
    order = np.argsort(levels, axis=-1)
    levels = np.take_along_axis(levels, order, axis=-1)
    slopes = np.take_along_axis(np.concatenate([slope, -slope], axis=-1), order, axis=-1).cumsum(axis=-1)
    steps = slopes[..., :-1] * np.diff(levels, axis=-1)
    samples = np.concatenate([np.zeros_like(levels[..., :1]), steps.cumsum(axis=-1)], axis=-1)
    last = np.maximum((samples < budget[..., None]).sum(axis=-1, keepdims=True) - 1, 0)  # level with too few samples
    level, before, more = (np.take_along_axis(values, last, axis=-1) for values in (levels, samples, slopes))
    level = level + np.where(more > 0, (budget[..., None] - before) / np.where(more > 0, more, 1.0), 0.0)
    return np.asarray(np.where(gets, np.clip(level * root - whole, 0, at_most), 0.0))
