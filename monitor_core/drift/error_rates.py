"""Error rates by confidence: how often predictions of each confidence were wrong in the reference of each day."""

import numpy as np
from scipy import special

from monitor_core.drift.series import BINS
from monitor_core.scores.shares import Floats, ratio

KNOTS = (0.1, 0.3, 0.6)  # shares of the reference's predictions, from the lowest confidence, where the curve may bend
STEPS, LEAST_STEP, LARGEST_STEP = 12, 1e-6, 2.0  # of Newton's method, in logits; after the least, the next is none
RIDGE = np.array([0.01, 0.01, 1.0, 1.0, 1.0])  # of each coefficient, in samples: a bend needs evidence
MOST_LOGITS = 8.0

MIDDLES = (np.arange(BINS - 1) + 0.5) / (BINS - 1)
LOGITS = special.logit(MIDDLES) / 4  # about as large as the constant


def error_rates(reviewed: Floats, mistaken: Floats, predictions: Floats) -> Floats:
    """Return the error rate of each bin of confidence, shape (days, BINS), given the counts of each day's reference.

    It is a logistic regression on the logit of confidence with a few bends (linear splines), so that the order of
    confidence counts within a bin's neighbourhood, too: Platt (1999), "Probabilistic outputs for support vector
    machines". Predictions without confidence have the rate of their own samples.
    """
    features = _features(predictions[:, :-1])
    n, wrong = reviewed[:, :-1], mistaken[:, :-1]
    total = ratio(mistaken.sum(axis=1) + 0.5, reviewed.sum(axis=1) + 1)
    coefficients = np.zeros((len(n), features.shape[-1]))
    coefficients[:, 0] = special.logit(total)
    for _ in range(STEPS):
        rates = special.expit(_logits(features, coefficients))
        slope = ((wrong - n * rates)[:, None] @ features)[:, 0] - RIDGE * coefficients
        weighted = features * (n * rates * (1 - rates))[..., None]
        curvature = weighted.transpose(0, 2, 1) @ features + np.diag(RIDGE)
        step = np.linalg.solve(curvature, slope[..., None])
        size = np.abs(features @ step)[..., 0].max(axis=1, initial=0.0)
        coefficients += step[..., 0] * np.minimum(LARGEST_STEP / np.maximum(size, LARGEST_STEP), 1)[:, None]
        if size.max(initial=0.0) < LEAST_STEP:
            break
    of_rest = (mistaken[:, -1] + total) / (reviewed[:, -1] + 1)
    return np.column_stack([special.expit(_logits(features, coefficients)), of_rest])


def _features(predictions: Floats) -> Floats:
    """Return a constant, the logit of confidence, and how far it is below each knot, shape (days, BINS - 1, 5)."""
    share = np.nan_to_num(ratio(np.cumsum(predictions, axis=1), predictions.sum(axis=1, keepdims=True)))
    knots = np.stack([LOGITS[np.minimum((share < knot).sum(axis=1), BINS - 2)] for knot in KNOTS], axis=1)
    below = np.maximum(knots[:, None, :] - LOGITS[:, None], 0)
    alike = np.broadcast_to(np.column_stack([np.ones_like(LOGITS), LOGITS]), (len(share), BINS - 1, 2))
    return np.concatenate([alike, below], axis=-1)


def _logits(features: Floats, coefficients: Floats) -> Floats:
    return np.asarray(np.clip((features @ coefficients[..., None])[..., 0], -MOST_LOGITS, MOST_LOGITS))
