"""The queue: two lists that share no prediction, and their JSON."""

import json

from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import change_share
from monitor_core.reports.queue.review_next import as_json, review_queue
from tests.documents import FIELDS, fields
from tests.reports.queue.queued import write_queue


def test_the_lists_have_every_waiting_member_of_the_audit_and_no_prediction_twice(store: Store) -> None:
    selection, now = write_queue(store)
    plan = change_share(store, 0.2, "ana", now, selection.period.first)
    queue = review_queue(store, selection, now)
    audited = {entry.sample.file for entry in queue.audited}
    waiting = [(one[FIELDS.filename], one[FIELDS.confidence]) for one in store.collection.find(fields(validated=None))]
    assert audited == {name for name, confidence in waiting if plan.draws(name, confidence)}
    assert plan.is_by_confidence
    for entry in queue.audited:
        (reason,) = entry.reasons
        percent = 100 * plan.probabilities[plan.range_of(entry.sample.confidence)]
        assert reason.startswith(f"drawn by chance, as {percent:.1f}% of the predictions with a confidence of ")
    assert audited.isdisjoint(entry.sample.file for entry in queue.informative)
    few = review_queue(store, selection, now, most=3)
    assert few.audited == queue.audited[:3]
    assert len(few.informative) == 3

    answer = json.loads(json.dumps(as_json(queue, store.settings), default=str, allow_nan=False))
    assert answer["audit"]["plans"][0]["salt"] == plan.salt
    assert answer["audit"]["waiting"] == len(answer["audit_list"]) == len(audited)
    assert answer["audit"]["accuracy"] is None
    assert answer["audit"]["no_estimate"].endswith("not reviewed")
    assert answer["informative_list"][0]["reasons"]


def test_without_an_audit_there_is_one_list(store: Store) -> None:
    selection, now = write_queue(store)
    queue = review_queue(store, selection, now, most=5)
    assert queue.audited == ()
    assert len(queue.informative) == 5
    assert as_json(queue, store.settings)["audit"] is None
