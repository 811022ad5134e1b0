"""The error rates by confidence are those of the samples, and follow a curve where there are few."""

import numpy as np
import pytest
from scipy import special

from monitor_core.drift.error_rates import MIDDLES, error_rates
from monitor_core.drift.series import BINS


def counts_of(seed: int, samples: int, slope: float) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    n = np.append(rng.multinomial(samples, special.softmax(3 * MIDDLES)), 0)[None].astype(float)
    truth = special.expit(-slope * special.logit(MIDDLES))
    return n, np.append(rng.binomial(n[0, :-1].astype(int), truth), 0)[None].astype(float), truth


@pytest.mark.parametrize("slope", [0.5, 1.0])
def test_a_curve_is_recovered(slope: float) -> None:
    n, wrong, truth = counts_of(1, 20_000, slope)
    rates = error_rates(n, wrong, n)[0, :-1]
    assert np.abs(rates - truth)[20:-1].max() < 0.03


def test_the_errors_of_all_samples_are_those_that_there_were() -> None:
    n, wrong, _ = counts_of(2, 300, 0.8)
    assert (n * error_rates(n, wrong, n)).sum() == pytest.approx(wrong.sum(), abs=0.2)


def test_predictions_without_confidence_have_the_rate_of_their_own_samples() -> None:
    n, wrong = np.zeros((1, BINS)), np.zeros((1, BINS))
    n[0, -1], wrong[0, -1] = 1000, 250
    assert error_rates(n, wrong, n)[0, -1] == pytest.approx(0.25, abs=0.001)


def test_each_day_has_the_rates_that_it_has_alone_and_no_samples_are_no_error() -> None:
    n, wrong, _ = counts_of(3, 500, 1.0)
    days = [np.concatenate([v, np.zeros_like(v)]) for v in (n, wrong, n)]
    rates = error_rates(*days)
    np.testing.assert_allclose(rates[0], error_rates(n, wrong, n)[0])
    assert np.isfinite(rates).all()
