"""The counts by hour; `tests/contracts/predictions.py` compares them with a plain reading."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from monitor_core.contract.calendar import Period, starts_of_hours
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from tests.documents import CLOCKS, prediction


@pytest.mark.parametrize(("zone", "first"), CLOCKS)
def test_every_hour_of_a_stretch_with_a_change_of_the_clock_has_its_documents(
    make_store: Callable[..., Store], zone: str, first: date
) -> None:
    store = make_store(time_zone=zone)
    period = Period(first, first + timedelta(4))
    start, end = period.bounds(store.settings.zone)
    quarters = int((end - start) / timedelta(minutes=15))
    store.collection.insert_many([prediction(start + n * timedelta(minutes=15)) for n in range(quarters)])
    days = store.live.days(Selection(period, "predicted"))
    assert sum(int(day.hours[:, 1].sum()) for day in days) == quarters
    assert [int(day.hours[:, 1].sum()) for day in days] == [day.documents for day in days]
    assert all(day.hours[:, 0].tolist() == list(range(len(day.hours))) for day in days)
    hours = [len(starts_of_hours(Period(day, day), store.settings.zone)) for day in period.days]
    assert [len(day.hours) for day in days] == hours
