"""The expressions read a value as the contract does."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bson.decimal128 import Decimal128
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import class_of
from monitor_core.mongo.store import Store
from tests.documents import ODD_DATES, STRETCHES, ZONES, at, instants
from tests.lanes import examples

QUICK = settings(
    max_examples=examples(60),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_the_expressions_read_a_class_as_the_contract_does(store: Store) -> None:
    from monitor_core.mongo.expressions import class_of as expression

    odd = ["3.", "+3", "03", "-0", " 3 ", "3 \n", "12345678901", "2147483648", "٣", "1e2", "", " ", "+", ".5", "3.5"]
    values: list[Any] = [*odd, 3, 3.0, -2, 2**31, -(2**31), 2**62, -(2**63), 3.5, float("nan"), float("inf"), -0.0]
    values += [None, True, False, [3], {"a": 3}, Decimal128("3"), at(2026, 10, 3)]
    store.collection.insert_many([{"_id": n, "v": value} for n, value in enumerate(values)])
    found = {one["_id"]: one["x"] for one in store.collection.aggregate([{"$project": {"x": expression("$v")}}])}
    for n, value in enumerate(values):
        assert found[n] == class_of(value), repr(value)


@given(st.data())
@QUICK
def test_the_expressions_read_an_instant_as_the_contract_does(make_store: Callable[..., Store], data: Any) -> None:
    from monitor_core.mongo.expressions import instant_in

    name = data.draw(st.sampled_from([*ZONES, "America/Santiago", "America/Havana"]))
    zone, first = ZoneInfo(name), data.draw(st.sampled_from([*STRETCHES, date(2026, 9, 4), date(2026, 4, 3)]))
    texts = [data.draw(instants(first, zone)) for _ in range(20)]
    values = [
        one.isoformat(timespec="milliseconds")[: data.draw(st.sampled_from([10, 16, 19, 23, 29]))] for one in texts
    ]
    store = make_store(time_zone=name)
    store.collection.delete_many({})
    store.collection.insert_many([{"_id": n, "v": value} for n, value in enumerate([*values, *texts, *ODD_DATES])])
    around = Period(first - timedelta(days=3), first + timedelta(days=9))
    stages = [{"$project": {"x": instant_in("$v", around, zone)}}]
    found = {one["_id"]: one["x"] for one in store.collection.aggregate(stages)}
    for n, value in enumerate([*values, *texts]):
        assert found[n] == contract.instant_of(value, zone), (value, name)
