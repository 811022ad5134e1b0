"""The doctor's checks: each finds what it is for, and is content with what is in order."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor_core.cli.doctor.access import Check
from monitor_core.cli.doctor.checks import checks
from monitor_core.logger import heartbeat, history
from monitor_core.logger.quality import refresh_quality
from monitor_core.mongo import embedded, superseded
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.mongod.programs import dotted
from monitor_core.mongo.state import StepFailure, TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.cli.conftest import HAND_WRITTEN, SECRET
from tests.command import run
from tests.documents import FIELDS, at, fields, prediction


def about(store: Store, words: str) -> Check:
    (check,) = (check for check in checks(store.settings) if words in check[1])
    return check


def test_the_doctor_is_content_with_a_sound_database(store: Store) -> None:
    store.collection.insert_many([dict(row) for row in HAND_WRITTEN[:8]])
    store.collection.update_many({}, {"$set": fields(predicted_at=at(2026, 10, 1))})
    store.indexes.create()
    store.state.save_tick(TickResult(datetime.now(UTC), 8))
    store.predictions.mark_logged([document["_id"] for document in store.collection.find()])
    history.refresh(store)
    ended = run("doctor")
    assert ended.returncode == 0, ended.stdout
    for line in (
        "The performance history has",
        "8 documents: 8 reviewed",
        "local store can be reached",
        "logged 8 documents",
        "No reviewed prediction",
    ):
        assert line in ended.stdout


@pytest.mark.parametrize(("number", "in_order"), [("5.0.31", True), ("4.2.24", False)])
def test_a_server_that_is_too_old_for_something_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: str, in_order: bool
) -> None:
    monkeypatch.setattr(Store, "server", lambda _self: number)
    assert about(store, f"or newer, and this is {number}")[0] == in_order


def test_the_doctor_counts_what_is_not_as_the_contract_says(store: Store) -> None:
    store.collection.insert_many(HAND_WRITTEN)
    ended = run("doctor")
    assert ended.returncode == 1
    for line in (
        "2 unreadable predictions.",
        "1 unreadable review.",
        "2 reviews without a usable date.",
        "1 confidence outside 0 to 1.",
    ):
        assert line in ended.stdout
    assert "look 0 " not in ended.stdout  # a problem that does not occur is not listed
    assert f"There is no index on {FIELDS.validated_at}" in ended.stdout
    assert "WhyLabs is off" in ended.stdout


def test_the_doctor_says_who_does_not_answer(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://127.0.0.1:9")
    monkeypatch.setenv("WHYLABS_API_KEY", SECRET)
    monkeypatch.setenv("WHYLABS_DEFAULT_ORG_ID", "org-1")
    monkeypatch.setenv("WHYLABS_DEFAULT_DATASET_ID", "model-1")
    monkeypatch.setenv("WHYLABS_API_ENDPOINT", "http://127.0.0.1:9")
    ended = run("doctor")
    assert ended.returncode == 1
    assert "No MongoDB answered" in ended.stdout
    assert "WhyLabs at http://127.0.0.1:9" in ended.stdout
    assert SECRET not in ended.stdout + ended.stderr


def test_the_doctor_says_which_database_wins_and_where_ours_is(make_store: Callable[..., Store]) -> None:
    store = make_store(state_database="elsewhere")
    assert store.settings.mongodb_uri
    address = store.settings.mongodb_uri.get_secret_value() + "/plant"
    named = Store(store.settings.model_copy(update={"mongodb_uri": SecretStr(address)}))
    wins = f"The address names the database plant; MONITOR_DATABASE, which is {store.settings.database}, wins."
    assert about(named, "wins") == (True, wins)
    assert about(named, "own collections") == (True, "The monitor's own collections are in the database elsewhere.")


def test_a_database_without_a_logger_needs_attention(store: Store) -> None:
    store.collection.insert_many([dict(row) | fields(predicted_at=at(2026, 10, 1)) for row in HAND_WRITTEN[:4]])
    assert about(store, "has never run") == (
        False,
        "The logger has never run on this database; start it with ./deploy.sh.",
    )
    assert about(store, "wait for the logger") == (
        False,
        "4 reviewed predictions wait for the logger, the oldest reviewed on 1 Oct 2026, 00:00.",
    )


def test_a_run_that_failed_or_is_missing_needs_attention(store: Store) -> None:
    store.state.save_tick(TickResult(at(2026, 10, 1), 3, error="WhyLabs is away."))
    assert about(store, "last run") == (
        False,
        "The logger's last run, on 1 Oct 2026, 00:00, failed: WhyLabs is away.",
    )
    failure = StepFailure("notifying", "The address cannot be used.", at(2026, 9, 30), "notifying.py:7 notify")
    store.state.save_tick(TickResult(at(2026, 10, 1), 3, failures=(failure,)))
    assert not about(store, "last run")[0]
    assert about(store, "step notifying") == (
        False,
        "The logger's step notifying has failed since 30 Sep 2026, 00:00: The address cannot be used. "
        "(at notifying.py:7 notify)",
    )
    store.state.save_tick(TickResult(at(2026, 10, 1), 3))
    assert not about(store, "last run")[0]  # however it was started, it is long ago
    store.state.save_tick(TickResult(store.now(), 3))
    assert about(store, "last run")[0]  # run by hand: no next run is due
    store.state.save_next_run(timedelta(hours=1))
    assert about(store, "last run")[0]
    store.state.save_next_run(-timedelta(hours=1))
    assert not about(store, "should have run on")[0]


def test_an_uncertain_batch_comes_with_what_to_do(store: Store) -> None:
    Outbox(store).parts.documents.insert_one({"_id": "a", "batch": "b7", "to": {"whylabs": {"state": "uncertain"}}})
    good, text = about(store, "Batch b7")
    assert not good
    assert "whylabs" in text
    assert "logging resolve b7 --resend" in text


def test_a_local_store_that_cannot_be_written_needs_attention_and_nothing_is_made(store: Store) -> None:
    folder = store.settings.state_folder
    assert about(store, "local store can be reached")[0]
    assert not folder.exists()
    folder.mkdir(parents=True)
    (folder / "profiles").write_text("a file where the folder should be")
    assert not about(store, "cannot be written")[0]


def test_a_logger_without_a_heartbeat_needs_attention(store: Store) -> None:
    assert about(store, "No logger runs with")[0]  # it may run elsewhere, and the database says whether it does
    heartbeat.beat(store.settings.state_folder)
    assert about(store, "alive")[0]
    os.utime(heartbeat.file(store.settings.state_folder), times=(time.time() - 90,) * 2)
    assert not about(store, "dead or stuck")[0]


def test_the_doctor_says_who_may_come_in(make_store: Callable[..., Store]) -> None:
    assert about(make_store(), "Login is off")[0]
    login = {
        "login_metadata_url": "https://login.example.org/.well-known/openid-configuration",
        "login_client_id": "monitor",
        "login_client_secret": SECRET * 2,
        "login_domains": "example.org",
    }
    in_order, said = about(make_store(**login), "Login is on")
    assert in_order
    assert said == "Login is on for example.org; nobody may edit: MONITOR_LOGIN_EDITORS is not set."
    assert "2 addresses or groups may edit" in about(make_store(**login, login_editors="a@example.org b"), "Login")[1]


def test_the_doctor_says_how_many_documents_a_newer_one_supersedes(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    once = make_store(count_files_once=True)
    once.collection.insert_many([prediction(_id=n, filename="a.png") for n in range(3)])
    history.refresh(once)
    refresh_quality(once)
    line = "2 documents do not count, because a newer one is about the same file (MONITOR_COUNT_FILES_ONCE)."
    assert (True, line) in checks(once.settings)
    assert any(sentence.startswith("1 document: 1 reviewed") for _, sentence in checks(once.settings))
    monkeypatch.setattr(superseded, "MOST_BYTES", 10)
    too_many = [sentence for well, sentence in checks(once.settings) if not well and "can exclude up to" in sentence]
    assert len(too_many) == 1


def test_the_doctor_says_which_mongod_is_the_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, sockets = Settings(state_folder=tmp_path), embedded.run_folder(tmp_path)
    packaged = embedded.chosen(settings)
    with embedded.running(embedded.database_folder(settings), sockets):
        assert about(Store(settings), "The bundled MongoDB is") == (
            True,
            f"The bundled MongoDB is version {dotted(packaged.version)}, from {packaged.origin}: {packaged.path}",
        )
        newer = tmp_path / "mongod"
        newer.write_text("#!/bin/sh\necho db version v99.0.1\n")
        newer.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert about(Store(settings), f"MongoDB 99.0.1 ({newer}) is not used, because")[0]
        own = Store(settings.model_copy(update={"mongod": newer}))
        assert about(own, f"were written by {packaged}, and MONITOR_MONGOD is MongoDB 99.0.1")[0] is False
    shutil.rmtree(sockets, ignore_errors=True)


def test_a_mongod_beside_an_address_is_not_used(store: Store) -> None:
    beside = store.settings.model_copy(update={"mongod": Path("/usr/bin/mongod")})
    sentence = "MONITOR_MONGOD is not used, because MONITOR_MONGODB_URI is set."
    assert (True, sentence) in checks(beside)
    assert not [line for _, line in checks(store.settings) if "bundled" in line or "MONITOR_MONGOD " in line]
