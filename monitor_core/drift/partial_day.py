"""A day that is not over, completed by the reviews that it still lacks, so that no pattern within the day can alarm."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.reference import Reference, reference_days
from monitor_core.drift.series import Reviews, ReviewSelection
from monitor_core.scores.shares import Floats, ratio

LEAST_WEEKDAYS = 2  # in the reference: fewer do not tell what is typical


def completed_day(reviews: Reviews, reference: Reference, right: bool = True) -> Reviews:
    """Return the reviews with the last day completed to its typical number, all missing reviews being right, or wrong.

    The typical number is the largest of the same weekday in the reference. Where reviewers begin the day with the
    predictions that the model was unsure of, the errors come first, and only this assumption is safe. Without at least
    two such weekdays in the reference, nothing is known of the day, and it counts as one without reviews.
    """
    used = reference_days(reviews.days, reference, reviews.days[-1])
    weekdays = np.array([day.weekday() for day in reviews.days])
    same = used & (weekdays == weekdays[-1]) & (reviews.n > 0)
    n, errors, support, misses = (
        counts.astype(float) for counts in (reviews.n, reviews.errors, reviews.support, reviews.misses)
    )
    if same.sum() < LEAST_WEEKDAYS:
        for counts in (n, errors, support, misses):
            counts[-1] = 0
    else:
        missing = max(n[same].max() - n[-1], 0)
        of_class = missing * ratio(support[used].sum(axis=0), n[used].sum())
        n[-1] += missing
        support[-1] += of_class
        errors[-1] += 0 if right else missing
        misses[-1] += 0 if right else of_class
    selection = reviews.selection and _with_samples(reviews.selection, n, used, right)
    return replace(reviews, n=n, errors=errors, support=support, misses=misses, selection=selection)


def _with_samples(selection: ReviewSelection, n: Floats, used: NDArray[np.bool_], right: bool) -> ReviewSelection:
    """Return the selection with as many samples of the last day as `n` has, the missing ones as in the reference."""
    day, count, last = selection.samples[:, 0].astype(np.int64), selection.samples[:, 4], len(n) - 1
    missing = n[-1] - count[day == last].sum()
    if missing <= 0:
        return replace(selection, samples=selection.samples[(day != last) | (n[-1] > 0)])
    added = selection.samples[used[day]].copy()
    added[:, 0], added[:, 2] = last, not right
    added[:, 4] *= missing / max(added[:, 4].sum(), 1)
    return replace(selection, samples=np.concatenate([selection.samples, added]))
