"""The Shiryaev-Roberts e-detector: evidence that the error rate has risen above that of the reference.

Shin, Ramdas & Rinaldo (2024), "E-detectors: a nonparametric framework for sequential change detection", New England
Journal of Statistics in Data Science 2:229. Each day M <- (M + 1) exp(LLR / phi), where LLR is the log likelihood ratio
of the day's errors under a raised rate to those under the reference's rate, and phi the over-dispersion of a day of
that size. Without a change the mean of M after t days is at most t, so reaching A takes at least A days on average,
however often it is tested. The evidence is the mean of M over the alternatives: half of the weight is on the overall
error rate, the other half is shared by the classes' miss rates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.reference import Baseline
from monitor_core.scores.shares import Floats

OVERALL_RISES = (0.02, 0.05, 0.10, 0.20)  # the alternatives: error rate raised by so much
CLASS_RISES = (0.05, 0.10, 0.20, 0.40)  # a class's miss rate
# Standard errors on top of the reference's rates, overall and of a class: it may have been lucky. A reference that does
# not move stays lucky for ever, and needs more.
MARGINS, FIXED_MARGINS = (0.75, 1.0), (2.0, 3.0)
IMPROVEMENT_MARGIN = 1.25  # the same of an improvement, which is a notice and can wait
IMPROVEMENTS = (0.75, 0.5, 0.25)  # the error rate times so much
MOST_KEPT = 5.0  # times the threshold: what evidence is beyond would only keep the alert of a mended model open


@dataclass(frozen=True, slots=True)
class Evidence:
    by_group: Floats  # (days, groups): overall, then the classes
    age: Floats  # (days, groups) days since the rise began, today included, as the evidence has it

    @property
    def total(self) -> Floats:
        """Return the evidence summed over the groups, shape (days,)."""
        return np.asarray(self.by_group.sum(axis=1))


def gather_evidence(
    n: Floats,
    errors: Floats,
    baseline: Baseline,
    restarts: NDArray[np.bool_],
    threshold: float,
    margins: tuple[float, float] = MARGINS,
) -> Evidence:
    """Return the evidence from rows and errors of shape (days, groups); it is reset to zero on `restarts`."""
    ratios = likelihood_ratios(n, errors, baseline, margins)
    return accumulate(ratios, weights_of_alternatives(baseline), restarts, threshold)


def weights_of_alternatives(baseline: Baseline) -> Floats:
    """Return the weight of each alternative, shape (days, groups); 0 for a class that is not in the reference."""
    present = baseline.n[:, 1:] > 0
    classes = 0.5 * present / np.maximum(present.sum(axis=1, keepdims=True), 1)
    return np.column_stack([np.full(len(classes), 0.5), classes]) / len(OVERALL_RISES)


def likelihood_ratios(n: Floats, errors: Floats, baseline: Baseline, margins: tuple[float, float] = MARGINS) -> Floats:
    """Return exp(LLR / phi) of each day against each alternative, shape (days, groups, alternatives)."""
    is_overall = np.arange(n.shape[1]) == 0
    null = np.minimum(_null(baseline, np.where(is_overall, *margins)), 0.999)
    rises = np.where(is_overall[:, None], OVERALL_RISES, CLASS_RISES)
    raised = np.minimum(null[..., None] + rises, (1 + null[..., None]) / 2)  # where less is left to get worse
    return _ratios(n, errors, null, raised, baseline)


def ratios_of_improvement(n: Floats, errors: Floats, baseline: Baseline) -> Floats:
    """Return what `likelihood_ratios` does, against lower error rates."""
    null = np.clip(_null(baseline, np.full(n.shape[1], -IMPROVEMENT_MARGIN)), 1e-6, 0.999)
    return _ratios(n, errors, null, null[..., None] * np.array(IMPROVEMENTS), baseline)


def _null(baseline: Baseline, margin: Floats) -> Floats:
    """Return the reference's error rates with a margin of so many standard errors, shape (days, groups).

    Of days that are alike, the standard error is known less well, and their reference is lucky for longer.
    """
    rate = baseline.share[..., 0]
    dispersion = baseline.dispersion(baseline.cluster_size, None)
    return np.asarray(rate + margin * (1 + baseline.lag) * np.sqrt(rate * (1 - rate) * dispersion / (baseline.n + 1)))


def _ratios(n: Floats, errors: Floats, null: Floats, rates: Floats, baseline: Baseline) -> Floats:
    """Return the likelihood ratios of rates (days, groups, alternatives); 0 for a class unknown to the reference."""
    dispersion = baseline.dispersion(n, None)
    out = np.empty(rates.shape)
    for i in range(rates.shape[-1]):  # one at a time, because of the memory for a thousand classes
        rate = rates[..., i]
        llr = errors * np.log(rate / null) + (n - errors) * np.log((1 - rate) / (1 - null))
        out[..., i] = np.where(baseline.n > 0, np.exp(np.minimum(llr / dispersion, 600.0)), 0.0)  # e^709 is the largest
    return out


def accumulate(ratios: Floats, weight: Floats, restarts: NDArray[np.bool_], threshold: float) -> Evidence:
    """Run the detector over the days.

    The start of the rise is estimated from the same sums: M is the sum of the likelihood ratios of "it began on day s"
    over all s, so M / (M + 1) is the share of "before today", and their mean age follows a recursion too.
    """
    days, groups, _ = ratios.shape
    by_group, age = np.zeros((days, groups)), np.ones((days, groups))
    m, ages = np.zeros(ratios.shape[1:]), np.zeros(ratios.shape[1:])
    for day in range(days):
        if restarts[day]:
            m[:] = 0.0
        ages *= m / (m + 1)
        ages += 1
        m += 1
        m *= ratios[day]
        of_group = weight[day] * m.sum(axis=1)
        excess = of_group.sum() / (MOST_KEPT * threshold)
        if excess > 1:
            m /= excess
            of_group /= excess
        by_group[day] = of_group
        age[day] = weight[day] * (m * ages).sum(axis=1) / np.maximum(of_group, 1e-300)
    return Evidence(by_group, age)
