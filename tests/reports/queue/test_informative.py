"""The most informative predictions: each kind is found, with its reason in words and numbers that are right."""

from monitor_core.contract.wording import day
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.informative import informative, newly_frequent, rare_classes, unsure_below
from tests.documents import fields
from tests.reports.queue.queued import write_queue


def test_each_kind_is_listed_in_turn_with_its_reason(store: Store) -> None:
    selection, _ = write_queue(store)
    entries = informative(store, selection, 60)
    reasons = {entry.sample.file: "; ".join(entry.reasons) for entry in entries}
    assert len(reasons) == len(entries) == 60
    assert reasons["contradicted.png"] == (
        'reviewed as "3", although the model was 99.0% confident of "1": check whether the review is a slip'
    )
    assert reasons["rare.png"] == 'few like it are reviewed: 0 predictions of "7" in the period are'
    since = day(selection.period.last.fromordinal(selection.period.last.toordinal() - 6))
    total = store.collection.count_documents(fields(prediction={"$in": [1, 2, 7]}))
    days = store.counts.by_day(selection)
    recent = sum(one.documents for one in days[-7:])
    assert reasons["frequent-00.png"].endswith(
        f'"2" at a confidence of 80–100% has become more frequent: 40 of {recent} predictions since {since}, '
        f"0 of {total - recent:,} before"
    )
    assert reasons["plain-000.png"] == (
        "the model is unsure: its confidence of 50.0% is among the lowest fifth of the period"
    )
    unsure = [entry.sample for entry in entries if "unsure" in entry.reasons[0]]
    confidences = [sample.confidence for sample in unsure]
    assert confidences == sorted(confidences, key=lambda of: of or 0)
    assert all(sample.outcome == "not reviewed" for sample in unsure)
    assert [len({e.sample.prediction for e in entries[:4]}), len(informative(store, selection, 3))] == [3, 3]


def test_what_is_like_everything_else_gets_no_reason(store: Store) -> None:
    selection, now = write_queue(store)
    store.collection.delete_many({})
    assert informative(store, selection, 10) == []
    days = store.counts.by_day(selection)
    assert (unsure_below(days), rare_classes(days), newly_frequent(days)) == (0, {}, [])
    store.collection.insert_many(
        [fields(prediction=n % 3, predicted_at=now, confidence=0.9, filename=f"{n}") for n in range(90)]
    )
    entries = informative(store, selection, 10)
    assert rare_classes(store.counts.by_day(selection)) == {0: 0, 1: 0, 2: 0}
    assert {reason.split(":")[0] for entry in entries for reason in entry.reasons} == {"few like it are reviewed"}
