"""The worker: what it delivers, and what it marks."""

import os
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_core.contract.errors import DatabaseUnavailable, LeaseLost
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger import batches, delivery, profiles
from monitor_core.logger import run as run_of_logger
from monitor_core.logger import tick as jobs
from monitor_core.logger.destinations.local import LocalFolder
from monitor_core.logger.run import Run
from monitor_core.logger.tick import TickStep
from monitor_core.mongo.connection import connect
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.documents import FIELDS, ROWS, at, fields, reviewed
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
    assert column(first, FIELDS.confidence)["counts/n"] == 3
    assert column(first, FIELDS.confidence)["types/fractional"] == 2  # of three rows: one has none
    assert column(first, FIELDS.confidence)["distribution/max"] == 0.9
    assert column(second, FIELDS.validated)["types/string"] == 1
    assert column(second, FIELDS.prediction)["counts/n"] == 2
    assert stored(store) == dict(zip(["2026-10-01", "2026-10-02"], [first, second], strict=True))
    assert store.collection.count_documents(fields(logged=True)) == 5


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
    assert store.state.last_tick() == result


def test_other_models_get_their_turn_before_it_sends_anything(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name in ("judging the rules", "notifying"):
        with_step(monkeypatch, name, lambda run, name=name: order.append(name))
    monkeypatch.setattr(jobs, "STEPS", [replace(step, sends=step.name == "notifying") for step in jobs.STEPS])
    jobs.tick(store, end_turn=lambda: order.append("turn"))
    assert order == ["judging the rules", "turn", "notifying"]


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
    store.collection.insert_many([reviewed(1, 1, datetime.now(UTC), validated_at=datetime.now(UTC))])
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


class Sluggish(LocalFolder):
    """A destination of another package that takes its time for each profile, or never answers."""

    key = "sluggish"
    name = "sluggish"
    seconds = 0.2

    def __init__(self, folder: Path, required: bool = True) -> None:
        super().__init__(folder / "sluggish", required)

    def deliver(self, profile: DayProfile, place: str) -> None:
        time.sleep(self.seconds)
        super().deliver(profile, place)


@pytest.fixture
def sluggish(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A backlog of 40 days that goes to the local store and to a sluggish destination."""

    def both(settings: Settings, demo: bool = False) -> list[Any]:
        return [LocalFolder(settings.state_folder / "profiles"), Sluggish(settings.state_folder)]

    monkeypatch.setattr(batches, "configured", both)
    monkeypatch.setattr(delivery, "configured", both)
    store.collection.insert_many([reviewed(1, 1, at(2026, 10, 1) + timedelta(days=n)) for n in range(40)])
    return store


@pytest.mark.parametrize("of", ["step", "destination"])
def test_a_slow_destination_gives_way_to_the_rules_and_goes_on_in_the_next_runs(
    sluggish: Store, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    if of == "step":
        steps = [replace(step, seconds=1) if step.name == "logging" else step for step in jobs.STEPS]
        monkeypatch.setattr(jobs, "STEPS", steps)
    else:
        monkeypatch.setattr(run_of_logger, "DESTINATION_SECONDS", 1)
    first = jobs.tick(sluggish)
    assert first is not None
    assert len(list((sluggish.settings.state_folder / "sluggish").rglob("*.bin"))) < 10  # in a second
    assert (first.logged, first.gave_way, first.is_whole) == (0, True, True)
    assert all(Rulebook(sluggish).judged_at().values())
    assert min(Rulebook(sluggish).judged_at().values()).year > 2000
    for _ in range(200):  # a busy machine gets little done in a second
        last = jobs.tick(sluggish)
        assert last is not None
        if not last.gave_way:
            break
    assert sluggish.collection.count_documents(fields(logged=True)) == 40
    assert len(list((sluggish.settings.state_folder / "sluggish").rglob("*.bin"))) == 40


def test_a_destination_that_hangs_is_a_failure_of_its_own(sluggish: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sluggish, "seconds", 60)
    monkeypatch.setattr(delivery, "CALL_SECONDS", 3)
    result = jobs.tick(sluggish)
    assert result is not None
    assert not (sluggish.settings.state_folder / "sluggish").exists()
    assert "sluggish did not answer within" in (result.error or "")
    assert len(stored(sluggish)) == 40  # the local store has all days


def test_what_hangs_for_one_model_works_for_the_others(
    three_models: dict[str, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hanging_for_birds(settings: Settings, demo: bool = False) -> list[Any]:
        destination = Sluggish(settings.model_folder)
        destination.seconds = 60 if settings.model == "birds" else 0
        return [destination]

    monkeypatch.setattr(batches, "configured", hanging_for_birds)
    monkeypatch.setattr(delivery, "configured", hanging_for_birds)
    monkeypatch.setattr(delivery, "CALL_SECONDS", 3)
    results = {}
    for model in ("birds", "cats"):
        three_models[model].collection.insert_one(reviewed(1, 1, at(2026, 10, 1)))
        results[model] = jobs.tick(three_models[model])
    assert [result.logged for result in results.values() if result] == [0, 1]
