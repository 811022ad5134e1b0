"""Simulated series of daily counts, and which days of tests have drifted."""

from collections import Counter
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import numpy as np

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import confidence_bin, delay_bucket
from monitor_core.drift.reference import Reference
from monitor_core.drift.series import DailyCounts, Reviews
from monitor_core.drift.verdicts import DriftTest
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NOT_REVIEWED, DayCounts
from monitor_core.scores.daily import DailyTable, daily_table

FIRST = date(2026, 1, 5)
NAMES = ["blue", "yellow", "green"]
SHARES = np.array([0.5, 0.3, 0.2])
TRAILING = Reference()


def days_of(count: int) -> tuple[date, ...]:
    return tuple(FIRST + timedelta(day) for day in range(count))


def reviews_of(seed: int, miss: Any, n: int = 60, days: int = 120) -> Reviews:
    """Miss rates of shape (days, labels), or what broadcasts to it."""
    rng = np.random.default_rng(seed)
    support = rng.multinomial(np.full(days, n), SHARES)
    misses = rng.binomial(support, np.broadcast_to(miss, support.shape))
    return Reviews(days_of(days), support.sum(axis=1), misses.sum(axis=1), support, misses)


def mix_of(seed: int, shares: Any, n: int = 60, days: int = 120) -> DailyCounts:
    rng = np.random.default_rng(seed)
    return DailyCounts(days_of(days), rng.multinomial(n, np.broadcast_to(shares, (days, len(SHARES)))))


def confidence_of(seed: int, shift: Any, n: int = 60, days: int = 120) -> DailyCounts:
    rng = np.random.default_rng(seed)
    rows = [rng.beta(9 + more, 2, n) for more in np.broadcast_to(shift, days)]
    counts = np.array([np.histogram(values, 200, (0, 1))[0] for values in rows])
    return DailyCounts(days_of(days), counts)


def after(day: int, before: Any, then: Any, days: int = 120) -> Any:
    return np.array([then if i >= day else before for i in range(days)])


def without(reviews: Reviews, *days: int) -> Reviews:
    empty = np.isin(np.arange(len(reviews.days)), days)
    parts = [getattr(reviews, name) for name in ("n", "errors", "support", "misses")]
    return Reviews(reviews.days, *(np.where(empty.reshape(-1, *[1] * (p.ndim - 1)), 0, p) for p in parts))


def part(counts: Any, end: int) -> Any:
    return type(counts)(*(v if v is None else v[:end] for v in (getattr(counts, f.name) for f in fields(counts))))


def drifted(tests: list[DriftTest]) -> list[int]:
    return [i for i, test in enumerate(tests) if test.verdict == "drifted"]


def day_counts(rng: np.random.Generator, changed: bool = False) -> DayCounts:
    """Draw a day; one that is changed has another mix, more errors, less confidence, more rejections, later reviews."""
    shares, miss, rejected, minutes = (SHARES[::-1], 0.4, 0.3, 20_000) if changed else (SHARES, 0.1, 0.02, 60)
    cells: Counter[tuple[int, ...]] = Counter()
    confidence: Counter[tuple[int, ...]] = Counter()
    delays: Counter[tuple[int, ...]] = Counter()
    for target in rng.choice(3, 100, p=shares).tolist():
        sure = confidence_bin(float(rng.beta(3 if changed else 9, 2)))
        prediction = (target + 1) % 3 if rng.random() < miss else target
        if rng.random() < 0.2:
            confidence[prediction, NOT_REVIEWED, sure] += 1
            continue
        target = REJECTED if rng.random() < rejected else target
        cells[target, prediction] += 1
        confidence[prediction, target, sure] += 1
        delays[delay_bucket(minutes * rng.uniform(0.5, 2)),] += 1
    waiting = 100 - cells.total()
    return DayCounts(100, waiting, 0, 0, 0, _rows(cells, 3), _rows(confidence, 4), _rows(delays, 2))


def _rows(counter: Counter[tuple[int, ...]], width: int) -> Any:
    return np.array(sorted((*key, n) for key, n in counter.items()), np.int64).reshape(-1, width)


def table_of(days: list[DayCounts]) -> DailyTable:
    dates = days_of(len(days))
    return daily_table(Period(dates[0], dates[-1]), dict(zip(dates, days, strict=True)))
