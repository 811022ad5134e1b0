"""What the logger sets aside, as its owner reads it."""

from monitor_core.mongo.delivery.set_aside import LONGEST, set_aside
from monitor_core.mongo.store import Store
from tests.documents import prediction


def test_a_value_is_told_by_its_type_and_a_large_one_is_cut(store: Store) -> None:
    store.collection.insert_many([prediction(predicted="1.5", _id=1), prediction(predicted={"a": "x" * 10**6}, _id=2)])
    short, long = sorted(set_aside(store), key=lambda one: one.id)
    assert (short.id, short.reason, short.value) == ("1", "unreadable_prediction", '"1.5"')
    assert len(long.value) == LONGEST
    assert long.value.startswith('{"a": "xxx')
