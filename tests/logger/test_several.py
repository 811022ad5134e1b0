"""One process logs for several models: each has its own state, and none waits for another."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.logger.run import Turns
from monitor_core.logger.scheduler import ScheduledLogger
from monitor_core.logger.several import Loggers
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings
from tests.browser.visit import free_port
from tests.documents import at, reviewed
from tests.workers import run_worker


@pytest.fixture
def stores(three_models: dict[str, Store]) -> dict[str, Store]:
    """Three models with 10, 20 and 30 reviewed predictions."""
    for number, store in enumerate(three_models.values(), 1):
        store.collection.insert_many([reviewed(n % 3, n % 2, at(2026, 10, 1)) for n in range(10 * number)])
    return three_models


def logged(store: Store) -> int:
    return store.collection.count_documents({store.fields.logged: True})


def test_two_collections_of_one_database_share_no_state(stores: dict[str, Store]) -> None:
    ended = run_worker("--once")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [logged(store) for store in stores.values()] == [10, 20, 30]
    for number, (model, store) in enumerate(stores.items(), 1):
        assert f"model={model}" in ended.stdout.replace("\x1b", "")
        last = store.state.last_tick()
        assert last is not None
        assert last.logged == 10 * number
        assert list((store.settings.model_folder / "profiles").rglob("*.bin"))
    names = stores["cats"].database.list_collection_names()
    assert {name.rpartition(".")[2] for name in names if name.startswith("monitor_")} == stores.keys()


def test_one_model_alone_may_be_asked_for(stores: dict[str, Store]) -> None:
    assert run_worker("--once", "--model", "cats").returncode == 0
    assert [logged(store) for store in stores.values()] == [0, 20, 0]
    refused = run_worker("--once", "--model", "fish")
    assert refused.returncode == 2
    assert 'There is no model "fish"' in refused.stderr


def test_state_of_a_later_version_stops_its_model_only(stores: dict[str, Store]) -> None:
    too_new(stores["cats"])
    ended = run_worker("--once")
    assert ended.returncode == 2
    assert [logged(store) for store in stores.values()] == [10, 0, 30]


def too_new(store: Store) -> None:
    store.ours["monitor_worker"].insert_one({"_id": "format", "number": 99, "version": "9.9"})


def test_a_model_that_cannot_be_logged_does_not_delay_the_others(
    stores: dict[str, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1")
    port = free_port()
    monkeypatch.setenv("MONITOR_METRICS_PORT", str(port))
    too_new(stores["birds"])
    with running() as process:
        until(lambda: [logged(store) for store in stores.values()] == [0, 20, 30])
        stores["dogs"].collection.insert_many([reviewed(1, 1, at(2026, 10, 2)) for _ in range(5)])
        until(lambda: logged(stores["dogs"]) == 35)
        until(lambda: 'monitor_rows_logged_total{model="dogs"} 35.0' in scraped(port))  # counted when the run has ended
        text = scraped(port)
        assert 'monitor_reviewed_documents{model="cats"' in text
        assert text.count("\nprocess_resident_memory_bytes ") == 1
        assert all(
            line.startswith("#") or "model=" in line for line in text.splitlines() if line.startswith("monitor_")
        )
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 2  # one of them ended by itself


def test_a_destination_that_is_not_installed_keeps_its_model_from_logging_only(
    stores: dict[str, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1")
    monkeypatch.setenv("MONITOR_MODELS__BIRDS__DESTINATIONS", "nowhere")
    with running() as process:
        until(lambda: [logged(store) for store in stores.values()] == [0, 20, 30])
        until(lambda: (last := stores["birds"].state.last_tick()) and last.failed_runs > 1)  # it goes on, and says so
        assert process.poll() is None
    last = stores["birds"].state.last_tick()
    assert last is not None
    assert [failure.step for failure in last.failures] == ["logging"]
    assert "MONITOR_DESTINATIONS names nowhere" in last.failures[0].error
    assert stores["birds"].history.stored()


@contextmanager
def running() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "logger_worker.py"], cwd=ROOT, env=os.environ.copy(), text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return str(answer.read(), "utf-8")


def until(is_so: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_without_models_collections_and_folders_have_the_names_they_always_had(store: Store) -> None:
    assert store.settings.model == "default"
    assert store.ours["monitor_alerts"].name == "monitor_alerts"
    assert Settings().model_folder == Settings().state_folder


def test_a_fault_ends_its_model_s_logger_and_no_other(
    stores: dict[str, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    turns = Turns()
    loggers = [ScheduledLogger(store, threading.Event(), [], turns) for store in stores.values()]

    def fail() -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr(loggers[0], "run", fail)
    side_by_side = Loggers(loggers, stop)
    thread = threading.Thread(target=lambda: ended.append(_error_of(side_by_side)))
    ended: list[str] = []
    thread.start()
    until(lambda: [logged(store) for store in stores.values()] == [0, 20, 30])
    stop.set()
    thread.join(60)
    assert len(ended) == 1
    assert "The logger of birds has ended: KeyError, a fault of the monitor" in ended[0]
    assert "hunter2" not in ended[0]


def _error_of(loggers: Loggers) -> str:
    with pytest.raises(MonitorError) as caught:
        loggers.run()
    return str(caught.value)
