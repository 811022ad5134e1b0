"""Documents and rules that several tests of the command line use."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.logger import history
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, at, fields

SECRET = "hunter2key.secret"  # noqa: S105 - nobody's

HAND_WRITTEN = [  # dates and ISO strings, ints, floats, strings and bools, and fields that are missing
    *[fields(prediction=1, validated=1, validated_at=at(2026, 10, d)) for d in (1, 1, 2, 2)],
    fields(prediction=1, validated=2, validated_at="2026-10-02T08:00:00"),
    fields(prediction="2", validated=2.0, validated_at="2026-10-02T08:00:00Z"),
    fields(prediction=2, validated=True, validated_at="2026-10-03T23:30:00+02:00"),
    fields(prediction=2, validated=True, validated_at="2026-10-03T22:30:00Z"),  # the 4th
    fields(prediction=2, validated=False, validated_at="2026-10-03"),
    fields(prediction=2, validated=False),
    fields(prediction=3, validated="3", validated_at=at(2026, 10, 31, 22, 59)),
    fields(prediction=3, validated="3", validated_at=at(2026, 10, 31, 23)),  # November
    fields(prediction=3, validated=None, validated_at=at(2026, 10, 5)),
    fields(prediction=3, predicted_at=at(2026, 10, 5)),
    fields(prediction="cat", validated=3, validated_at=at(2026, 10, 5)),
    fields(validated=3, validated_at=at(2026, 10, 5)),
    fields(prediction=3, validated="cat", validated_at=at(2026, 10, 5)),
    fields(prediction=3, validated=3),
    fields(prediction=3, validated=3, validated_at="one fine day"),
    fields(prediction=3, validated=3, validated_at=at(2026, 10, 6), confidence=7),
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
    """Return a function that writes 30 reviewed predictions a day, so many days up to today, at any hour of it."""

    def write(days: int, right: float) -> None:
        draw, now = random.Random(1), store.now()
        part = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)) / 3  # of today, also just after midnight
        for day in range(days):
            for _ in range(30):
                reviewed = _reviewed(draw, right) | fields(predicted_at=now - timedelta(days=day) - 2 * part)
                reviewed |= fields(validated_at=reviewed[FIELDS.predicted_at] + part)
                store.collection.insert_one(reviewed)
        history.refresh(store)

    return write


def _reviewed(draw: random.Random, right: float) -> dict[str, Any]:
    target = draw.choice([0, 1])
    return fields(
        validated=target,
        prediction=target if draw.random() < right else 1 - target,
        confidence=round(draw.uniform(0.6, 1.0), 2),
        logged=True,
    )
