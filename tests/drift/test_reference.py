"""The reference lies before what is compared with it, and tells how much days vary."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from monitor_core.contract.calendar import Period
from monitor_core.drift.reference import (
    Baseline,
    Reference,
    Spans,
    baseline_of,
    reference_days,
    reference_spans,
    with_likely_rates,
)

FIRST = date(2026, 1, 5)  # a Monday
DAYS = tuple(FIRST + timedelta(day) for day in range(100))


def used(reference: Reference, today: date) -> list[date]:
    return [day for day, is_used in zip(DAYS, reference_days(DAYS, reference, today), strict=True) if is_used]


def test_a_trailing_reference_ends_before_the_week_that_is_judged() -> None:
    assert used(Reference(length=20), DAYS[50]) == list(DAYS[24:44])


def test_a_trailing_reference_is_shorter_in_the_beginning() -> None:
    assert used(Reference(), DAYS[20]) == list(DAYS[:14])
    assert used(Reference(), DAYS[6]) == []


def test_a_period_is_the_reference_of_the_days_after_it() -> None:
    period = Reference("period", first=DAYS[10], last=DAYS[30])
    assert used(period, DAYS[30]) == []
    assert used(period, DAYS[31]) == used(period, DAYS[99]) == list(DAYS[10:31])


def test_a_period_may_lie_outside_of_the_days() -> None:
    assert used(Reference("period", first=FIRST - timedelta(9), last=FIRST - timedelta(1)), DAYS[5]) == []
    assert used(Reference("period", first=DAYS[99] + timedelta(1), last=DAYS[99] + timedelta(9)), DAYS[99]) == []


def test_a_reference_since_a_day_grows() -> None:
    since = Reference("since", first=DAYS[10])
    assert used(since, DAYS[12]) == []
    assert used(since, DAYS[40]) == list(DAYS[10:34])


def test_a_reference_since_a_day_may_end_and_is_used_before_its_end() -> None:
    anchor = Reference("since", first=DAYS[10], last=DAYS[29])
    assert used(anchor, DAYS[30]) == list(DAYS[10:24])
    assert used(anchor, DAYS[60]) == used(anchor, DAYS[99]) == list(DAYS[10:30])
    with pytest.raises(ValueError, match="does not go from"):
        Reference("trailing", last=DAYS[30])


@pytest.mark.parametrize("reference", [Reference(length=20), Reference("since", first=DAYS[10])])
def test_the_reference_stays_while_an_alert_is_open(reference: Reference) -> None:
    opened = replace(reference, alerted=(Period(DAYS[44], date.max),))
    for today in (30, 49, 50):
        assert used(opened, DAYS[today]) == used(reference, DAYS[today])
    assert used(opened, DAYS[51]) == used(opened, DAYS[99]) == used(reference, DAYS[50])


def test_the_days_of_an_alert_that_is_over_are_in_no_reference() -> None:
    over = Reference(length=20, alerted=(Period(DAYS[44], DAYS[59]),))
    assert used(over, DAYS[70]) == [*DAYS[28:44], *DAYS[60:64]]
    assert used(over, DAYS[99]) == used(Reference(length=20), DAYS[99])
    assert used(replace(over, alerted=(Period(FIRST - timedelta(9), DAYS[98]),)), DAYS[99]) == []


def test_the_baseline_is_that_of_the_days_in_the_reference() -> None:
    n, hits = np.full((60, 1), 10.0), np.arange(60.0)[:, None, None] / 10
    reference = Reference(length=20, alerted=(Period(DAYS[20], DAYS[39]),))
    baseline = baseline_of(n, hits, reference_spans(DAYS[:60], reference))
    chosen = reference_days(DAYS[:60], reference, DAYS[59])
    assert (baseline.n[59, 0], baseline.days[59, 0]) == (200, 20)
    assert baseline.hits[59, 0, 0] == pytest.approx(hits[chosen].sum())


def test_excluded_days_and_weekends_are_left_out() -> None:
    days_used = used(Reference(length=14, excluded=frozenset({DAYS[37]}), weekends=False), DAYS[50])
    assert days_used == [day for day in DAYS[30:44] if day.weekday() < 5 and day != DAYS[37]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "yesterday"},
        {"length": 3},
        {"gap": 1},
        {"kind": "period", "first": FIRST},
        {"kind": "since"},
        {"kind": "trailing", "first": FIRST},
        {"kind": "period", "first": DAYS[2], "last": DAYS[1]},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"reference|gap"):
        Reference(**wrong)


@given(st.sampled_from([Reference(length=14), Reference("since", first=DAYS[3])]), st.integers(0, 99))
@settings(deadline=None)
def test_no_day_under_judgement_is_its_own_reference(reference: Reference, today: int) -> None:
    assert all(day <= DAYS[today] - timedelta(7) for day in used(reference, DAYS[today]))


def test_the_sums_of_the_spans_are_those_of_the_days() -> None:
    reference = Reference(length=14)
    values = np.random.default_rng(1).integers(0, 9, (100, 3))
    sums = reference_spans(DAYS, reference).sum(values)
    for today in (0, 7, 15, 40, 99):
        assert sums[today].tolist() == values[reference_days(DAYS, reference, DAYS[today])].sum(axis=0).tolist()


@pytest.mark.parametrize("rho", [0.0, 0.01, 0.1])
def test_over_dispersion_is_that_of_scipys_beta_binomial(rho: float) -> None:
    rng, dispersions = np.random.default_rng(2), []
    whole = Spans(np.array([0]), np.array([60]))
    for _ in range(300):
        n = rng.integers(40, 160, 60)
        a = 0.1 * (1 / rho - 1) if rho else 0.0
        x = betabinom.rvs(n, a, 9 * a, random_state=rng) if rho else rng.binomial(n, 0.1)
        dispersions.append(baseline_of(n[:, None], x[:, None, None], whole).rho[0, 0])
    assert np.mean(dispersions) == pytest.approx(rho, rel=0.1, abs=0.001)


def test_identical_days_do_not_wander() -> None:
    baseline = baseline_of(np.full((60, 1), 50), np.full((60, 1, 1), 5), Spans(np.array([0]), np.array([60])))
    assert baseline.rho.tolist() == [[0.0]]


def test_a_trailing_reference_reaches_back_until_it_has_enough_days_with_rows() -> None:
    filled = np.arange(100) % 5 == 0
    days_used = reference_days(DAYS, Reference(length=14), DAYS[99], filled)
    assert np.flatnonzero(days_used)[[0, -1]].tolist() == [25, 92]  # days 25, 30, ..., 90
    assert reference_days(DAYS, Reference(length=80), DAYS[99], filled).sum() == 80


def test_a_trailing_reference_does_not_reach_back_more_than_half_a_year() -> None:
    days = tuple(FIRST + timedelta(day) for day in range(400))
    days_used = reference_days(days, Reference(), days[399], np.arange(400) % 100 == 0)
    assert np.flatnonzero(days_used)[0] == 400 - 7 - 180


@pytest.mark.parametrize("lag", [0.0, 0.6])
def test_the_correlation_of_successive_days_is_that_of_the_series(lag: float) -> None:
    rng, lags = np.random.default_rng(5), []
    for _ in range(60):
        logit = np.zeros(400)
        for day in range(1, 400):
            logit[day] = lag * logit[day - 1] + np.sqrt(1 - lag**2) * rng.normal(0, 0.3)
        x = rng.binomial(500, 1 / (1 + np.exp(2 - logit)))
        whole = Spans(np.array([0]), np.array([400]))
        lags.append(baseline_of(np.full((400, 1), 500), x[:, None, None], whole).lag[0, 0])
    assert np.mean(lags) == pytest.approx(lag, abs=0.06)


def test_days_that_are_alike_make_a_week_vary_as_an_autoregressive_series() -> None:
    one = np.ones((1, 1))
    baseline = Baseline(100 * one, 10 * one[..., None], 1e9 * one, one, one, 0.01 * one, 0.6 * one)
    correlation = 0.6 ** np.abs(np.subtract.outer(np.arange(7), np.arange(7)))
    alike = correlation.sum() / 7
    assert baseline.dispersion(101 * one, 7)[0, 0] == pytest.approx(1 + 100 * 0.01 * alike, rel=1e-3)
    assert baseline.dispersion(101 * one)[0, 0] == pytest.approx(2, rel=1e-3)
    assert baseline.dispersion(101 * one, None)[0, 0] == pytest.approx(1 + 1.6 / 0.4, rel=1e-3)


def test_the_likely_rates_of_small_classes_are_nearer_to_the_truth_than_their_own() -> None:
    rng, own, likely = np.random.default_rng(6), [], []
    for _ in range(50):
        rates = rng.beta(8, 72, 20)
        n = np.full((60, 20), 2)
        x = rng.binomial(n, rates)
        groups, errors = (np.column_stack([v.sum(axis=1), v]) for v in (n, x))
        baseline = baseline_of(groups, errors[..., None], Spans(np.array([0]), np.array([60])))
        for target, of in ((own, baseline), (likely, with_likely_rates(baseline))):
            target.append(((of.share[0, 1:, 0] - rates) ** 2).mean())
    assert np.mean(likely) < 0.75 * np.mean(own)


def test_large_classes_keep_their_own_rates() -> None:
    n, x = np.full((60, 4), 500), np.tile([25, 50, 100, 200], (60, 1))
    baseline = baseline_of(n, x[..., None], Spans(np.array([0]), np.array([60])))
    assert with_likely_rates(baseline).share[0, 1:, 0] == pytest.approx(x[0, 1:] / 500, rel=0.01)


def test_what_is_of_sampling_alone_is_no_estimate_and_alike_days_say_less() -> None:
    n = np.full((60, 1), 100)
    independent = baseline_of(n, np.full((60, 1, 1), 10), Spans(np.zeros(60, np.int64), np.full(60, 60)))
    alike = replace(independent, lag=np.full((60, 1), 0.5))
    freedom = [float(b.freedom(np.full((60, 1), 4.0), 1)[0, 0]) for b in (independent, alike)]
    assert freedom == pytest.approx([59 / 0.75**2, 59 / 0.75**2 * 0.75 / 1.25])
    assert alike.freedom(np.full((60, 1), 4.0), 7)[0, 0] < freedom[1]
    assert independent.freedom(np.ones((60, 1)))[0, 0] > 1e6
