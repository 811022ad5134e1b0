"""The commands of the log of reviews, run as a user runs them."""

import json

from monitor_core.mongo.reviewing.log import ReviewLog
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.store import Store
from tests.command import run
from tests.documents import prediction


def test_reviews_are_listed_and_a_name_is_erased(store: Store) -> None:
    assert "Nobody has reviewed" in run("reviews-log", "list").stdout
    store.collection.insert_one(prediction(predicted=3, target=None, reviewed=None, _id=1, filename="[a].png"))
    reviewer = Reviewer(store)
    snapshot = reviewer.read(1)
    assert snapshot is not None
    reviewer.review(snapshot, 4, "ana@example.org")
    listed = run("reviews-log", "list").stdout
    assert "[a].png" in listed
    (entry,) = json.loads(run("reviews-log", "list", "--format", "json").stdout)
    assert (entry["by"], entry["target"], entry["before"]["validated"], entry["state"]) == (
        *("ana@example.org", 4, None),
        "done",
    )
    erased = run("reviews-log", "erase", "ana@example.org")
    assert erased.returncode == 0
    assert "erased from 1 entry of the log" in erased.stdout
    assert ReviewLog(store).read()[0].by.startswith("erased-")
