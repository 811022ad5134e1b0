"""Where whylogs cannot be imported: everything goes on with profiles of our own, and nothing of these goes astray."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.profiles import DayProfile, is_json
from monitor_core.logger import profiles
from monitor_core.logger import tick as jobs
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.command import run_apart
from tests.documents import FIELDS, ROWS, at, fields, prediction, reviewed
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import confusion, run_worker

REFUSED = "Nothing new is logged: WhyLabs takes only whylogs' files, and whylogs cannot be imported by this Python"
DAYS = [date(2026, 10, 2), date(2026, 10, 1)]


@pytest.fixture
def waiting(store: Store) -> Store:
    """A store with six reviewed predictions of two days."""
    for day in DAYS:
        store.collection.insert_many([prediction(day, n % 2, 1, n / 10) for n in range(3)])
    return store


def logged(store: Store) -> int:
    return store.collection.count_documents(fields(logged=True))


def written(store: Store) -> list[Path]:
    return sorted(file for file in (store.settings.model_folder / "profiles").rglob("*") if file.is_file())


def are_json(store: Store) -> list[bool]:
    return [is_json(store.profiles.data(day)) for day in store.profiles.days()]


def test_the_fixture_really_hides_whylogs(whylogs_missing: Path) -> None:
    code = "from monitor_core.logger import profiles; print(profiles.why_no_whylogs()); import whylogs"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "cannot be imported by this Python" in ended.stdout
    assert ended.stderr.endswith("ModuleNotFoundError: No module named 'whylogs'\n")
    whylogs_missing.unlink()
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "None\n"


def test_the_logger_logs_with_profiles_of_its_own(waiting: Store, whylogs_missing: Path) -> None:
    ended = run_worker("--once")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert logged(waiting) == 6
    files = written(waiting)
    assert [(file.parent.name, file.suffix) for file in files] == [("2026-10-01", ".json"), ("2026-10-02", ".json")]
    content = json.loads(files[0].read_bytes())
    assert content["rows"] == 3
    assert content["pairs"] == [
        {"prediction": "0", "target": "1", "count": 2},
        {"prediction": "1", "target": "1", "count": 1},
    ]
    stored = waiting.profiles.read(DAYS[0])
    assert stored
    assert stored.is_json
    assert stored.summary[FIELDS.confidence]["mean"] == pytest.approx(0.1)
    assert stored.summary[FIELDS.prediction]["frequent"] == [["0", 2], ["1", 1]]
    assert "Traceback" not in ended.stdout + ended.stderr


def test_commands_work_and_the_doctor_says_what_that_means(waiting: Store, whylogs_missing: Path) -> None:
    assert run_worker("--once").returncode == 0
    for command in (["report", "--period", "all"], ["quality"], ["logging", "set-aside"], ["history", "rebuild"]):
        ended = run_apart(*command)
        assert (ended.returncode, ended.stderr.count("Traceback")) == (0, 0), ended.stderr
    doctor = run_apart("doctor").stdout
    assert "Profiles are the monitor's own, in JSON, because whylogs cannot be imported by this Python" in doctor


def test_what_takes_only_whylogs_files_refuses_and_goes_on_once_it_is_there(
    waiting: Store, credentials: None, whylabs: WhyLabsShaped, whylogs_missing: Path
) -> None:
    for _ in range(2):
        ended = run_worker("--once")
        assert ended.returncode == 1
        assert REFUSED in ended.stdout
        assert "Traceback" not in ended.stdout + ended.stderr
    assert (logged(waiting), written(waiting), whylabs.received) == (0, [], {})
    assert waiting.predictions.waiting().rows == 6
    assert set(DAYS) <= waiting.history.read("predicted", Period(DAYS[-1], DAYS[0])).keys()  # all else has gone on
    assert are_json(waiting) == [True, True]
    last = waiting.state.last_tick()
    assert last
    assert [failure.step for failure in last.failures] == ["logging"]
    doctor = run_apart("doctor")
    assert doctor.returncode == 1
    assert doctor.stdout.count(REFUSED) == 2  # of the destinations, and of the step that has failed

    whylogs_missing.unlink()
    assert run_worker("--once").returncode == 0
    assert logged(waiting) == 6
    sent = list(whylabs.received.values())
    assert len(sent) == 2
    assert not any(map(is_json, sent))
    assert [file.suffix for file in written(waiting)] == [".bin", ".bin"]
    assert are_json(waiting) == [False, False]  # made again, though their reviews are the same


def test_what_was_profiled_before_is_still_delivered(
    waiting: Store, credentials: None, whylabs: WhyLabsShaped, whylogs_missing: Path
) -> None:
    whylogs_missing.unlink()
    whylabs.statuses = [403]
    assert run_worker("--once").returncode == 1
    assert logged(waiting) == 0
    waiting.collection.insert_one(reviewed(1, 1, at(2026, 10, 3)))
    whylogs_missing.touch()
    ended = run_worker("--once")
    assert ended.returncode == 1  # the new one has to wait
    assert REFUSED in ended.stdout
    assert logged(waiting) == 6
    assert len(whylabs.received) == 2


def test_json_is_never_sent_to_whylabs(waiting: Store, credentials: None, whylabs: WhyLabsShaped) -> None:
    """Not even a part that is addressed to it."""
    outbox = Outbox(waiting)
    batch = outbox.start_batch(demo=False)
    rows = list(waiting.predictions.reviewed_rows(DAYS[0]))
    builder = profiles.ExactProfile(at(2026, 10, 2), FIELDS, str, "trace")
    builder.add(rows)
    outbox.prepare(batch, [(DayProfile(DAYS[0], "trace", len(rows), builder.finish()), rows)], ["local", "whylabs"])
    ended = run_worker("--once")
    assert ended.returncode == 1
    assert "WhyLabs takes only whylogs' files, but this profile was made without whylogs, in JSON" in ended.stdout
    assert not any(map(is_json, whylabs.received.values()))
    assert [file.suffix for file in written(waiting) if file.parent.name == "2026-10-02"] == [".json"]
    still = outbox.part("trace").deliveries["whylabs"]
    assert (still.state, still.begun) == ("waiting", 0)


def test_a_running_logger_goes_on_with_whylogs_once_it_is_there(
    waiting: Store, credentials: None, whylabs: WhyLabsShaped, whylogs_missing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1")
    process = subprocess.Popen([sys.executable, "logger_worker.py"], cwd=ROOT, env=os.environ.copy())
    try:
        until(lambda: are_json(waiting) == [True, True])
        assert logged(waiting) == 0
        whylogs_missing.unlink()
        until(lambda: logged(waiting) == 6 and are_json(waiting) == [False, False])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert len(whylabs.received) == 2


def until(is_so: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_several_models_are_logged_side_by_side(
    three_models: dict[str, Store], whylogs_missing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", "1")
    for store in three_models.values():
        store.collection.insert_many(map(dict, ROWS))
    process = subprocess.Popen([sys.executable, "logger_worker.py"], cwd=ROOT, env=os.environ.copy())
    try:
        until(lambda: [logged(store) for store in three_models.values()] == [5, 5, 5])
        until(lambda: all(store.profiles.days() and all(are_json(store)) for store in three_models.values()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def test_profiles_that_whylogs_made_are_not_made_again_without_it(waiting: Store, whylogs_missing: Path) -> None:
    jobs.tick(waiting)
    assert are_json(waiting) == [False, False]
    assert run_worker("--once").returncode == 0
    assert are_json(waiting) == [False, False]
    assert confusion(waiting.profiles.data(DAYS[0])) == {("1", "0"): 2, ("1", "1"): 1}
