"""Documents that the tests of charts and reports draw."""

import pytest

from monitor_core.logger.judging import Judge
from monitor_core.mongo.store import Store
from tests.app.drifting import day_of, well, write
from tests.documents import at, fields


@pytest.fixture
def filled(store: Store) -> Store:
    """Two of three days with reviewed samples of two classes, all of the training set."""
    store.collection.insert_many(
        [
            fields(
                prediction=prediction,
                validated=target,
                predicted_at=at(2026, 10, day),
                validated_at=at(2026, 10, day, 12),
                trained=True,
            )
            for day in (1, 3)
            for target, prediction in [(0, 0)] * 6 + [(0, 1), (1, 1), (1, 0)]
        ]
    )
    return store


@pytest.fixture
def ringing(store: Store) -> Store:
    """A model whose class 0 fails since six days, judged by the default rules."""
    write(store, *well(6), *(day_of(n, 21, 7, confidence=0.4) for n in range(5, -1, -1)))
    Judge(store).evaluate_all(store.now())
    return store
