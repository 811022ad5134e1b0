"""Distances of two distributions over classes or bins, and their tests; computed along the last axis."""

import numpy as np
from scipy import special

from monitor_core.drift.reference import Counts
from monitor_core.scores.shares import Floats, ratio

LEAST_EXPECTED = 1.0  # rows; rarer classes are judged together


def effect_sizes(reference: Counts, current: Counts) -> dict[str, Floats]:
    """Return descriptive distances, which no rule uses: with few rows each is large by chance. NaN if either is empty.

    Jensen-Shannon distance (base 2), Hellinger distance and total variation lie in [0, 1] and are defined even if a
    class has no rows in one distribution. The population stability index would then be infinite, so half a row is
    added to every class of both.
    """
    p, q = shares(reference), shares(current)
    smooth_p, smooth_q = shares(reference + 0.5), shares(current + 0.5)
    empty = np.isnan(p).any(axis=-1) | np.isnan(q).any(axis=-1)
    sizes = {
        "jensen_shannon": jensen_shannon(p, q),
        "psi": ((smooth_q - smooth_p) * np.log(smooth_q / smooth_p)).sum(axis=-1),
        "hellinger": np.sqrt(((np.sqrt(q) - np.sqrt(p)) ** 2).sum(axis=-1) / 2),
        "total_variation": total_variation(p, q),
    }
    return {name: np.where(empty, np.nan, size) for name, size in sizes.items()}


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """Return the Jensen-Shannon distance: the square root of the mean divergence from the mixture of both, in bits.

    Lin (1991), IEEE Transactions on Information Theory 37:145. SciPy's function is not used because importing its
    package takes half a second, in every command and every run of the logger.
    """
    middle = (p + q) / 2
    divergence = special.rel_entr(p, middle) + special.rel_entr(q, middle)
    return np.asarray(np.sqrt(np.maximum(divergence.sum(axis=-1) / 2, 0.0) / np.log(2)))


def shares(counts: Counts) -> Floats:
    """Return the share of each class; NaN where there are no rows."""
    return ratio(counts, counts.sum(axis=-1, keepdims=True))


def total_variation(p: Floats, q: Floats) -> Floats:
    """Return the total variation distance: the share of rows that would have to change class."""
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def chi_square(reference: Counts, current: Counts, dispersion: Floats) -> tuple[Floats, Floats]:
    """Return Pearson's two-sample statistic divided by the dispersion, and its p-value; 0 and 1 if either is empty.

    Rao & Scott (1981), "The analysis of categorical data from complex sample surveys", JASA 76:221. Classes with an
    expected current count below one are pooled, with an expected count of at least one: the first row of a new class is
    not yet evidence.
    """
    total = reference + current
    expected = total * np.nan_to_num(ratio(current.sum(axis=-1), total.sum(axis=-1)))[..., None]
    rare, off = expected < LEAST_EXPECTED, current - expected
    terms = np.where(rare, 0.0, off**2 * _parts(expected, total - expected))
    few, few_off, few_before = (np.where(rare, v, 0.0).sum(axis=-1) for v in (expected, off, total - expected))
    together = few_off**2 * _parts(np.maximum(few, LEAST_EXPECTED), np.maximum(few_before, LEAST_EXPECTED))
    freedom = (~rare).sum(axis=-1) + (few > 0) - 1.0
    statistic = (terms.sum(axis=-1) + together) / dispersion
    return statistic, np.where(freedom > 0, special.chdtrc(np.maximum(freedom, 1.0), statistic), 1.0)


def variation_by_chance(reference: Counts, current: Counts, dispersion: Floats, p_value: Floats) -> Floats:
    """Return the total variation that two samples of one distribution exceed with this probability.

    It is half of a sum of absolute normal deviations with the covariance of a multinomial; a multiple of chi with the
    same mean and variance, as it is with two classes. A rare class deviates by no more than twice its share on average.
    """
    n, m = (counts.sum(axis=-1).astype(float) for counts in (reference, current))
    share = ratio(reference + current, (n + m)[..., None])
    scale = (dispersion * _parts(n, m))[..., None]
    deviation = np.sqrt(scale * share * (1 - share))
    mean = np.minimum(np.sqrt(2 / np.pi) * deviation, 2 * share * (1 - share)).sum(axis=-1) / 2
    # The covariance of |x| and |y| is about s(x) s(y) r^2 / pi, with r^2 = p q / ((1 - p) (1 - q)) in a multinomial.
    together = np.sqrt(scale / np.pi) * share**1.5 / np.sqrt(np.maximum(1 - share, 1e-9))
    variance = ((deviation**2 * (1 - 2 / np.pi) - together**2).sum(axis=-1) + together.sum(axis=-1) ** 2) / 4
    freedom = np.maximum(ratio(mean**2, 2 * variance) + 0.2, 1.0)
    of_chi = np.sqrt(2) * np.exp(special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2))
    return np.asarray(np.clip(np.sqrt(special.chdtri(freedom, p_value)) * mean / of_chi, 0, 1))


def gap_by_chance(reference: Counts, current: Counts, dispersion: Floats, p_value: Floats) -> Floats:
    """Return the gap of `kolmogorov_smirnov` with this p-value, at most 1."""
    size = ratio(np.ones(1), _parts(reference.sum(axis=-1).astype(float), current.sum(axis=-1).astype(float)))
    root = np.sqrt(np.nan_to_num(size) / dispersion)
    return np.asarray(np.clip(special.kolmogi(p_value) / (root + 0.12 + 0.11 / np.maximum(root, 0.11)), 0, 1))


def _parts(a: Floats, b: Floats) -> Floats:
    return np.nan_to_num(ratio(np.ones_like(a), a)) + np.nan_to_num(ratio(np.ones_like(b), b))


def kolmogorov_smirnov(reference: Counts, current: Counts, dispersion: Floats) -> tuple[Floats, Floats]:
    """Return the largest gap of the cumulative shares over the bins, and its p-value; 0 and 1 if either is empty.

    Stephens (1970), JRSS B 32:115, for small samples. Rows within a bin are ties, which makes the test conservative.
    """
    gap = np.nan_to_num(np.abs(np.cumsum(shares(reference) - shares(current), axis=-1)).max(axis=-1, initial=0.0))
    size = ratio(np.ones_like(gap), _parts(reference.sum(axis=-1).astype(float), current.sum(axis=-1).astype(float)))
    root = np.sqrt(np.nan_to_num(size) / dispersion)
    return gap, special.kolmogorov((root + 0.12 + 0.11 / np.maximum(root, 0.11)) * gap)
