"""Folding: the rare classes of very many are counted together, as where a field holds a different number each time.

Totals and accuracy stay exact, while the size of pages and arrays is bounded.
"""

from collections.abc import Collection

import numpy as np

from monitor_core.contract.documents import MISTAKEN, OTHER, TOGETHER
from monitor_core.scores.confusion import REJECTED, Ints

MOST_CLASSES = 2_000  # unnamed classes that are counted singly; the rarer ones are folded
NO_CLASSES = (REJECTED, *TOGETHER)
NOT_REVIEWED = 3 - 2**31  # stands for the target of a prediction that is not reviewed; no class number is as low


def frequent(classes: Ints, counts: Ints, named: Collection[int] = ()) -> Ints:
    """Return the classes that are not folded, ascending: the named ones and the most frequent of the others.

    `classes` may contain a class several times, each with a count.
    """
    distinct, place = np.unique(classes, return_inverse=True)
    is_class = ~np.isin(distinct, NO_CLASSES)
    by_name = np.isin(distinct, np.fromiter(named, np.int64, len(named)))
    free = np.flatnonzero(is_class & ~by_name)
    if len(free) > MOST_CLASSES:
        often = np.bincount(place.ravel(), counts, len(distinct))[free]
        free = free[np.argsort(-often, kind="stable")[:MOST_CLASSES]]  # of equal ones the lower
    return np.sort(distinct[np.concatenate([np.flatnonzero(is_class & by_name), free])])


def distinct_classes(*classes: Ints) -> int:
    """Return the number of distinct classes."""
    return len(np.setdiff1d(np.unique(np.concatenate([np.ravel(values) for values in classes])), NO_CLASSES))


def fold_rows(rows: Ints, stay: Ints) -> Ints:
    """Replace classes outside `stay` by OTHER and MISTAKEN, in rows that end with target, prediction and count.

    >>> fold_rows(np.array([[1, 9, 5], [8, 8, 2], [8, 9, 1], [9, 9, 3]]), np.array([1])).tolist() == [
    ...     [OTHER, OTHER, 5], [OTHER, MISTAKEN, 1], [1, OTHER, 5]]
    True
    """
    *before, target, prediction, count = rows.T
    rare_target = ~np.isin(target, stay) & (target != REJECTED)
    rare_prediction = ~np.isin(prediction, stay)
    mistaken = rare_target & rare_prediction & (target != prediction)
    predicted = np.where(mistaken, MISTAKEN, np.where(rare_prediction, OTHER, prediction))
    return merged(np.column_stack([*before, np.where(rare_target, OTHER, target), predicted, count]))


def fold_results(rows: Ints, stay: Ints) -> Ints:
    """Replace classes outside `stay` in rows that end with prediction, result, confidence bin and count.

    A prediction becomes OTHER, and so does its target if the two are equal; other targets become MISTAKEN, so that a
    prediction is right after folding if and only if it was right before.

    >>> fold_results(np.array([[8, 8, 0, 1], [8, 9, 0, 2], [1, 9, 0, 3], [8, 1, 0, 4]]), np.array([1])).tolist() == [
    ...     [OTHER, OTHER, 0, 1], [OTHER, MISTAKEN, 0, 2], [OTHER, 1, 0, 4], [1, OTHER, 0, 3]]
    True
    """
    *before, prediction, result, confidence, count = rows.T
    rare_prediction = ~np.isin(prediction, stay)
    rare_target = ~np.isin(result, (*NO_CLASSES, NOT_REVIEWED)) & ~np.isin(result, stay)
    mistaken = rare_prediction & (prediction != result) & (rare_target | (result == OTHER))
    folded = np.where(mistaken, MISTAKEN, np.where(rare_target, OTHER, result))
    return merged(np.column_stack([*before, np.where(rare_prediction, OTHER, prediction), folded, confidence, count]))


def merged(rows: Ints) -> Ints:
    """Merge rows that are equal in all columns but the last, and sum that one, the counts."""
    keys, place = np.unique(rows[:, :-1], axis=0, return_inverse=True)
    return np.column_stack([keys, np.bincount(place.ravel(), rows[:, -1], len(keys)).astype(np.int64)])
