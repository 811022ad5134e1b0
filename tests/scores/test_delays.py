"""The time to review equals scipy's Kaplan-Meier curve, and young days do not look quick."""

import numpy as np
import pytest
from scipy import stats

from monitor_core.contract import documents as contract
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.delays import (
    QUANTILES,
    UNLIMITED,
    TimeLimits,
    hours_to_review,
    limits_of_reviews,
    limits_to_review,
)
from monitor_core.scores.shares import FEWEST
from tests.scores.days import bucketed, of_day

BUCKET = 2 ** (1 / contract.DELAY_BUCKETS_A_DOUBLING)  # a time is known within this factor


def test_the_time_to_review_equals_scipys_kaplan_meier_within_a_bucket() -> None:
    rng = np.random.default_rng(4)
    for quantile in (0.5, 0.9):
        name = {0.5: "median", 0.9: "90%"}[quantile]
        days, ages, events, censored = [], [], [], []
        for days_old in range(25):
            age = days_old * 1440.0 + 300
            delay = rng.lognormal(np.log(2000), 1.2, 60)
            seen = delay < age
            days.append(of_day(int(seen.sum()), int((~seen).sum()), bucketed(delay[seen])))
            ages.append(age)
            events += delay[seen].tolist()
            censored += [age] * int((~seen).sum())
        curve = stats.ecdf(stats.CensoredData(uncensored=events, right=censored)).cdf
        expected = curve.quantiles[np.searchsorted(curve.probabilities, quantile)] / 60
        hours = hours_to_review(days, ages)[name]
        assert hours is not None
        assert 1 / BUCKET < hours / expected < BUCKET
        true = stats.lognorm(1.2, scale=2000).ppf(quantile) / 60
        assert 0.85 < hours / true < 1.15
        naive = np.quantile(events, quantile) / 60
        assert naive < 0.9 * true  # what the reviewed ones alone would say


def test_a_young_day_does_not_look_quick() -> None:
    """Half of the predictions take less than 1,000 minutes; the day is 400 minutes old at its end."""
    rng = np.random.default_rng(5)
    delay = rng.lognormal(np.log(1000), 1, 4000)
    age = rng.uniform(400, 1840, 4000)  # each prediction's own, by its hour of the day
    seen = delay < age
    day = of_day(int(seen.sum()), int((~seen).sum()), bucketed(delay[seen]))
    assert np.median(delay[seen]) < 600
    assert hours_to_review([day], [400])["median"] is None
    later = of_day(int((delay < 9000).sum()), int((delay >= 9000).sum()), bucketed(delay[delay < 9000]))
    median = hours_to_review([later], [9000])["median"]
    assert median is not None
    assert median == pytest.approx(1000 / 60, rel=0.1)


def test_a_day_that_is_not_over_tells_no_time_and_few_rows_tell_none() -> None:
    day = of_day(6, 0, [(40, 6)])
    assert hours_to_review([day], [-100])["median"] is None
    assert hours_to_review([day], [10_000])["median"] == pytest.approx(2 ** (40.5 / 8) / 60, rel=0.05)
    assert hours_to_review([of_day(FEWEST - 1, 0, [(40, FEWEST - 1)])], [10_000])["median"] is None
    assert hours_to_review([], []) == {"median": None, "90%": None}
    assert hours_to_review([of_day(9, 0, [(-1, 9)])], [10_000]) == {"median": 0.0, "90%": 0.0}


def test_what_came_later_than_the_youngest_can_be_followed_counts_as_waiting_then() -> None:
    """Of a hundred, sixty took longer than the youngest is old: that they are seen is the luck of the early ones."""
    day = of_day(100, 0, [(20, 40), (90, 60)])
    assert hours_to_review([day], [100])["median"] is None
    assert hours_to_review([day], [10_000])["median"] == pytest.approx(2 ** (90 / 8) / 60, rel=0.1)


def test_predictions_that_are_never_reviewed_make_the_quantile_unreached() -> None:
    day = of_day(60, 40, [(60, 60)])
    hours = hours_to_review([day], [1e6])
    assert hours["median"] is not None
    assert hours["90%"] is None


def _reviewed(rng: np.random.Generator, rows: int, days: int) -> tuple[list[DayCounts], list[float], list[float]]:
    """Return days of predictions that are reviewed after a lognormal time, their ages, and the times seen."""
    counted, ages, events = [], [], []
    for days_old in range(days):
        age = days_old * 1440.0 + 300
        delay = rng.lognormal(np.log(2000), 1.2, rows)
        seen = delay < age
        counted.append(of_day(int(seen.sum()), int((~seen).sum()), bucketed(delay[seen])))
        ages.append(age)
        events += delay[seen].tolist()
    return counted, ages, events


def test_the_limits_equal_scipys_log_log_limits_within_a_bucket() -> None:
    days, ages, events = _reviewed(np.random.default_rng(6), 40, 25)
    censored = [age for day, age in zip(days, ages, strict=True) for _ in range(day.not_reviewed)]
    curve = stats.ecdf(stats.CensoredData(uncensored=events, right=censored)).sf
    interval = curve.confidence_interval(method="log-log")
    for name, share in QUANTILES.items():
        limits = limits_to_review(days, ages)[name]
        for limit, of in ((limits.low, interval.low), (limits.high, interval.high)):
            reached = np.flatnonzero(of.probabilities <= 1 - share)
            assert limit is not None
            assert 1 / BUCKET**1.5 < limit / (of.quantiles[reached[0]] / 60) < BUCKET**1.5


@pytest.mark.parametrize("rows", [3, 20])
def test_the_limits_cover_the_time_to_review(rows: int) -> None:
    rng, runs = np.random.default_rng(7), 400
    true = {name: stats.lognorm(1.2, scale=2000).ppf(share) / 60 for name, share in QUANTILES.items()}
    covered = dict.fromkeys(QUANTILES, 0)
    for _ in range(runs):
        days, ages, _ = _reviewed(rng, rows, 20)
        for name, limits in limits_to_review(days, ages).items():
            covered[name] += (limits.low or 0) <= true[name] <= (np.inf if limits.high is None else limits.high)
    assert min(covered.values()) >= (0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)) * runs


def test_limits_that_are_not_reached_and_of_few_rows() -> None:
    day = of_day(6, 4, [(40, 6)])
    assert limits_to_review([day], [10_000])["90%"].high is None
    assert limits_to_review([of_day(FEWEST - 1, 0, [(40, FEWEST - 1)])], [10_000]) == dict.fromkeys(
        QUANTILES, UNLIMITED
    )
    assert limits_of_reviews([]) == dict.fromkeys(QUANTILES, UNLIMITED)
    limits = limits_of_reviews([of_day(200, 0, [(40, 100), (80, 100)])])["90%"]
    assert limits.low is not None
    assert limits.high is not None
    assert limits.low < 2 ** (81 / 8) / 60 + 1
    assert limits.low <= limits.high


@pytest.mark.parametrize(
    ("hours", "limits", "uncertain"),
    [
        (10.0, TimeLimits(7.0, 14.0), False),
        (10.0, TimeLimits(6.0, 14.0), True),
        (10.0, TimeLimits(7.0, 16.0), True),
        (10.0, TimeLimits(7.0, None), True),
        (None, TimeLimits(7.0, None), True),
    ],
)
def test_a_time_is_uncertain_beyond_half_as_long_again(
    hours: float | None, limits: TimeLimits, uncertain: bool
) -> None:
    assert limits.uncertain(hours) == uncertain
