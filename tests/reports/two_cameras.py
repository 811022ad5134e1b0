"""Two selections of raw rows, one of each camera, and the intervals of their differences, written out."""

import math
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from scipy import stats

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from tests.documents import at, fields

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def newcombe(hits: int, n: int, other_hits: int, m: int) -> tuple[float, float]:
    """Newcombe 1998, method 10, written out: the oracle. Wilson's bounds are scipy's."""
    p, q = hits / n, other_hits / m
    one = stats.binomtest(hits, n).proportion_ci(0.95, "wilson")
    two = stats.binomtest(other_hits, m).proportion_ci(0.95, "wilson")
    low = p - q - math.sqrt((p - one.low) ** 2 + (two.high - q) ** 2)
    return low, p - q + math.sqrt((one.high - p) ** 2 + (q - two.low) ** 2)


@pytest.fixture
def sides(make_store: Callable[..., Store]) -> Callable[..., tuple[reports.Performance, reports.Performance]]:
    """Two cameras' reports, of the raw rows (target, prediction) given."""

    def made(*rows: list[tuple[int, int]]) -> tuple[reports.Performance, reports.Performance]:
        store = make_store(segments={"camera": "camera"}, class_names={0: "cat", 1: "dog", 2: "owl"})
        store.collection.delete_many({})
        for camera, some in zip(("left", "right"), rows, strict=True):
            documents = [fields(validated=t, prediction=p, camera=camera) for t, p in some]
            if documents:
                store.collection.insert_many([one | fields(validated_at=at(2026, 10, 5)) for one in documents])
        left, right = (
            reports.read_performance(store, Selection(OCTOBER, "validated", (("camera", one),)))
            for one in ("left", "right")
        )
        return left, right

    return made


def random_rows(seed: int, rows: int, right: float, classes: int = 3) -> list[tuple[int, int]]:
    draw = np.random.default_rng(seed)
    targets = draw.integers(0, classes, rows)
    hits = draw.random(rows) < right
    predictions = np.where(hits, targets, draw.integers(0, classes, rows))
    return list(zip(targets.tolist(), predictions.tolist(), strict=True))
