"""The state of a model is renamed and removed as a whole, and no other model's with it."""

from datetime import timedelta

import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.logger import tick as jobs
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.models import ModelStates
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from tests.documents import at, reviewed


def of(store: Store, model: str) -> Store:
    return Store(store.settings.model_copy(update={"model": model, "collection": model}))


def used(store: Store) -> Store:
    store.collection.insert_many([reviewed(n % 2, 1, at(2026, 10, 1)) for n in range(20)])
    assert jobs.tick(store)
    store.ours["monitor_lease"].delete_many({})  # as a logger that ends leaves it
    Rulebook(store).edit("accuracy-falling", {"enabled": False}, "ana", store.now())
    Annotations(store).add("note", store.now().date(), "a new camera", "ana", store.now())
    return store


def test_an_installation_of_one_model_is_taken_over(store: Store) -> None:
    used(store)
    cats = Store(store.settings.model_copy(update={"model": "cats"}))
    states = ModelStates(cats.settings, cats.database)
    assert (states.models(), states.collections("cats")) == (["default"], [])
    before = states.collections("default")
    assert states.rename("default", "cats") == len(before) > 5
    assert states.models() == ["cats"]
    assert states.collections("cats") == before
    assert not Rulebook(cats).rule("accuracy-falling").enabled
    assert [note.text for note in Annotations(cats).read()] == ["a new camera"]
    assert cats.predictions.waiting().rows == 0
    again = jobs.tick(cats)
    assert again is not None
    assert (again.logged, again.error) == (0, None)
    names = [name for name in cats.database.list_collection_names() if name.startswith("monitor_")]
    assert {name for name in names if not name.endswith(".cats")} == set()
    assert all(cats.database[name].count_documents({"model": {"$ne": "cats"}}) == 0 for name in names)


def test_of_two_models_one_is_removed(store: Store) -> None:
    cats, dogs = used(of(store, "cats")), used(of(store, "dogs"))
    states = ModelStates(cats.settings, cats.database)
    assert states.models() == ["cats", "dogs"]
    with pytest.raises(MonitorError, match="Both cats and dogs have state here"):
        states.rename("cats", "dogs")
    states.remove("cats")
    assert states.models() == ["dogs"]
    assert cats.collection.count_documents({}) == 20
    assert not Rulebook(dogs).rule("accuracy-falling").enabled
    assert states.remove("cats") == 0


def test_a_logger_at_work_is_not_robbed_of_its_state(store: Store) -> None:
    cats = used(of(store, "cats"))
    assert Outbox(cats).acquire("a logger")
    states = ModelStates(cats.settings, cats.database)
    for act in (lambda: states.rename("cats", "lions"), lambda: states.remove("cats")):
        with pytest.raises(MonitorError, match="A logger is working for cats"):
            act()
    cats.ours["monitor_lease"].update_many({}, {"$set": {"until": cats.now() - timedelta(seconds=1)}})
    assert states.rename("cats", "lions") > 5
