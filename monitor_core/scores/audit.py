"""The audit: predictions that people review because chance drew them, and the accuracy estimated from these alone.

Whether a prediction is in the audit is a function of its file name, its confidence and a stored plan: a hash of the
plan's salt and the name is below the probability of the confidence's range. Nothing is written into the documents, and
anybody can compute again who was drawn. Where confidence separates right from wrong, ranges with more errors are drawn
more often (Neyman 1934), and each drawn prediction counts by the inverse of its probability (Horvitz & Thompson 1952).
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import numpy as np

from monitor_core.contract.documents import CONFIDENCE_BINS, confidence_bin
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_AUDIT, NO_CONFIDENCE, NOT_REVIEWED, DayCounts, is_right
from monitor_core.scores.raking import LEAST_SIZE, Estimate
from monitor_core.scores.shares import Floats, ratio, wilson

AUDIT_RANGES = 5  # of confidence, each with as many predictions; those without confidence are one more
LEAST_PART = 0.3  # of the audit's share: the probability of a range that hardly ever is wrong
ENOUGH_REVIEWS = 200  # past ones, from which on the error rates of the ranges are used
LEAST_SAVING = 0.15  # of the reviews, that different probabilities must save
PRIOR = 5.0  # reviews with the overall error rate that each range's own are added to
MOST_WAITING = 0.05  # of the audit's predictions that may be unreviewed after the delay that is typical
ENOUGH_AUDITED = 10  # reviewed predictions of a range, below which it is merged with its neighbour
ASSUMES_CHANCE = "chance alone decided which of them are reviewed for it"
ASSUMES_AUDIT = f"from the reviewed predictions of the audit, for {ASSUMES_CHANCE}"
MILLIONTHS = 1_000_000  # in which a probability is counted
DIGITS = 2**53  # of a hash that a float holds exactly


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """The probabilities with which predictions are drawn, from a day on until another plan begins."""

    since: date  # the first prediction day
    salt: str
    share: float  # of all predictions, on average; 0: no audit
    bounds: tuple[int, ...]  # the bins of confidence at which the ranges but the first begin
    probabilities: tuple[float, ...]  # of predictions without confidence, then of each range
    by: str
    made_at: datetime

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"a share is from 0 to 1, not {self.share}")
        if len(self.probabilities) != len(self.bounds) + 2:
            raise ValueError(f"{len(self.bounds)} bounds make {len(self.bounds) + 2} ranges")

    def range_of(self, confidence: float | None) -> int:
        """Return the place of a confidence's range; 0 without confidence."""
        if confidence is None:
            return 0
        return 1 + bisect_right(self.bounds, confidence_bin(confidence))

    def draws(self, name: str, confidence: float | None) -> bool:
        """Return whether a prediction of this file name and confidence is in the audit."""
        return hashed(self.salt, name) < self.probabilities[self.range_of(confidence)]

    @property
    def number(self) -> int:
        """Return a number that other plans do not have, except by chance."""
        content = repr((self.since, self.salt, self.bounds, self.probabilities))
        return int.from_bytes(hashlib.sha256(content.encode()).digest()[:4], "big") >> 1

    def tally(self, counts: Ints) -> Ints:
        """Return rows of `DayCounts.audit`, given predictions, drawn, reviewed and right ones of each range."""
        ranges = np.arange(len(self.probabilities))
        probability = np.round(np.array(self.probabilities) * MILLIONTHS)
        columns = (np.full(len(ranges), self.number), ranges, probability)
        return np.column_stack([*columns, counts]).astype(np.int64)

    @property
    def is_by_confidence(self) -> bool:
        return len(set(self.probabilities)) > 1


@dataclass(frozen=True, slots=True)
class AuditCounts:
    """The predictions of each plan's ranges, in the plans' order; arrays have one entry for each range."""

    probability: Floats
    predictions: Ints
    drawn: Ints  # of them, into the audit
    reviewed: Ints  # of the drawn
    right: Ints  # of the reviewed


def hashed(salt: str, name: str) -> float:
    """Return a number in [0, 1) that is the same for the same salt and name, and uniform over names.

    It is the first 53 bits of the SHA-256 hash of the salt, a zero byte and the name in UTF-8.

    >>> round(hashed("salt", "1.png"), 6)
    0.028663
    """
    digest = hashlib.sha256(f"{salt}\0{name}".encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / DIGITS


def plan_on(plans: Sequence[AuditPlan], day: date) -> AuditPlan | None:
    """Return the plan in force for the predictions of a day; None without an audit."""
    of_day = sorted((plan for plan in plans if plan.since <= day), key=lambda plan: (plan.since, plan.made_at))
    return of_day[-1] if of_day and of_day[-1].share else None


# ---- the probabilities


def ranges_and_probabilities(days: Sequence[DayCounts], share: float) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the bounds of the ranges and the probability of each, given past days by prediction day.

    The probabilities are equal unless the error rates of the ranges differ enough to save LEAST_SAVING of the reviews.
    """
    table = np.concatenate([np.zeros((0, 4), np.int64), *(day.confidence for day in days)])
    bounds = _bounds(table)
    place = np.where(table[:, 2] == NO_CONFIDENCE, 0, 1 + np.digitize(table[:, 2], np.array(bounds, np.int64)))
    is_reviewed = table[:, 1] != NOT_REVIEWED
    counts = (table[:, 3], table[:, 3] * is_reviewed, table[:, 3] * (is_reviewed & ~is_right(table)))
    predictions, reviewed, wrong = (np.bincount(place, of, len(bounds) + 2).astype(float) for of in counts)
    equal = tuple([share] * (len(bounds) + 2))
    if reviewed.sum() < ENOUGH_REVIEWS:
        return bounds, equal
    rate = (wrong + PRIOR * wrong.sum() / reviewed.sum()) / (reviewed + PRIOR)
    spread, weight = np.sqrt(rate * (1 - rate)), predictions / predictions.sum()
    variance = float(weight @ spread**2)
    saving = 1 - (weight @ spread) ** 2 / variance if variance else 0.0
    return bounds, equal if saving < LEAST_SAVING else tuple(_allocated(weight, spread, share).tolist())


def _bounds(table: Ints) -> tuple[int, ...]:
    """Return the bins at which as many ranges with as many predictions begin; fewer where many have one confidence."""
    has_any = table[:, 2] != NO_CONFIDENCE
    cumulative = np.cumsum(np.bincount(table[has_any, 2], table[has_any, 3], CONFIDENCE_BINS))
    if not cumulative[-1]:
        return ()
    parts = np.arange(1, AUDIT_RANGES) / AUDIT_RANGES * cumulative[-1]
    ends = np.unique(np.searchsorted(cumulative, parts) + 1)
    return tuple(int(end) for end in ends if cumulative[end - 1] < cumulative[-1])


def _allocated(weight: Floats, spread: Floats, share: float) -> Floats:
    """Return probabilities in proportion to the spread, from LEAST_PART of the share to 1, with the share as mean."""
    low, high = 0.0, 1.0 / max(float(spread.min()), 1e-6)
    for _ in range(60):
        middle = (low + high) / 2
        probabilities = np.clip(middle * spread, LEAST_PART * share, 1.0)
        low, high = (middle, high) if weight @ probabilities < share else (low, middle)
    return np.asarray(np.round(np.clip(low * spread, LEAST_PART * share, 1.0), 6))


# ---- the estimate


def audit_counts(tables: Iterable[Ints]) -> AuditCounts:
    """Return the sum of tables of `DayCounts.audit`."""
    rows = np.concatenate([NO_AUDIT, *tables])
    ranges, place = np.unique(rows[:, :3], axis=0, return_inverse=True)
    sums = (np.bincount(place.ravel(), column, len(ranges)).astype(np.int64) for column in rows[:, 3:].T)
    return AuditCounts(ranges[:, 2] / MILLIONTHS, *sums)


def audited_accuracy(counts: AuditCounts) -> Estimate:
    """Return the accuracy over all predictions, estimated from the reviewed ones of the audit, stratified by range.

    It is refused if too many of the audit's predictions are unreviewed, or too few reviewed.
    """
    total, drawn, n = (int(of.sum()) for of in (counts.predictions, counts.drawn, counts.reviewed))
    if reason := _why_not(drawn, n):
        return Estimate(reason, np.nan, np.nan, np.nan, n, total)
    predictions, share, size, unseen = _strata(counts)
    part = predictions / total
    value = float(part @ share)
    shrunk = (share * size + 0.5) / (size + 1)
    variance = float((part**2 * unseen * shrunk * (1 - shrunk) / size).sum())
    middle = (value * n + 0.5) / (n + 1)
    effective = middle * (1 - middle) / variance if variance else float(total)
    low, high = wilson(np.array(value * effective), np.array(effective)).tolist()
    return Estimate("", value, low, high, n, total)


def _why_not(drawn: int, reviewed: int) -> str:
    if drawn - reviewed > MOST_WAITING * drawn:
        return f"{drawn - reviewed:,} of the {drawn:,} predictions of the audit are not reviewed"
    if reviewed < LEAST_SIZE:
        return f"only {reviewed:,} predictions of the audit are reviewed, and {LEAST_SIZE} are needed"
    return ""


def _strata(counts: AuditCounts) -> tuple[Floats, Floats, Floats, Floats]:
    """Return predictions, share right, effective samples and share unseen of ranges, merged until each has enough."""
    groups = _merged(counts.reviewed)
    weight = np.where(counts.probability > 0, 1 / np.where(counts.probability > 0, counts.probability, 1), 0.0)
    n = counts.reviewed
    each = (counts.predictions, n, weight * counts.right, weight * n, weight**2 * n)
    predictions, reviewed, right, weights, squares = (
        np.asarray(np.bincount(groups, of.astype(float)), float) for of in each
    )
    return predictions, ratio(right, weights), ratio(weights**2, squares), 1 - ratio(reviewed, predictions)


def _merged(reviewed: Ints) -> Ints:
    """Return the group of each range: neighbours are together until each group has enough reviewed predictions."""
    ends, within = [0], 0
    for place, number in enumerate(reviewed.tolist(), start=1):
        within += number
        if within >= ENOUGH_AUDITED:
            ends.append(place)
            within = 0
    edges = [*ends[:-1], len(reviewed)] if len(ends) > 1 else [0, len(reviewed)]
    return np.repeat(np.arange(len(edges) - 1), [end - begin for begin, end in pairwise(edges)])
