"""The expressions reckon as the contract does."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import Period, local_day, start_of
from monitor_core.mongo.expressions import DAY_MS, confidence_bin, day_of, delay_bucket, offset_of, truncated
from monitor_core.mongo.store import Store
from tests.documents import CLOCKS, at


def reckoned(store: Store, values: list[Any], expression: Any) -> list[Any]:
    store.collection.drop()
    store.collection.insert_many([{"_id": n, "v": value} for n, value in enumerate(values)])
    values_read = {one["_id"]: one["x"] for one in store.collection.aggregate([{"$project": {"x": expression}}])}
    return [values_read[n] for n in range(len(values))]


def test_bins_are_those_of_the_contract(store: Store) -> None:
    confidences = [n / 1000 for n in range(1001)]
    expected = [contract.confidence_bin(confidence) for confidence in confidences]
    assert reckoned(store, [*confidences, None], confidence_bin("$v")) == [*expected, None]


def test_buckets_are_those_of_the_contract(store: Store) -> None:
    minutes, predicted = [0, 1, 3, 60, 60 * 24, 60 * 24 * 400, -3], at(2026, 10, 3)
    reviewed = [predicted + timedelta(minutes=n) for n in minutes]
    results = reckoned(store, reviewed, {"$let": {"vars": {"p": predicted}, "in": delay_bucket("$$p", "$v")}})
    assert results == [contract.delay_bucket(n) for n in minutes]


def test_days_are_those_of_the_zone(store: Store) -> None:
    for name, first in CLOCKS:
        zone, period = ZoneInfo(name), Period(first, first + timedelta(days=5))
        instants = [start_of(first, zone) + timedelta(hours=n) for n in range(24 * 5)]
        days = [(local_day(instant, zone) - first).days for instant in instants]
        assert reckoned(store, instants, day_of("$v", period, zone)) == days, name


def test_an_offset_is_that_of_the_first_of_two_times(store: Store) -> None:
    zone, period = ZoneInfo("Europe/Madrid"), Period(date(2026, 10, 24), date(2026, 10, 26))
    clock_times = [at(2026, 10, 25, 1, 59), at(2026, 10, 25, 2, 30), at(2026, 10, 25, 3)]
    hours = [offset // 3_600_000 for offset in reckoned(store, clock_times, offset_of("$v", period, zone))]
    assert hours == [2, 2, 1]


def test_instants_are_truncated_to_whole_multiples_in_utc(store: Store) -> None:
    instants = [at(2000, 1, 1), at(2026, 10, 3, 12, 44, 59), at(2026, 10, 3, 12, 45), at(2099, 12, 31, 23, 59, 59)]
    to_quarters = [at(2000, 1, 1), at(2026, 10, 3, 12, 30), at(2026, 10, 3, 12, 45), at(2099, 12, 31, 23, 45)]
    assert reckoned(store, [*instants, None], truncated("$v", 15 * 60_000)) == [*to_quarters, None]
    to_days = [instant.replace(hour=0, minute=0, second=0) for instant in instants]
    assert reckoned(store, instants, truncated("$v", DAY_MS)) == to_days
