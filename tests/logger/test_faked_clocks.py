"""A real mongod and a real logger whose clocks libfaketime moves: days ahead, hours back, a change of the hour."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from monitor_core.cli.doctor.checks import checks
from monitor_core.contract.calendar import Period, local_day, preset
from monitor_core.logger import tick as jobs
from monitor_core.mongo import embedded
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings
from tests.app.performance.shown import open_page, tiles
from tests.command import run
from tests.conftest import faketime
from tests.documents import FIELDS, at, reviewed

Move = Callable[[str], None]


def faked(clock: Path) -> dict[str, str]:
    """The variables of a process whose clock is what the file says; the one that only counts seconds stays true."""
    true_seconds = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    return true_seconds | {
        "LD_PRELOAD": faketime(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "TZ": "UTC",
    }


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    file = tmp_path / "clock"
    file.write_text("+0\n")
    return file


@pytest.fixture
def moved(clock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Store]]:
    """A database of its own, whose clock the file moves."""
    stores: list[Store] = []
    sockets = embedded.run_folder(tmp_path / "mongod")
    with monkeypatch.context() as patch:
        for name, value in faked(clock).items():
            patch.setenv(name, value)
        process = embedded.start(tmp_path / "mongod", sockets)
    uri = "mongodb://" + str(sockets / embedded.SOCKET).replace("/", "%2F")

    def make(**changes: Any) -> Store:
        values = {"mongodb_uri": uri, "database": "moved", "state_folder": tmp_path / "state"}
        stores.append(Store(Settings.model_validate(values | changes)))
        return stores[-1]

    yield make
    for store in stores:
        store.database.client.close()
    embedded.stop(process)
    shutil.rmtree(sockets)


@pytest.fixture
def move(clock: Path) -> Move:
    def to(text: str) -> None:
        clock.write_text(f"{text}\n")
        time.sleep(0.3)

    return to


def write(store: Store, count: int, label: int = 1) -> None:
    now = store.now() - timedelta(minutes=1)
    store.collection.insert_many([reviewed(label, 1, now, validated_at=now) for _ in range(count)])


def counted(store: Store, basis: Any, period: Period) -> int:
    return sum(day.documents for day in store.history.read(basis, period).values())


@pytest.mark.parametrize(("first", "then"), [("+0", "-3h"), ("+0", "+3d")])
def test_the_database_s_clock_is_moved_and_the_next_run_does_all_of_its_work(
    moved: Callable[..., Store], move: Move, first: str, then: str
) -> None:
    store = moved()
    move(first)
    write(store, 5)
    before = jobs.tick(store, "one")
    assert before is not None
    assert before.logged == 5
    move(then)
    write(store, 3, label=0)

    after = jobs.tick(store, "two")  # by its clock, the lease of the first lasts three hours more, or three days

    assert after is not None
    assert (after.logged, after.is_whole) == (3, True)
    days = {local_day(document[FIELDS.predicted_at], store.settings.zone) for document in store.collection.find()}
    today = local_day(store.now(), store.settings.zone)
    assert counted(store, "validated", Period(min(days), today)) == sum(
        local_day(document[FIELDS.predicted_at], store.settings.zone) <= today for document in store.collection.find()
    )
    assert max(date.fromisoformat(day["day"]) for day in store.history.days.find()) <= today
    assert not Rulebook(store).timeliness(store.now()).is_late


def test_today_is_the_day_of_the_database_on_pages_and_on_the_command_line(
    moved: Callable[..., Store], move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = moved()
    move("+3d")
    write(store, 5)
    today = local_day(store.now(), store.settings.zone)
    assert today > local_day(datetime.now(UTC), store.settings.zone)
    assert store.settings.mongodb_uri
    monkeypatch.setenv("MONITOR_MONGODB_URI", store.settings.mongodb_uri.get_secret_value())
    monkeypatch.setenv("MONITOR_DATABASE", store.settings.database)
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(store.settings.state_folder))
    for arguments in (("report", "--period", "7d"), ("report",), ("quality", "--period", "today")):
        told = json.loads(run(*arguments, "--format", "json").stdout)
        assert told["period"]["last"] == str(today), arguments
        assert told["documents"] == 5
    st.cache_resource.clear()  # another test's store
    app = open_page()
    assert app.session_state["selection"].period == preset("30d", today)
    assert tiles(app)[0] == "5"
    app.switch_page("pages/investigate/samples.py").run()
    assert app.date_input(key="day").max == today
    st.cache_resource.clear()


def test_a_difference_of_the_clocks_is_shown(moved: Callable[..., Store], move: Move) -> None:
    store = moved()
    write(store, 1)
    assert not any("clock is" in sentence for _, sentence in checks(store.settings))
    for text, words in (("+3h", "behind"), ("-3h", "ahead of")):
        move(text)
        (sentence,) = [sentence for right, sentence in checks(store.settings) if "clock is" in sentence and not right]
        assert words in sentence


def test_where_the_hour_changes_each_review_is_of_its_local_day(moved: Callable[..., Store], move: Move) -> None:
    """In Madrid, the 25th of October 2026 has 25 hours: two o'clock comes twice."""
    store = moved(time_zone="Europe/Madrid")
    instants = [at(2026, 10, 24, 21), at(2026, 10, 25, 0), at(2026, 10, 25, 1), at(2026, 10, 25, 23)]
    for instant in instants:
        move(f"@{instant + timedelta(minutes=30):%Y-%m-%d %H:%M:%S}")
        store.collection.insert_one(reviewed(1, 1, instant, validated_at=instant))
        result = jobs.tick(store, "one")
        assert result is not None
        assert (result.logged, result.is_whole) == (1, True)
    period = Period(date(2026, 10, 24), date(2026, 10, 26))
    stored = store.history.read("validated", period)
    assert [stored[day].documents for day in period.days] == [1, 2, 1]


def test_a_logger_whose_own_clock_is_put_back_goes_on(
    environment: dict[str, str], clock: Path, move: Move, tmp_path: Path
) -> None:
    """Its scheduler would wait for three hours until the time of the next run comes again."""
    log = tmp_path / "logger.log"
    variables = os.environ | environment | faked(clock) | {"MONITOR_LOG_EVERY": "2 s", "MONITOR_LOG_FORMAT": "json"}
    with log.open("w") as output:
        command = [sys.executable, "logger_worker.py"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=variables)

    def runs() -> int:
        return log.read_text().count('"event": "tick"')

    def wait_for_runs(count: int) -> None:
        end = time.monotonic() + 90
        while runs() < count:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)

    try:
        wait_for_runs(2)
        for text in ("-3h", "+3d", "+0"):
            move(text)
            wait_for_runs(runs() + 3)
        assert "clock_moved" in log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_what_the_fake_does_is_true(moved: Callable[..., Store], move: Move) -> None:
    store = moved()
    move("+3d")
    assert timedelta(days=2, hours=23) < store.now() - datetime.now(UTC) < timedelta(days=3, hours=1)
