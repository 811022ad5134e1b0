"""The connection, and its errors in words."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import EventKind
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.messages import Note
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import DatabaseUnavailable, SettingsError
from monitor_core.contract.moments import one_moment
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.connection import Document, united
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.reviewing.holds import Holds
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan
from monitor_core.settings.settings import ROOT
from tests.alerting.happened import EVENT
from tests.conftest import plans
from tests.documents import FIELDS, fields, prediction


def test_a_dead_database_is_said_with_the_remedy_and_without_the_password(make_store: Callable[..., Store]) -> None:
    uri = "mongodb://root:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=300"
    store = Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    with pytest.raises(DatabaseUnavailable) as caught:
        store.predictions.is_empty()
    assert "127.0.0.1:9" in str(caught.value)
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("uri", ["mongodb://user:hunter2/x@db:27017", "mongodb://a:hunter2@db:port", "mongodb://"])
def test_an_address_the_driver_refuses_shows_no_password(make_store: Callable[..., Store], uri: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_several_aggregations_are_one_question_each_by_its_index(store: Store) -> None:
    store.indexes.create()
    hours = [datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(300)]
    store.collection.insert_many([fields(predicted_at=hour, validated_at=hour) for hour in hours])
    pipelines: list[list[Document]] = [
        [{"$match": {name: {"$gte": hours[-n]}}}, {"$group": {"_id": f"${name}"}}]
        for name, n in ((FIELDS.predicted_at, 2), (FIELDS.validated_at, 250))
    ]
    documents = list(united(store.collection, pipelines))
    assert sorted(document["_id"] for index, document in documents if index == 0) == hours[-2:]
    assert sorted(document["_id"] for index, document in documents if index == 1) == hours[-250:]
    assert {tuple(document) for _, document in documents} == {("_id",)}
    (plan,) = plans(store, lambda watched: list(united(watched.collection, pipelines)))
    assert "COLLSCAN" not in plan
    used = [plan.count(f"'indexName': 'monitor_{name}'") for name in (FIELDS.predicted_at, FIELDS.validated_at)]
    assert used == [1, 1]
    assert list(united(store.collection, [])) == []


def unnamed(store: Store) -> dict[str, int]:
    """Return the number of documents without the model's name in each of our own collections that has documents."""
    database = store.database
    ours = [name for name in database.list_collection_names() if name.startswith("monitor_")]
    unnamed = {name: database[name].count_documents({"model": {"$ne": "default"}}) for name in ours}
    return {name: number for name, number in unnamed.items() if database[name].find_one()}


def by_hand(store: Store) -> None:
    """Do what people do, and what a run of the logger has no occasion for."""
    now, day = store.now(), store.now().date()
    Rulebook(store).edit("accuracy-falling", {"enabled": False}, "ana", now)
    Annotations(store).add("note", day, "a new camera", "ana", now)
    evaluation = Evaluation(3, day, "firing", "It fell.", Period(day, day), 0.5, 0.4, 0.6, 0.8, 40)
    alert = Alert("low", 3, "Recall is low", "warning", "firing", day, now, evaluation, fired_at=now)
    alerts = Alerts(store)
    alerts.write(None, alert, [replace(EVENT, alert=alert.id)])
    alerts.publish()
    alerts.acknowledge(alert.id, "ana", now)
    note = Note("a", "warning", EventKind.FIRING, "It fell.", "It fell.")
    messages = Notifications(store)
    messages.queue("1: json", {"a": note}, now)
    messages.collect("1: json", ("b", note), day, lambda _day: now, now)
    tries = Outbox(store).destinations
    tries.failed("one", "it is down")
    tries.succeeded({"another": now})
    store.unmarked.add([(1, "it refuses the mark")])
    Tags(store).add([1], "blurred", "ana", now)
    store.changes.note([("validated", day)])
    AuditPlans(store).add(AuditPlan(day, "salt", 0.1, (100,), (0.1, 0.1, 0.1), "ana", now))
    document = store.collection.find_one()
    snapshot = document and Reviewer(store).read(document["_id"])
    assert snapshot
    Reviewer(store).review(snapshot, 1, "ana")
    Holds(store).take(1, "a")


def test_every_document_of_our_own_carries_the_name_of_the_model(make_store: Callable[..., Store]) -> None:
    store = make_store(count_files_once=True)
    now = store.now()
    store.state.tell_change()
    assert unnamed(store) == {"monitor_worker": 0}
    documents = [prediction(now - timedelta(days=n, hours=6), reviewed=timedelta(hours=1)) for n in range(3)]
    files = ("1.png", "1.png", "2.png")  # so that one document does not count
    store.collection.insert_many(
        document | fields(filename=file) for file, document in zip(files, documents, strict=True)
    )
    DemoDocuments(store).insert([prediction(now - timedelta(days=2), filename="demo.png")])
    folder = store.settings.state_folder / "profiles"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be: the rows stay claimed, the parts unsent")
    assert jobs.tick(store)
    by_hand(store)
    nameless = unnamed(store)
    assert nameless == dict.fromkeys(nameless, 0)
    modules = "".join(file.read_text() for file in (ROOT / "monitor_core" / "mongo").rglob("*.py"))
    assert nameless.keys() == set(re.findall(r'ours\["(monitor_\w+)"\]', modules))
    folder.unlink()
    assert jobs.tick(store, patient=False)
    nameless = unnamed(store)
    assert nameless == dict.fromkeys(nameless, 0)


def test_two_periods_of_a_page_are_of_one_moment(store: Store) -> None:
    today = store.now().date()
    week = Period(today - timedelta(days=6), today)
    store.collection.insert_many([prediction(store.now() - timedelta(days=number)) for number in range(14)])
    history.note_changes(store)
    history.refresh(store)
    history.note_changes(store)

    def numbers(of: Store) -> list[int]:
        return [
            of.counts.of(Selection(period, basis)).documents
            for basis in BASES
            for period in (week, Period(week.first - timedelta(days=7), week.first - timedelta(days=1)))
        ]

    before = numbers(store)
    with one_moment():
        assert numbers(store) == before
        store.collection.insert_one(prediction(store.now(), reviewed=store.now()))
        assert numbers(store) == before
    after = numbers(store)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0, 1, 0]

    def asked_together(of: Store) -> None:
        with one_moment():
            numbers(of)

    assert len(plans(store, asked_together)) < len(plans(store, numbers)) / 1.5
