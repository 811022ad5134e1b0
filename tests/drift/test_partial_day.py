"""A day that is not over, with the reviews that it still lacks."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.partial_day import completed_day
from monitor_core.drift.reference import Reference
from monitor_core.drift.series import BINS, Reviews, ReviewSelection

FIRST = date(2026, 6, 1)  # a Monday
DAYS = 100


def steady(volumes: list[int], today: tuple[int, int]) -> Reviews:
    """Days of these volumes, of which one review in ten is wrong, and today's reviews and errors; of two classes."""
    n = np.array([*volumes, today[0]])
    errors = np.array([*(volume // 10 for volume in volumes), today[1]])
    support, misses = (np.column_stack([counts - counts // 2, counts // 2]) for counts in (n, errors))
    return Reviews(tuple(FIRST + timedelta(day) for day in range(len(n))), n, errors, support, misses)


def test_a_day_is_completed_by_right_reviews_to_the_most_of_its_weekday() -> None:
    volumes = [50 if (day + 3) % 7 == DAYS % 7 else 200 for day in range(DAYS)]
    volumes[DAYS - 14], volumes[DAYS - 28] = 180, 220  # of today's weekday; one is before the week's gap
    done = completed_day(steady(volumes, (40, 12)), Reference())
    assert (done.n[-1], done.errors[-1]) == (220, 12)
    assert done.support[-1].tolist() == pytest.approx([110, 110])
    assert done.misses[-1].tolist() == [6, 6]
    assert done.n[:-1].tolist() == volumes


def test_a_day_that_is_complete_stays_as_it_is() -> None:
    today = steady([200] * DAYS, (260, 30))
    assert np.array_equal(completed_day(today, Reference()).support, today.support)


def test_of_a_weekday_without_reviews_in_the_reference_nothing_is_said() -> None:
    only_mondays = [200 if day % 7 == 0 else 0 for day in range(DAYS)]
    done = completed_day(steady(only_mondays, (40, 30)), Reference())
    assert (done.n[-1], done.errors[-1], done.misses[-1].sum()) == (0, 0, 0)


@pytest.mark.parametrize(("errors", "fires"), [(26, False), (60, True)])
def test_the_unsure_first_are_no_alarm_and_a_large_fall_is(errors: int, fires: bool) -> None:
    """Among the first 60 of 200 reviews are a few more errors than the day's usual 20, or three times as many."""
    noon = steady([200] * DAYS, (60, errors))
    assert accuracy_falling(noon, Reference())[-1].verdict == "drifted"
    assert (accuracy_falling(completed_day(noon, Reference()), Reference())[-1].verdict == "drifted") == fires


def test_against_a_rise_the_missing_reviews_are_wrong() -> None:
    done = completed_day(steady([200] * DAYS, (60, 0)), Reference(), right=False)
    assert (done.n[-1], done.errors[-1]) == (200, 140)
    assert done.misses[-1].tolist() == pytest.approx([70, 70])


def test_the_samples_are_completed_like_the_counts() -> None:
    reviews = steady([200] * DAYS, (60, 12))
    days = np.arange(DAYS + 1)
    samples = [
        np.column_stack([days, days * 0, days * 0 + wrong, days * 0 + 150, count])
        for wrong, count in ((0, reviews.n - reviews.errors), (1, reviews.errors))
    ]
    predictions = np.zeros((DAYS + 1, BINS))
    predictions[:, 150] = 200
    selection = ReviewSelection(predictions, np.concatenate(samples).astype(float))
    for right, errors in ((True, 12), (False, 152)):
        done = completed_day(replace(reviews, selection=selection), Reference(), right)
        assert done.selection is not None
        assert done.selection.reviewed.sum(axis=1) == pytest.approx(done.n)
        assert done.selection.mistaken[-1].sum() == pytest.approx(errors)
