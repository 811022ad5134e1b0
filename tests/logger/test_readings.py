"""When all that is pending is read again, and whose reading it was."""

import gc
from collections import Counter
from datetime import timedelta

import pytest

from monitor_core.logger.readings import LONGEST_REST, LastReading, last_readings
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.documents import at

BEGAN_AT = at(2026, 10, 1)


@pytest.mark.parametrize(("set_aside", "seconds"), [(0, 0), (59, 0), (600, 10), (10_000_000, 3600)])
def test_a_reading_rests_the_longer_the_more_was_set_aside_and_an_hour_at_most(set_aside: int, seconds: int) -> None:
    reading = LastReading(BEGAN_AT, Counter(unreadable_review=set_aside))
    end = BEGAN_AT + timedelta(seconds=seconds)
    assert not reading.rests(end)
    assert reading.rests(end - timedelta(seconds=1)) == (seconds > 0)
    assert reading.end == BEGAN_AT + LONGEST_REST


def test_a_clock_that_was_put_back_ends_the_rest() -> None:
    reading = LastReading(BEGAN_AT, Counter(unreadable_review=10_000))
    assert not reading.rests(BEGAN_AT - timedelta(seconds=1))


def test_a_reading_goes_with_its_store() -> None:
    stores = [Store(Settings(mongodb_uri="mongodb://127.0.0.1:9", database=name)) for name in ("one", "other")]
    last_readings[stores[0]] = LastReading(BEGAN_AT)
    assert [each in last_readings for each in stores] == [True, False]
    before = len(last_readings)
    del stores[:]
    gc.collect()
    assert len(last_readings) == before - 1
