"""Which documents a newer one about their file supersedes, compared with plain Python on the raw rows."""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Timestamp

from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger.quality import PAUSE, RECHECK, refresh_quality
from monitor_core.logger.tick import tick
from monitor_core.mongo.connection import id_key, id_keys
from monitor_core.mongo.quality import seen
from monitor_core.mongo.reading import as_contract
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports.quality import quality_report
from tests.conftest import plans
from tests.documents import ABSENT, FIELDS, fields, prediction
from tests.reports.odd import age, noon

NAMES = ["a.png", "A.png", "a.png ", "", "ünï/ä.png", "x" * 1_500, "s3://bucket/a b?.png", "a\0.png"]
NO_NAMES = [None, ABSENT, 5, ["a.png"], {"name": "a.png"}, True]


@pytest.fixture
def once(make_store: Callable[..., Store]) -> Store:
    """A store where a file counts once."""
    return make_store(count_files_once=True, time_zone="Europe/Madrid")


def ids(chance: random.Random) -> Iterator[Any]:
    """Yield ids of many types."""
    for n in range(10**6):
        kinds = [
            n,
            f"id {n}",
            ObjectId(),
            float(n) + 0.5,
            Int64(2**40 + n),
            {"a": n},
            Binary(bytes([n % 256, n // 256]), 5),
        ]
        kinds += [noon(0) + timedelta(milliseconds=n), Decimal128(f"{n}.25"), uuid.uuid4().bytes]
        yield chance.choice(kinds)


def instants(chance: random.Random, days_ago: int) -> Any:
    """Return an instant of the day in one of the forms of the contract; many are the same."""
    at = noon(days_ago).replace(hour=chance.choice([0, 12, 22, 23]), minute=chance.choice([0, 30]))
    forms = [at, at, at, Timestamp(int(at.timestamp()), 1), at.isoformat(), at.replace(tzinfo=None).isoformat(" ")]
    return chance.choice(forms)


def documents(chance: random.Random, number: int, days: int = 75) -> list[dict[str, Any]]:
    """Return predictions of the last days, about few files."""
    names = [*NAMES, *(f"{n}.png" for n in range(number // 4))]
    made = []
    for n, id in zip(range(number), ids(chance), strict=False):
        name = chance.choice(NO_NAMES) if n % 15 == 0 else chance.choice(names)
        at = instants(chance, chance.randrange(days))
        target = chance.choice([0, 1, None, True, False, "cat"])
        reviewed = noon(chance.randrange(days)) if target is not None else None
        made.append(
            prediction(predicted=chance.choice([0, 1, "cat"]), target=target, reviewed=reviewed, _id=id)
            | fields(predicted_at=at)
        )
        if name is not ABSENT:
            made[-1][FIELDS.filename] = name
    return made


def in_plain_python(store: Store) -> set[bytes]:
    """Return the keys of the ids of what is superseded, from the raw rows."""
    rows = []
    notation, zone = store.settings.notation, store.settings.zone
    for place, document in enumerate(store.collection.find().sort("_id", 1)):
        at = notation.instant_of(as_contract(document.get(FIELDS.predicted_at)))
        name = document.get(FIELDS.filename)
        if at and isinstance(name, str) and local_day(at, zone) <= local_day(store.now(), zone):  # not yet to come
            rows.append((id_key(document["_id"]), name, at, local_day(at, zone), place))
    frame = pd.DataFrame(rows, columns=["id", "name", "at", "day", "place"]).sort_values(["name", "at", "place"])
    newer = frame.groupby("name")["day"].shift(-1)
    within = [
        isinstance(new, date) and new - day <= timedelta(days=30) for new, day in zip(newer, frame["day"], strict=True)
    ]
    return set(frame["id"][within])


def settle(store: Store, after: timedelta = PAUSE) -> None:
    """Let the logger follow what has changed."""
    age(store, after)
    history.note_changes(store)
    for _ in range(2):
        history.refresh(store)
        refresh_quality(store)
        age(store, PAUSE)
    history.refresh(store)
    refresh_quality(store)


def found(store: Store) -> set[bytes]:
    return id_keys(row.id for row in store.superseded.of_days(Period(date(2000, 1, 1), date(2099, 12, 31))))


def agree(store: Store, superseded: set[bytes]) -> None:
    """Check that every number is of the documents that are not superseded."""
    assert found(store) == superseded
    today = local_day(store.now(), store.settings.zone)
    period = Period(today - timedelta(days=110), today)
    counted = [document for document in store.collection.find() if id_key(document["_id"]) not in superseded]
    notation, zone = store.settings.notation, store.settings.zone
    for basis, field in (("predicted", FIELDS.predicted_at), ("validated", FIELDS.validated_at)):
        selection = Selection(period, basis)  # type: ignore[arg-type]
        days = [notation.instant_of(as_contract(document.get(field))) for document in counted]
        dated = [
            document
            for document, at in zip(counted, days, strict=True)
            if at and period.first <= local_day(at, zone) <= period.last
        ]
        exact = store.counts.of(selection, exact=True)
        assert store.counts.of(selection).excluded == exact.excluded
        assert store.counts.of(selection).documents == exact.documents
        assert store.counts.of(selection).validated == exact.validated
        samples = list(Search(store, selection).all())
        assert len(samples) == Search(store, selection).count()
        assert id_keys(sample.id for sample in samples) <= id_keys(document["_id"] for document in dated)
        if basis == "predicted":
            assert exact.documents == len(dated)
            report = quality_report(store, period, store.now())
            assert report.documents == len(dated)
            assert report.live == 0
            set_aside = sum(report.set_aside.values())
            assert len(samples) == len(dated) - set_aside
    waiting = {id_key(row.id) for piece in store.predictions.pending() for row in piece if not isinstance(row, str)}
    assert store.predictions.waiting().rows == len(waiting)
    assert waiting == {
        id_key(document["_id"])
        for document in counted
        if not isinstance(store.predictions.row_of(document), str)
        and not document.get(FIELDS.logged)
        and notation.is_review(document.get(FIELDS.validated), document.get(FIELDS.validated_at) is not None)
    }


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_of_the_documents_that_plain_python_counts(once: Store, seed: int) -> None:
    chance = random.Random(seed)
    made = documents(chance, 400)
    made += [made[1] | fields(_id="undated", predicted_at="soon"), made[1] | fields(_id="too old", predicted_at=None)]
    once.collection.insert_many(made)
    settle(once)
    superseded = in_plain_python(once)
    assert 60 < len(superseded) < 330
    agree(once, superseded)


def test_what_changes_is_followed(once: Store) -> None:
    """Newer and older documents come, newer ones go, and are corrected: their date, then their file name."""
    chance = random.Random(7)
    once.collection.insert_many(documents(chance, 300))
    settle(once)
    agree(once, in_plain_python(once))
    for step in range(2):
        made = documents(chance, 40)
        once.collection.insert_many([document | {"_id": f"{step} {n}"} for n, document in enumerate(made)])
        every = sorted(id_key(document["_id"]) for document in once.collection.find())
        for document in list(once.collection.find()):
            if id_key(document["_id"]) in chance.sample(every, 12):
                once.collection.delete_one({"_id": document["_id"]})
            elif id_key(document["_id"]) in chance.sample(every, 12):
                change = fields(predicted_at=instants(chance, chance.randrange(30)))
                once.collection.update_one({"_id": document["_id"]}, {"$set": change})
        check_again(once)
        settle(once)
        agree(once, in_plain_python(once))
        for document in list(once.collection.find().limit(30)):
            once.collection.update_one({"_id": document["_id"]}, {"$set": fields(filename=chance.choice(NAMES))})
        settle(once, RECHECK)
        agree(once, in_plain_python(once))


def check_again(store: Store) -> None:
    """Let every day be counted again, as within MONITOR_HISTORY_CHECK."""
    long_ago = store.now() - 2 * store.settings.history_check
    store.database["monitor_history"].update_many({}, {"$set": {"checked_at": long_ago, "computed_at": long_ago}})


def of_one_file(*days_ago: int, **more: Any) -> list[dict[str, Any]]:
    """Return predictions of one file, reviewed the day after; the ids tell their days."""
    return [prediction(noon(n), filename="a.png", _id=n, reviewed=timedelta(hours=1), **more) for n in days_ago]


@pytest.mark.parametrize(
    ("days_ago", "counted"),
    [
        ((40, 10), {10}),
        ((41, 10), {41, 10}),
        ((60, 35, 10), {10}),  # a chain: the first and the last are 50 days apart
        ((70, 35, 10), {70, 10}),
    ],
)
def test_thirty_days_supersede_and_a_chain_does(once: Store, days_ago: tuple[int, ...], counted: set[int]) -> None:
    once.collection.insert_many(of_one_file(*days_ago))
    settle(once)
    assert {document["_id"] for document in once.counted.aggregate([])} == counted
    assert found(once) == id_keys(set(days_ago) - counted)


def test_of_one_instant_the_last_in_the_order_of_ids_counts(once: Store) -> None:
    every = [5, "a", ObjectId(), None, True, {"a": 1}]
    once.collection.insert_many([prediction(noon(3), filename="a.png", _id=id) for id in every])
    settle(once)
    assert [document["_id"] for document in once.counted.aggregate([])] == [True]


def test_the_middle_of_a_chain_is_deleted(once: Store) -> None:
    """It did not count itself, so no number of its day tells that it is gone; the number of all documents does."""
    once.collection.insert_many(of_one_file(70, 45, 20))
    settle(once)
    assert found(once) == id_keys([70, 45])
    once.collection.delete_one({"_id": 45})
    check_again(once)
    settle(once)
    assert found(once) == set()
    agree(once, set())


def test_the_newer_one_is_deleted(once: Store) -> None:
    once.collection.insert_many(of_one_file(20, 5))
    settle(once)
    assert found(once) == id_keys([20])
    once.collection.delete_one({"_id": 5})
    settle(once)
    agree(once, set())


def test_a_superseded_document_is_reviewed_later(once: Store) -> None:
    once.collection.insert_many(of_one_file(20, 5, target=None))
    settle(once)
    once.collection.update_one({"_id": 20}, {"$set": fields(validated=1, validated_at=noon(0), logged=False)})
    settle(once)
    agree(once, id_keys([20]))
    assert once.predictions.waiting().rows == 0


def test_a_day_to_come_supersedes_when_it_comes(once: Store) -> None:
    once.collection.insert_many(of_one_file(20, 5, -3))
    settle(once)
    assert found(once) == id_keys([20])


def test_digests_that_are_alike_do_not_make_two_names_one(once: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "digest", lambda name: bytes(8))
    documents = of_one_file(20, 5) + [prediction(noon(n), filename=f"{n}.png", _id=f"{n}") for n in range(1, 9)]
    once.collection.insert_many(documents)
    settle(once)
    assert found(once) == id_keys([20])


def test_the_runs_of_the_logger_find_them_and_log_what_counts(once: Store) -> None:
    once.collection.insert_many([*of_one_file(20, 5), prediction(noon(3), filename="b.png", _id="b")])
    assert tick(once)
    once.collection.insert_many(of_one_file(21, 4, logged=False))
    for _ in range(3):
        age(once, PAUSE)
        assert tick(once)
    assert found(once) == id_keys([20, 5, 21])
    agree(once, id_keys([20, 5, 21]))
    assert (
        once.collection.count_documents(fields(logged={"$ne": True})) == 0
    )  # they were logged before they were judged


def test_what_is_superseded_does_not_wait_for_the_logger(once: Store) -> None:
    once.collection.insert_many(of_one_file(20, 5))
    settle(once)
    assert tick(once)
    assert {document["_id"] for document in once.collection.find(fields(logged=True))} == {5}
    once.collection.delete_one({"_id": 5})
    settle(once)
    assert tick(once)
    assert {document["_id"] for document in once.collection.find(fields(logged=True))} == {20}


def test_a_crash_between_the_steps_of_a_change_is_made_good(once: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    once.collection.insert_many(of_one_file(20, 5))
    history.note_changes(once)
    history.refresh(once)
    for broken in ("note", "settled"):
        with monkeypatch.context() as patch:
            if broken == "note":
                patch.setattr(once.changes, "note", lambda days: 1 / 0)
            else:
                patch.setattr(once.superseded, "_end", lambda days, note: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                refresh_quality(once)
        assert once.superseded.left_out()  # the ids that are written count for every question at once
        once.history.invalidate()
        history.refresh(once)
        once.collection.insert_many(of_one_file(19 if broken == "note" else 18))
        history.note_changes(once)
        history.refresh(once)
    settle(once)
    agree(once, id_keys([20, 19, 18]))


def test_of_a_file_s_documents_only_the_days_concerned_are_counted_again(once: Store) -> None:
    once.collection.insert_many(of_one_file(20, 5) + [prediction(noon(n), filename=f"{n}.png") for n in range(30)])
    history.note_changes(once)
    history.refresh(once)
    refresh_quality(once)
    noted = {(basis, (noon(0).date() - day).days) for basis, day in once.changes.noted()}
    assert noted == {("predicted", 20), ("validated", 20)}


def test_switching_on_and_off_counts_all_again(store: Store, make_store: Callable[..., Store]) -> None:
    store.collection.insert_many(of_one_file(20, 5))
    once = make_store(count_files_once=True)
    for of_setting, superseded in ((store, []), (once, [20]), (store, []), (once, [20])):
        history.note_changes(of_setting)
        history.refresh(of_setting)
        refresh_quality(of_setting)
        settle(of_setting)
        assert found(of_setting) == id_keys(superseded)
        assert len(list(of_setting.counted.aggregate([]))) == 2 - len(superseded)
        agree(of_setting, id_keys(superseded))


def test_what_is_kept_may_be_dropped(once: Store) -> None:
    once.collection.insert_many(of_one_file(20, 5))
    settle(once)
    once.superseded.documents.drop()
    settle(once)
    agree(once, id_keys([20]))


def test_the_files_are_found_through_the_index_on_their_names(once: Store) -> None:
    once.indexes.create()
    once.collection.insert_many(
        of_one_file(20, 5) + [prediction(noon(n % 40), filename=f"{n}.png") for n in range(900)]
    )
    history.note_changes(once)
    history.refresh(once)
    query_plans = plans(once, refresh_quality)
    assert any("monitor_filename" in plan for plan in query_plans)


def test_seen_before_is_said_of_what_counts(once: Store) -> None:
    once.collection.insert_many([*of_one_file(20, 10, 5), prediction(noon(10), filename="b.png", _id="b")])
    settle(once)
    report = quality_report(once, Period(noon(30).date(), noon(0).date()), once.now())
    (finding,) = (finding for finding in report.findings if finding.name == "seen_before")
    assert (report.documents, finding.documents, finding.examples[0].id) == (2, 1, "5")
    assert finding.examples[0].value.startswith("also on")
