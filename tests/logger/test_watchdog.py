"""The watchdog: who hears of a logger that does not work, how often, and that it is over."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor_core.logger.outcome import Outcome
from monitor_core.logger.watchdog import FAILED_SECONDS, Watchdog
from monitor_core.mongo.state import TickResult
from monitor_core.settings.settings import Settings
from monitor_core.settings.types import Schedule
from tests.documents import at
from tests.receivers import Webhook, wait

FAILED = Outcome(0.1, None, "database", "No MongoDB answered at db.example.org. Start it.")
WELL = Outcome(0.1, TickResult(at(2026, 10, 1), 0))
STANDBY = Outcome(0.1)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


Make = Callable[..., Watchdog]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(hook: Webhook, clock: Clock, tmp_path: Path) -> Make:
    def watchdog(**changes: object) -> Watchdog:
        values = {"notify": (hook.address(),), "notify_allow_private": True, "state_folder": tmp_path / "state"}
        return Watchdog(Settings.model_validate(values | changes), clock)

    return watchdog


def fail(watchdog: Watchdog, clock: Clock, runs: int = 3, outcome: Outcome = FAILED) -> None:
    for _ in range(runs):
        watchdog.ended(outcome, 1)
        clock.seconds += FAILED_SECONDS / 2
    watchdog.look()


def test_three_failed_runs_are_an_incident_that_is_heard_of_once_and_so_is_its_end(
    make: Make, hook: Webhook, clock: Clock
) -> None:
    watchdog = make()
    fail(watchdog, clock, 2)
    assert hook.received == []
    fail(watchdog, clock, 1)
    fail(watchdog, clock, 3)
    assert hook.titles == ["the logger does not work"]
    assert "No MongoDB answered at db.example.org" in hook.received[0]["message"]
    assert "in a row" in hook.received[0]["message"]
    watchdog.ended(WELL, 1)
    watchdog.look()
    watchdog.look()
    assert hook.titles == ["the logger does not work", "the logger works again"]
    assert not watchdog.file.exists()
    fail(watchdog, clock)
    assert len(hook.titles) == 3  # another incident


def test_a_database_that_restarts_is_no_incident(make: Make, hook: Webhook, clock: Clock) -> None:
    watchdog = make()
    for _ in range(5):  # the first tries follow quickly
        watchdog.ended(FAILED, 1)
        clock.seconds += 2
    watchdog.look()
    watchdog.ended(WELL, 1)
    clock.seconds += FAILED_SECONDS
    watchdog.look()
    assert hook.received == []


@pytest.mark.parametrize(("every", "allowed"), [(120, 360), (10, 300), (3600, 3 * 3600)])
def test_a_run_that_does_not_end_for_three_intervals_is_an_incident(
    make: Make, hook: Webhook, clock: Clock, every: float, allowed: float
) -> None:
    watchdog = make(log_every=Schedule(timedelta(seconds=every)))
    watchdog.ended(STANDBY, every)
    clock.seconds += allowed - 1
    watchdog.look()
    assert hook.received == []
    clock.seconds += 2
    watchdog.look()
    assert "No run of the logger has ended since" in hook.received[0]["message"]
    watchdog.ended(STANDBY, every)  # another logger works
    watchdog.look()
    assert hook.titles == ["the logger does not work", "the logger works again"]


def test_waiting_for_a_turn_among_several_models_is_no_silence(make: Make, hook: Webhook, clock: Clock) -> None:
    watchdog = make(log_every=Schedule(timedelta(minutes=2)))
    for _ in range(100):
        clock.seconds += 60
        watchdog.waits()
        watchdog.look()
    assert hook.received == []
    clock.seconds += 3600
    watchdog.look()
    assert hook.titles == ["the logger does not work"]


def test_an_incident_outlives_the_logger(make: Make, hook: Webhook, clock: Clock) -> None:
    fail(make(), clock)
    again = make()
    fail(again, clock)
    assert hook.titles == ["the logger does not work"]
    again.ended(WELL, 1)
    again.look()
    assert hook.titles == ["the logger does not work", "the logger works again"]


def test_who_cannot_be_reached_is_tried_again_after_growing_pauses(make: Make, hook: Webhook, clock: Clock) -> None:
    watchdog = make()
    hook.always = 500
    fail(watchdog, clock)
    watchdog.look()
    assert len(hook.received) == 1
    clock.seconds += 61
    watchdog.look()
    assert len(hook.received) == 2
    hook.always = 200
    clock.seconds += 61
    watchdog.look()
    assert len(hook.received) == 2  # two minutes this time
    clock.seconds += 60
    watchdog.look()
    watchdog.look()
    assert len(hook.received) == 3


def test_who_never_heard_of_it_does_not_hear_that_it_is_over(make: Make, hook: Webhook, clock: Clock) -> None:
    watchdog = make()
    hook.always = 500
    fail(watchdog, clock)
    watchdog.ended(WELL, 1)
    clock.seconds += 61
    watchdog.look()
    assert len(hook.received) == 1
    assert not watchdog.file.exists()


def test_a_file_that_cannot_be_read_or_written_and_no_target_are_no_trouble(
    make: Make, hook: Webhook, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "logger.incident").write_text(json.dumps({"more": 1}))
    fail(make(notify=()), clock)
    (tmp_path / "file").write_text("")
    watchdog = make(state_folder=tmp_path / "file", notify_resolved=False)
    fail(watchdog, clock)
    fail(watchdog, clock)
    watchdog.ended(WELL, 1)
    watchdog.look()
    assert hook.titles == ["the logger does not work"]


def test_the_thread_looks_until_it_is_stopped(
    make: Make, hook: Webhook, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor_core.logger.watchdog.LOOK_SECONDS", 0.05)
    watchdog, stop = make(), threading.Event()
    for _ in range(3):
        watchdog.ended(FAILED, 1)
        clock.seconds += FAILED_SECONDS
    thread = threading.Thread(target=watchdog.watch, args=(stop,))
    thread.start()
    wait(lambda: hook.titles)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
