"""The demo's documents: marked before they are written, and removed without a trace."""

from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from tests.documents import at, fields

DOCUMENT = fields(prediction=1, validated=1, predicted_at=at(2026, 10, 2), filename="a.png")


def test_the_demo_goes_and_leaves_what_is_not_its_own(store: Store) -> None:
    demo = DemoDocuments(store)
    assert (demo.mark(), demo.exists()) == (None, False)
    store.collection.insert_one({"_id": "own"})
    demo.insert([dict(DOCUMENT)])
    mark = demo.mark()
    assert mark
    assert mark.filenames == ["a.png"]
    assert demo.exists(whole=True)
    demo.remove(mark)
    assert not demo.exists()
    assert [document["_id"] for document in store.collection.find()] == ["own"]


def test_a_demo_that_was_interrupted_is_there_but_not_whole(store: Store) -> None:
    demo = DemoDocuments(store)
    demo.insert([dict(DOCUMENT)])
    demo.marks.update_one({}, {"$set": {"complete": False}})
    assert (demo.exists(), demo.exists(whole=True)) == (True, False)


def test_what_the_logger_said_of_the_demo_alone_goes_with_it(store: Store) -> None:
    demo = DemoDocuments(store)
    demo.insert([dict(DOCUMENT)])
    store.state.save_tick(TickResult(at(2026, 10, 2), 1))
    mark = demo.mark()
    assert mark
    demo.remove(mark)
    assert store.state.last_tick() is None
