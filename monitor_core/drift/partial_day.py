"""A day that is not over, completed by the reviews that it still lacks, so that no pattern within the day can alarm."""

from dataclasses import replace

import numpy as np

from monitor_core.drift.reference import Reference, reference_days
from monitor_core.drift.series import Reviews
from monitor_core.scores.shares import ratio

LEAST_WEEKDAYS = 2  # in the reference: fewer do not tell what is typical


def completed_day(reviews: Reviews, reference: Reference) -> Reviews:
    """Return the reviews with the last day completed to its typical number, all missing reviews being right.

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
        n[-1] += missing
        support[-1] += missing * ratio(support[used].sum(axis=0), n[used].sum())
    return replace(reviews, n=n, errors=errors, support=support, misses=misses)
