"""Runs of the logger by hand: one, or until nothing waits, with their progress."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from monitor_core.logger import by_hand
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.documents import ROWS, at, fields, reviewed
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import run_worker


def until(condition: Callable[[], object], what: Callable[[], str] = str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def test_a_backfill_ends_when_nothing_waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_LOG_BATCH", "2")
    store.collection.insert_many([dict(row) for row in ROWS])
    ended = run_worker("--backfill")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "logged=5" in ended.stdout
    assert ended.stderr == ""
    assert store.predictions.waiting().rows == 0


def test_a_backfill_that_gets_no_further_ends_with_1(
    store: Store,
    credentials: None,
    whylabs: WhyLabsShaped,
) -> None:
    store.collection.insert_many([dict(row) for row in ROWS])
    whylabs.statuses = [401] * 20
    assert run_worker("--backfill").returncode == 1
    assert len(whylabs.statuses) == 19  # it did not go round and round
    whylabs.statuses = []
    assert run_worker("--backfill").returncode == 0
    assert store.predictions.waiting().rows == 0


def test_an_interrupted_backfill_is_resumed_by_the_next(
    store: Store,
    credentials: None,
    whylabs: WhyLabsShaped,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.collection.insert_many([reviewed(1, 1, at(2026, 9, 1) + timedelta(hours=n)) for n in range(600)])
    monkeypatch.setenv("MONITOR_LOG_BATCH", "20")
    going = subprocess.Popen([sys.executable, "logger_worker.py", "--backfill"], cwd=ROOT, stdout=subprocess.PIPE)
    until(lambda: len(whylabs.received) > 3)
    going.send_signal(signal.SIGINT)
    assert going.wait(10) == 0
    assert 0 < store.predictions.waiting().rows < 600
    assert run_worker("--backfill").returncode == 0
    assert store.predictions.waiting().rows == 0
    assert len(whylabs.received) == len(whylabs.announced)


@pytest.mark.parametrize("way", ["--once", "--backfill"])
def test_on_a_terminal_there_is_a_progress_bar(store: Store, way: str) -> None:
    store.collection.insert_many([dict(row) for row in ROWS])
    screen, end = pty.openpty()
    seen: list[bytes] = []

    def look() -> None:
        with suppress(OSError):  # nobody writes any more
            while some := os.read(screen, 4096):
                seen.append(some)

    looking = threading.Thread(target=look)
    looking.start()
    command = [sys.executable, "logger_worker.py", way]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=end, timeout=60, check=True)
    os.close(end)
    looking.join()
    os.close(screen)
    assert "5/5" in b"".join(seen).decode()
    assert "logged=5" in ended.stdout.decode()


def test_a_run_by_hand_leaves_the_work_to_the_worker_that_is_at_it(store: Store) -> None:
    assert Outbox(store).acquire("somebody else")
    ended = run_worker("--once")
    assert ended.returncode == 0
    assert ended.stdout.count("standby") == 1
    Outbox(store).release("somebody else")
    assert "logged=0" in run_worker("--once").stdout


def test_a_run_by_hand_says_by_its_code_whether_it_went_well(store: Store) -> None:
    folder = store.settings.state_folder / "profiles"
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    store.collection.insert_many([dict(row) for row in ROWS])
    assert by_hand.once(store, threading.Event()) == 1
    folder.unlink()
    assert by_hand.once(store, threading.Event()) == 0
    assert store.collection.count_documents(fields(logged=True)) == len(ROWS)


def test_reviews_that_wait_for_another_logger_are_said_with_the_end_of_its_lease(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Outbox(store).acquire("somebody else")
    assert by_hand.once(store, threading.Event()) == 0  # nothing waits
    store.collection.insert_many([dict(row) for row in ROWS])
    assert by_hand.once(store, threading.Event()) == 1
    assert "its lease ends in" in capsys.readouterr().out


def test_a_run_by_hand_tries_a_paused_destination_again(
    store: Store, credentials: None, whylabs: WhyLabsShaped, make_store: Callable[..., Store]
) -> None:
    store = make_store()
    store.collection.insert_many([dict(row) for row in ROWS])
    whylabs.statuses = [401]
    assert by_hand.once(store, threading.Event()) == 1
    assert store.predictions.waiting().rows == len(ROWS)
    assert by_hand.once(store, threading.Event()) == 0
    assert store.predictions.waiting().rows == 0
