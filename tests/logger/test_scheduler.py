"""The worker as a process: its schedule, its log, its heartbeat, and how it stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_core.logger import heartbeat, history
from monitor_core.logger import scheduler as worker
from monitor_core.mongo import embedded
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from monitor_core.settings.types import Schedule
from tests.documents import ROWS, fields
from tests.workers import run_worker

PASSWORD = "hunter2password"  # noqa: S105 - nobody's


class Process:
    """A worker that runs, and what it says, an event a line."""

    def __init__(self, log: Path, *shorter: str) -> None:
        self.log = log
        program = ["tests/impatient_worker.py", *shorter] if shorter else ["logger_worker.py"]
        environment = os.environ | {"MONITOR_LOG_FORMAT": "json"}
        with log.open("w") as output:
            command = [sys.executable, *program]
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=environment)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def said(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]

    def waits_for(self, event: str, times: int = 1) -> dict[str, Any]:
        until(lambda: len(self.said(event)) >= times, lambda: self.log.read_text())
        return self.said(event)[times - 1]

    def stop(self, signal_: int = signal.SIGTERM) -> float:
        """Told to stop, it ended with 0 after so many seconds."""
        stopped_at = time.monotonic()
        self.process.send_signal(signal_)
        assert self.process.wait(60) == 0, self.log.read_text()
        return time.monotonic() - stopped_at


def until(condition: Callable[[], object], what: Callable[[], str] = str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


Start = Callable[..., Process]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    running: list[Process] = []

    def begin(*shorter: str) -> Process:
        running.append(Process(tmp_path / f"worker-{len(running)}.log", *shorter))
        return running[-1]

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def hanging_upload(
    silent: socket.socket,
    credentials: None,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHYLABS_API_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
    store.collection.insert_many([dict(row) for row in ROWS])


def is_announcing(store: Store) -> bool:
    """The local store has the first profile, so the worker has turned to the platform."""
    return bool(Outbox(store).parts.documents.find_one({"to.local.state": "sent"}))


def heartbeat_of(store: Store) -> float | None:
    file = heartbeat.file(store.settings.state_folder)
    return file.stat().st_mtime if file.exists() else None


# ---- the schedule


def test_the_first_run_is_at_once_and_the_next_by_the_schedule(
    store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1")
    store.collection.insert_many([dict(row) for row in ROWS])
    running = start()
    assert running.waits_for("started")["schedule"] == "1 s"
    first = running.waits_for("tick")
    assert (first["logged"], first["destinations"], first["level"]) == (5, ["local store"], "info")
    assert first["seconds"] > 0
    third = running.waits_for("tick", times=3)
    apart = datetime.fromisoformat(third["timestamp"]) - datetime.fromisoformat(first["timestamp"])
    assert timedelta(seconds=1) < apart < timedelta(seconds=30)
    assert third["logged"] == 0
    running.stop()
    assert running.said("stopped")[0]["finished"] is True
    assert running.said("library") == []


def test_a_cron_expression_is_a_schedule_too(store: Store, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "0 3 * * *")
    running = start()
    assert running.waits_for("started")["schedule"] == "0 3 * * * (cron, UTC)"
    running.waits_for("tick")
    until(lambda: (last := store.state.last_tick()) and last.next_at)
    last = store.state.last_tick()
    assert last
    assert last.next_at
    assert (last.next_at.hour, last.next_at.minute) == (3, 0)
    assert not last.is_overdue(last.next_at + timedelta(minutes=4))
    assert last.is_overdue(last.next_at + timedelta(minutes=6))


@pytest.mark.parametrize(("every", "most"), [(timedelta(seconds=5), 0.5), (timedelta(hours=1), 10)])
def test_the_jitter_is_a_tenth_of_the_interval_and_at_most_ten_seconds(every: timedelta, most: float) -> None:
    when, now = worker.trigger(Schedule(every)), datetime.now(UTC)
    late = [(when.get_next_fire_time(now, now) - now - every).total_seconds() for _ in range(100)]
    assert 0 <= min(late) < max(late) <= most + 0.001
    assert max(late) > most / 2


def test_a_run_that_was_due_meanwhile_is_made_up_once(
    store: Store, hanging_upload: None, silent: socket.socket, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "5")
    running = start()
    until(lambda: is_announcing(store))
    time.sleep(5)  # a run is due
    assert running.said("tick_failed") == []
    silent.close()  # what hangs fails
    first, second = running.waits_for("tick_failed"), running.waits_for("tick_failed", times=2)
    ended, ended_again = (datetime.fromisoformat(one["timestamp"]) for one in (first, second))
    assert ended_again - timedelta(seconds=second["seconds"]) - ended < timedelta(seconds=3)
    time.sleep(1)
    assert len(running.said("tick_failed")) == 2
    assert running.said("library") == []


# ---- the database is away


def test_it_waits_for_a_database_with_growing_pauses_and_goes_on(
    environment: dict[str, str], start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = embedded.run_folder(tmp_path / "late")
    uri = "mongodb://" + str(run / embedded.SOCKET).replace("/", "%2F")
    monkeypatch.setenv("MONITOR_MONGODB_URI", uri)
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1 h")
    running = start()
    running.waits_for("database_down", times=2)
    assert [one["retry_in_seconds"] for one in running.said("database_down")][:2] == [1, 2]
    with embedded.running(tmp_path / "data", run):
        assert running.waits_for("tick")["logged"] == 0
    assert running.stop() < 20  # the database is down again
    kinds = {one["event"] for one in running.events}
    assert kinds == {"started", "database_down", "tick", "stopped"}


def test_a_database_that_dies_in_a_run_is_not_left_until_the_next_one(
    start: Start,
    hanging_upload: None,
    silent: socket.socket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = embedded.run_folder(tmp_path / "own")
    with embedded.running(tmp_path / "data", run) as uri:
        monkeypatch.setenv("MONITOR_MONGODB_URI", uri)
        monkeypatch.setenv("MONITOR_LOG_EVERY", "1 h")
        store = Store(load(tmp_path).settings)
        store.collection.insert_many([dict(row) for row in ROWS])
        running = start()
        until(lambda: is_announcing(store))
    silent.close()
    running.waits_for("database_down")
    with embedded.running(tmp_path / "data", run):
        assert "did not accept the profile" in running.waits_for("tick_failed")["error"]
        store.database.client.close()


def test_a_step_that_the_database_refuses_is_shown_and_the_others_run(
    store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1 h")
    store.database.create_collection("monitor_batches", validator={"never": True})
    store.collection.insert_many([dict(row) for row in ROWS])
    running = start()
    assert "could not do it" in running.waits_for("tick_failed")["error"]
    assert running.waits_for("step_failed")["step"] == "logging"
    last = store.state.last_tick()
    assert last
    assert [one.step for one in last.failures] == ["logging"]
    assert store.history.stored()  # the other steps ran


# ---- how it stops


def test_a_hanging_upload_does_not_hold_it(store: Store, hanging_upload: None, start: Start) -> None:
    running = start()
    until(lambda: is_announcing(store))
    assert 7.5 < running.stop() < 15  # eight seconds, on a machine that may be busy
    assert running.said("stopped")[0]["finished"] is False
    assert Outbox(store).acquire("another worker, at once")
    assert heartbeat_of(store) is None


def test_a_hanging_database_does_not_hold_it(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = embedded.run_folder(tmp_path / "own")
    mongod = embedded.start(tmp_path / "data", run)
    try:
        monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://" + str(run / embedded.SOCKET).replace("/", "%2F"))
        monkeypatch.setenv("MONITOR_LOG_EVERY", "1")
        running = start()
        running.waits_for("tick")
        mongod.send_signal(signal.SIGSTOP)
        time.sleep(3)
        assert running.stop() < 20
    finally:
        mongod.send_signal(signal.SIGCONT)
        embedded.stop(mongod)


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT])
def test_between_two_runs_it_stops_at_once(store: Store, start: Start, signal_: int) -> None:
    running = start()
    running.waits_for("tick")
    until(lambda: heartbeat_of(store))
    assert running.stop(signal_) < 20
    assert running.said("stopped")[0]["finished"] is True
    assert heartbeat_of(store) is None
    assert Outbox(store).acquire("another worker, at once")


# ---- two workers


def test_a_second_worker_waits_and_takes_over_when_the_first_is_killed(
    store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is 3 s here instead of 45: what a take-over takes is a lease and a ninth of one, so 50 s at most."""
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1 h")
    first = start("LEASE=3")
    first.waits_for("tick")
    second = start("LEASE=3")
    second.waits_for("standby")
    time.sleep(5)  # more than a lease without any run: the first one keeps it
    assert len(second.said("standby")) == 1
    assert second.said("tick") == []
    store.collection.insert_many([dict(row) for row in ROWS])
    first.process.kill()
    killed = time.monotonic()
    assert second.waits_for("tick")["logged"] == 5
    assert time.monotonic() - killed < 30  # it also profiles, on a machine that may be busy
    second.stop()
    assert Outbox(store).acquire("a third, at once")


# ---- health


def health() -> tuple[int, str]:
    ended = run_worker("--health")
    return ended.returncode, ended.stderr


def test_a_worker_that_lives_is_healthy_also_without_its_database(
    store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert health() == (1, f"No logger runs on {store.settings.state_folder}; start it with ./deploy.sh.\n")
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://127.0.0.1:9")
    running = start("BEAT_SECONDS=0.5")
    running.waits_for("database_down")
    began = heartbeat_of(store)
    assert began
    until(lambda: (heartbeat_of(store) or 0) > began)
    assert health() == (0, "")
    running.process.kill()
    running.process.wait()
    os.utime(heartbeat.file(store.settings.state_folder), times=(time.time() - 75,) * 2)
    code, said = health()
    assert code == 1
    assert "dead or stuck" in said


def test_a_worker_that_stands_by_is_healthy_and_helps_with_the_history(store: Store, start: Start) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=100)
    store.collection.insert_one(dict(ROWS[0]) | fields(predicted_at=long_ago, validated_at=long_ago))
    history.note_changes(store)
    assert Outbox(store).acquire("somebody else")
    running = start()
    running.waits_for("standby")
    assert running.waits_for("helped")["history_days"] >= 2 * 30
    until(lambda: heartbeat_of(store))
    assert health()[0] == 0


def test_a_run_that_is_stuck_is_no_sign_of_life_and_gives_the_lease_up(
    store: Store, hanging_upload: None, start: Start
) -> None:
    running = start("BEAT_SECONDS=0.2", "STUCK_SECONDS=2", "LEASE=3")
    until(lambda: is_announcing(store))
    until(lambda: Outbox(store).acquire("another worker"))
    last = heartbeat_of(store)
    time.sleep(1)
    assert heartbeat_of(store) == last
    assert running.process.poll() is None


def test_health_is_told_without_the_heavy_packages() -> None:
    script = (
        "import sys, logger_worker; sys.argv = ['', '--health']; logger_worker.main();"
        "print(*{'pymongo', 'pandas', 'apscheduler', 'structlog', 'rich', 'httpx2'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_listeners_are_told_of_every_run_but_not_of_a_standby(store: Store, environment: dict[str, str]) -> None:
    calls: list[tuple[float, TickResult | None, str | None]] = []
    stop = threading.Event()
    one = worker.ScheduledLogger(store, stop, [lambda *what: calls.append(what)])
    one._run()
    assert Outbox(store).release(worker.OWNER) is None
    assert Outbox(store).acquire("somebody else")
    one._run()
    (only,) = calls
    assert only[0] > 0
    assert only[1]
    assert only[1].logged == 0
    assert only[2] is None
