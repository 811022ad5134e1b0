"""How the logger's last run ended, and what happens where a later version of the monitor has written."""

import threading
from datetime import timedelta

import pytest

from monitor_core.contract.errors import StateTooNew
from monitor_core.logger import by_hand, scheduler
from monitor_core.logger.tick import tick
from monitor_core.mongo.state import FORMAT, TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.version import version
from tests.app_pages import said, visit
from tests.command import run
from tests.documents import at


def test_the_next_run_is_due_by_the_database_s_clock(store: Store) -> None:
    state = store.state
    state.save_tick(TickResult(store.now(), 1))
    state.save_next_run(timedelta(hours=1))
    tick = state.last_tick()
    assert tick
    assert tick.next_at
    assert timedelta(minutes=59) < tick.next_at - store.now() <= timedelta(hours=1)
    assert not tick.is_overdue(store.now())
    assert tick.is_overdue(tick.next_at + timedelta(minutes=6))


@pytest.fixture
def newer(store: Store) -> Store:
    """The state as a later version of the monitor has left it."""
    later = {"_id": "format", "number": FORMAT + 1, "version": "99.1.0"}
    store.database["monitor_worker"].insert_one(later)
    return store


def test_a_run_of_the_logger_writes_down_the_format(store: Store) -> None:
    tick(store)
    tick(store)
    document = store.database["monitor_worker"].find_one({"_id": "format"})
    assert document == {"_id": "format", "number": FORMAT, "version": version(), "model": "default"}


def test_the_command_line_refuses_the_state_of_a_later_version(newer: Store) -> None:
    for command in ("report", "rules list", "quality", "reviews", "samples --output x.csv", "demo --remove"):
        ended = run(*command.split())
        assert ended.returncode == 2
        assert "were written by version 99.1.0, which this one" in ended.stderr
        assert "docs/upgrading.md" in ended.stderr
    assert "99.1.0" in run("doctor").stdout


def test_the_logger_stops_before_it_writes_anything(newer: Store) -> None:
    before = {name: list(newer.database[name].find()) for name in newer.database.list_collection_names()}
    with pytest.raises(StateTooNew):
        by_hand.once(newer, threading.Event())
    with pytest.raises(StateTooNew):
        scheduler.ScheduledLogger(newer, threading.Event(), []).run()
    assert {name: list(newer.database[name].find()) for name in newer.database.list_collection_names()} == before


def test_a_run_that_finds_the_state_newer_midway_stops_there(newer: Store) -> None:
    """A later version began between our look and our run."""
    with pytest.raises(StateTooNew):
        tick(newer)
    assert newer.database["monitor_batches"].count_documents({}) == 0


def test_the_app_shows_the_sentence(newer: Store) -> None:
    import streamlit as st

    st.cache_resource.clear()
    try:
        assert "were written by version 99.1.0" in said(visit())
    finally:
        st.cache_resource.clear()


def test_nobody_is_overdue_who_said_no_time() -> None:
    assert not TickResult(at(2020, 1, 1), 0).is_overdue(at(2026, 1, 1))


def test_reports_are_stored_by_their_schedule_and_a_new_one_begins_now(store: Store) -> None:
    state, now = store.state, at(2026, 6, 1)
    assert state.reported_through("day 08:00", now) == now
    state.save_reported("day 08:00", now + timedelta(hours=1), "No file.")
    assert state.why_no_file() == "No file."
    assert state.reported_through("day 08:00", now + timedelta(hours=2)) == now + timedelta(hours=1)
    assert state.reported_through("mon 08:00", now + timedelta(hours=3)) == now + timedelta(hours=3)
    assert state.reported_through("mon 08:00", now) == now  # the clock was put back
    assert state.why_no_file() == ""
