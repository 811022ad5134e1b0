"""Documents and rules that several tests of the command line use."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.logger import history
from monitor_core.mongo.store import Store
from tests.documents import at

SECRET = "hunter2key.secret"  # noqa: S105 - nobody's

HAND_WRITTEN = [  # dates and ISO strings, ints, floats, strings and bools, and fields that are missing
    *[{"output_prediction": 1, "output_validated": 1, "timestamp_validated": at(2026, 10, d)} for d in (1, 1, 2, 2)],
    {"output_prediction": 1, "output_validated": 2, "timestamp_validated": "2026-10-02T08:00:00"},
    {"output_prediction": "2", "output_validated": 2.0, "timestamp_validated": "2026-10-02T08:00:00Z"},
    {"output_prediction": 2, "output_validated": True, "timestamp_validated": "2026-10-03T23:30:00+02:00"},
    {"output_prediction": 2, "output_validated": True, "timestamp_validated": "2026-10-03T22:30:00Z"},  # the 4th
    {"output_prediction": 2, "output_validated": False, "timestamp_validated": "2026-10-03"},
    {"output_prediction": 2, "output_validated": False},
    {"output_prediction": 3, "output_validated": "3", "timestamp_validated": at(2026, 10, 31, 22, 59)},
    {"output_prediction": 3, "output_validated": "3", "timestamp_validated": at(2026, 10, 31, 23)},  # November
    {"output_prediction": 3, "output_validated": None, "timestamp_validated": at(2026, 10, 5)},
    {"output_prediction": 3, "timestamp": at(2026, 10, 5)},
    {"output_prediction": "cat", "output_validated": 3, "timestamp_validated": at(2026, 10, 5)},
    {"output_validated": 3, "timestamp_validated": at(2026, 10, 5)},
    {"output_prediction": 3, "output_validated": "cat", "timestamp_validated": at(2026, 10, 5)},
    {"output_prediction": 3, "output_validated": 3},
    {"output_prediction": 3, "output_validated": 3, "timestamp_validated": "one fine day"},
    {"output_prediction": 3, "output_validated": 3, "timestamp_validated": at(2026, 10, 6), "output_confidence": 7},
]

LOW_ACCURACY: dict[str, Any] = {
    "name": "low",
    "title": "Accuracy is low",
    "conditions": [{"metric": "accuracy", "operator": "below", "threshold": 0.8}],
    "window_days": 2,
}
RECALL_BY_CLASS: dict[str, Any] = {
    "name": "recall-by-class",
    "title": "A class is badly recognised",
    "conditions": [{"metric": "recall", "operator": "below", "threshold": 0.9, "label": "every"}],
}


@pytest.fixture
def fill(store: Store) -> Callable[..., None]:
    """Return a function that writes 30 reviewed predictions a day, so many days up to now."""

    def write(days: int, right: float) -> None:
        draw, now = random.Random(1), store.now()
        for day in range(days):
            for _ in range(30):
                reviewed = _reviewed(draw, right) | {"timestamp": now - timedelta(days=day, minutes=30)}
                reviewed |= {"timestamp_validated": reviewed["timestamp"] + timedelta(minutes=5)}
                store.collection.insert_one(reviewed)
        history.refresh(store)

    return write


def _reviewed(draw: random.Random, right: float) -> dict[str, Any]:
    target = draw.choice([0, 1])
    return {
        "output_validated": target,
        "output_prediction": target if draw.random() < right else 1 - target,
        "output_confidence": round(draw.uniform(0.6, 1.0), 2),
        "logged": True,
    }
