"""Days of counts for what is computed from them: reviews, delays and confidences."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from monitor_core.contract import documents as contract
from monitor_core.contract.documents import CONFIDENCE_BINS, confidence_bin
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, RIGHT, WRONG, DayCounts

NOTHING = np.zeros((0, 2), np.int64)


def of_day(reviewed: int, waiting: int, delays: Any = NOTHING) -> DayCounts:
    cells = np.array([[1, 1, reviewed]], np.int64)
    results = ((1, reviewed), (NOT_REVIEWED, waiting))
    confidence = np.array([[1, result, NO_CONFIDENCE, count] for result, count in results], np.int64)
    return DayCounts(reviewed + waiting, waiting, 0, 0, 0, cells, confidence, np.array(delays, np.int64).reshape(-1, 2))


def bucketed(minutes: Any) -> list[tuple[int, int]]:
    return sorted(Counter(contract.delay_bucket(m) for m in minutes).items())


def days_of(day: Any, prediction: Any, confidence: Any, reviewed: Any) -> list[DayCounts]:
    bins = np.minimum(199, (np.asarray(confidence) * 200).astype(int))
    columns = (day, prediction, np.where(reviewed, prediction, NOT_REVIEWED), bins, np.ones(len(bins), int))
    return parted(np.stack([np.asarray(column) for column in columns], axis=1))


def parted(rows: Any) -> list[DayCounts]:
    """Rows of day's index, prediction, result, bin and documents, by the day."""
    empty = of_day(0, 0)
    return [replace(empty, confidence=rows[rows[:, 0] == day, 1:]) for day in range(rows[:, 0].max() + 1)]


def simulated(seed: int, leaning: float = 0.0, rows: int = 1500) -> tuple[Any, ...]:
    """Confidence falls from day to day, and young days are reviewed less: neither is the reviewers' choice."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 30, rows)
    confidence = np.clip(rng.beta(6, 2, rows) - 0.008 * day, 0, 1)
    chance = np.clip(0.95 - 0.025 * day + leaning * (confidence - 0.7), 0, 1)
    return day, rng.integers(0, 6, rows), confidence, rng.random(rows) < chance


def binned(confidence: Any, right: Any) -> Any:
    bins = np.array([confidence_bin(c) for c in confidence])
    return np.stack([np.bincount(bins[right == outcome], minlength=CONFIDENCE_BINS) for outcome in (WRONG, RIGHT)])
