"""The worker: what it delivers, and what it marks."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor_core.contract.errors import DatabaseUnavailable, LeaseLost
from monitor_core.logger import profiles
from monitor_core.logger import tick as jobs
from monitor_core.logger.run import Run
from monitor_core.logger.tick import TickStep
from monitor_core.mongo.connection import connect
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.state import State
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.documents import ROWS, at, reviewed
from tests.whylabs_shaped import KEY, WhyLabsShaped
from tests.workers import confusion, run_worker

NAMES = '{"0": "zero", "1": "one", "2": "two"}'


def column(data: bytes, name: str) -> dict[str, Any]:
    return profiles.read_profile(data).get_column(name).to_summary_dict()


def stored(store: Store) -> dict[str, bytes]:
    folder = store.settings.state_folder / "profiles"
    return {file.parent.name: file.read_bytes() for file in sorted(folder.rglob("*.bin"))}


def test_the_worker_uploads_profiles_that_equal_the_rows(
    store: Store, credentials: None, whylabs: WhyLabsShaped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", NAMES)
    store.collection.insert_many(ROWS)

    ended = run_worker("--once")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert KEY not in ended.stdout + ended.stderr
    assert len(whylabs.received) == 2
    days = [datetime.fromtimestamp(body["datasetTimestamp"] / 1000, UTC).date() for _, body in whylabs.announced]
    assert days == [date(2026, 10, 1), date(2026, 10, 2)]  # of the predictions, not of the upload
    headers = whylabs.announced[0][0]
    assert headers["X-API-Key"] == KEY
    assert headers["X-WHYLABS-RESOURCE"] == "model-1"
    first, second = whylabs.received.values()
    assert confusion(first) == {("zero", "zero"): 1, ("zero", "one"): 1, ("one", "one"): 1}
    assert confusion(second) == {("two", "two"): 1}  # the rejected row has no true class
    assert column(first, "output_confidence")["counts/n"] == 3
    assert column(first, "output_confidence")["types/fractional"] == 2  # of three rows: one has none
    assert column(first, "output_confidence")["distribution/max"] == 0.9
    assert column(second, "output_validated")["types/string"] == 1
    assert column(second, "output_prediction")["counts/n"] == 2
    assert stored(store) == dict(zip(["2026-10-01", "2026-10-02"], [first, second], strict=True))
    assert store.collection.count_documents({"logged": True}) == 5


def test_only_the_contracts_three_columns_leave_the_house(store: Store) -> None:
    store.collection.insert_many(ROWS)
    jobs.tick(store)
    for data in stored(store).values():
        columns = set(profiles.read_profile(data).get_columns())
        assert columns == {"output_confidence", "output_prediction", "output_validated"}


def test_a_day_of_rejections_alone_has_a_profile_without_a_matrix(store: Store) -> None:
    store.collection.insert_one(reviewed(False, 2, at(2026, 10, 2, 1), output_confidence=None))
    assert jobs.tick(store).logged == 1
    (data,) = stored(store).values()
    assert profiles.read_profile(data).model_performance_metrics is None
    assert column(data, "output_confidence")["counts/null"] == 1
    assert column(data, "output_prediction")["counts/n"] == 1


def test_more_classes_than_whylogs_can_hold_are_profiled_without_a_matrix(store: Store) -> None:
    store.collection.insert_many([reviewed(label, label, at(2026, 10, 2, 1)) for label in range(300)])
    assert jobs.tick(store).logged == 300
    (data,) = stored(store).values()
    assert profiles.read_profile(data).model_performance_metrics is None


def test_a_second_tick_has_nothing_to_do(store: Store) -> None:
    store.collection.insert_many(ROWS)
    assert jobs.tick(store).logged == 5
    before = stored(store)
    assert jobs.tick(store).logged == 0
    assert stored(store) == before


def test_what_is_not_reviewed_stays_as_it_is(store: Store) -> None:
    store.collection.insert_many(
        [
            reviewed(None, 1, at(2026, 10, 1)),
            {"output_prediction": 1, "timestamp": at(2026, 10, 1)},
            reviewed(False, 1, at(2026, 10, 1), timestamp_validated=None),
        ]
    )
    before = list(store.collection.find())
    result = jobs.tick(store)
    assert (result.logged, result.set_aside, result.error) == (0, {}, None)
    assert list(store.collection.find()) == before


def test_what_cannot_be_read_is_set_aside_and_counted_and_does_not_hold_up_the_rest(store: Store) -> None:
    bad = [reviewed("cat", 1, at(2026, 10, 1)), reviewed(1, "cat", at(2026, 10, 1)), reviewed(1, 1, "once")]
    store.collection.insert_many([*bad, *ROWS])
    result = jobs.tick(store)
    assert result.logged == 5
    assert result.set_aside == {"unreadable_review": 1, "unreadable_prediction": 1, "undated_prediction": 1}
    assert store.collection.count_documents({"logged": False}) == 3
    assert store.predictions.waiting().rows == 0  # they wait for nothing the worker could do


def test_batches_of_two_log_all_the_same(make_store: Any) -> None:
    store = make_store(log_batch=2)
    store.collection.insert_many(ROWS)
    assert jobs.tick(store).logged == 5
    assert store.predictions.waiting().rows == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_marks_nothing_and_says_why_without_secrets(
    store: Store, credentials: None, whylabs: WhyLabsShaped, status: int
) -> None:
    store.collection.insert_many(ROWS)
    whylabs.statuses = [status]
    ended = run_worker("--once")
    assert ended.returncode == 1
    failures = [line for line in ended.stdout.splitlines() if "tick_failed" in line]
    assert len(failures) == 1
    assert f"status {status}" in failures[0]
    assert "WHYLABS_API_KEY" in failures[0]
    assert KEY not in ended.stdout + ended.stderr
    assert store.collection.count_documents({"logged": True}) == 0
    last = State(store).last_tick()
    assert last
    assert last.error
    assert len(stored(store)) == 2  # the local store need not wait for the other


def test_a_lost_upload_is_repeated_to_the_same_address(store: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    store.collection.insert_many(ROWS[:3])
    whylabs.statuses = [200, 503, 500]
    assert run_worker("--once").returncode == 0
    assert len(whylabs.announced) == 1
    assert list(whylabs.received) == ["/upload/1?signature=s3cr3t"]


def test_the_next_tick_makes_up_for_a_failed_one(store: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    store.collection.insert_many(ROWS)
    whylabs.statuses = [403]
    run_worker("--once")
    assert run_worker("--once").returncode == 0
    assert store.collection.count_documents({"logged": True}) == 5
    assert len(whylabs.received) == 2


def test_nobody_at_the_endpoint_is_said_in_one_line(
    store: Store, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHYLABS_API_ENDPOINT", "http://127.0.0.1:9")
    store.collection.insert_many(ROWS)
    ended = run_worker("--once")
    assert ended.returncode == 1
    assert "WhyLabs at http://127.0.0.1:9 did not accept the profile (ConnectError)" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_full_local_store_marks_nothing(store: Store) -> None:
    folder = store.settings.state_folder / "profiles"
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    store.collection.insert_many(ROWS)
    result = jobs.tick(store)
    assert result.error
    assert "local store" in result.error
    assert store.collection.count_documents({"logged": True}) == 0


def test_a_demo_never_leaves_for_whylabs(store: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    DemoDocuments(store).insert([dict(row) | {"filename": "d.png"} for row in ROWS])
    store.collection.insert_one(reviewed(1, 1, at(2026, 10, 9)))
    assert run_worker("--once").returncode == 0
    days = [datetime.fromtimestamp(body["datasetTimestamp"] / 1000, UTC).date() for _, body in whylabs.announced]
    assert days == [date(2026, 10, 9)]
    assert store.collection.count_documents({"logged": True}) == 6


def test_bad_settings_stop_the_worker_with_one_sentence(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Mars")
    ended = run_worker("--once")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "MONITOR_TIME_ZONE" in ended.stderr


def test_whylogs_reports_to_nobody(store: Store) -> None:
    store.collection.insert_many(ROWS)
    jobs.tick(store)
    assert os.environ["WHYLOGS_NO_ANALYTICS"] == "True"
    assert not Path(os.environ["WHYLOGS_CONFIG_PATH"]).exists()


def test_a_run_by_hand_leaves_the_work_to_the_worker_that_is_at_it(store: Store) -> None:
    assert Outbox(store).acquire("somebody else")
    ended = run_worker("--once")
    assert ended.returncode == 0
    assert ended.stdout.count("standby") == 1
    Outbox(store).release("somebody else")
    assert "logged=0" in run_worker("--once").stdout


def with_step(monkeypatch: pytest.MonkeyPatch, name: str, act: Any) -> None:
    """Let one step do something else."""
    steps = [TickStep(name, act) if step.name == name else step for step in jobs.STEPS]
    monkeypatch.setattr(jobs, "STEPS", steps)


def divide_by_zero(run: Run) -> None:
    raise ZeroDivisionError("abcdefghij.0123456789")


@pytest.mark.parametrize("name", [step.name for step in jobs.STEPS])
def test_a_faulty_step_is_named_with_its_place_and_the_others_run(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ran: list[str] = []

    def watched(step: TickStep) -> TickStep:
        return TickStep(step.name, lambda run: (ran.append(step.name), step.act(run)))

    monkeypatch.setattr(jobs, "STEPS", [watched(step) for step in jobs.STEPS])
    with_step(monkeypatch, name, divide_by_zero)
    store.collection.insert_many(ROWS)
    result = jobs.tick(store)
    assert result
    (failure,) = result.failures
    assert failure.step == name
    assert failure.error == "ZeroDivisionError, a fault of the monitor; please report it."  # its text may hold anything
    assert "divide_by_zero" in (failure.where or "")
    assert ran == [step.name for step in jobs.STEPS if step.name != name]
    assert result.logged == (0 if name == "logging" else 5)
    assert State(store).last_tick() == result


def test_a_step_that_keeps_failing_says_since_when_and_is_forgotten_when_it_works(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        with_step(patch, "notifying", divide_by_zero)
        first, second = jobs.tick(store), jobs.tick(store)
    assert first
    assert second
    assert second.finished_at > first.finished_at
    assert second.failures == first.failures
    last = jobs.tick(store)
    assert last
    assert last.is_whole


REFUSED = {  # collection -> the step that writes it
    "monitor_history_due": "looking for changes",
    "monitor_batches": "logging",
    "monitor_history": "counting the history",
    "monitor_rules": "judging the rules",
    "monitor_profiles": "making profiles",
    "monitor_quality": "checking data quality",
}


@pytest.mark.parametrize("collection", REFUSED)
def test_a_collection_that_refuses_our_writes_fails_its_step_alone(store: Store, collection: str) -> None:
    jobs.tick(store)
    store.database[collection].drop()
    store.database.create_collection(collection, validator={"never": True})
    store.collection.insert_many([reviewed(1, 1, datetime.now(UTC), timestamp_validated=datetime.now(UTC))])
    result = jobs.tick(store)
    assert result
    failed = {failure.step: failure.error for failure in result.failures}
    # A batch's days are noted before it is prepared; profiles and quality follow the history.
    also = {"logging"} if collection == "monitor_history_due" else set()
    assert set(failed) == {REFUSED[collection]} | also
    assert all("could not do it" in error for error in failed.values())


def test_a_database_that_is_away_ends_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def lose(run: Run) -> None:
        run.store.database.client.close()
        away = Settings(**(store.settings.model_dump() | {"mongodb_uri": "mongodb://127.0.0.1:9/"}))
        run.store.database = connect(away)
        raise DatabaseUnavailable("No MongoDB answered.")

    monkeypatch.setattr(
        jobs, "STEPS", [TickStep("logging", lose), TickStep("notifying", lambda run: ran.append("notifying"))]
    )
    home = store.database
    with pytest.raises(DatabaseUnavailable, match="No MongoDB answered"):
        jobs.tick(store)
    assert ran == []
    store.database = connect(store.settings)
    assert home.name == store.database.name


def test_a_lost_lease_ends_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def lose(run: Run) -> None:
        raise LeaseLost("Another logger has taken over; this one waits.")

    monkeypatch.setattr(
        jobs, "STEPS", [TickStep("logging", lose), TickStep("notifying", lambda run: ran.append("notifying"))]
    )
    result = jobs.tick(store)
    assert result
    assert (result.error, result.failures, ran) == ("Another logger has taken over; this one waits.", (), [])
