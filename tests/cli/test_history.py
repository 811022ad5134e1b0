"""The command history rebuild: every day is counted again."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.logger.history import note_changes
from monitor_core.mongo.store import Store
from tests.command import run
from tests.documents import prediction


def test_a_rebuild_counts_what_was_changed_in_silence(store: Store, fill: Callable[..., None]) -> None:
    fill(3, 0.9)
    today = store.now().date()
    period = Period(today - timedelta(days=3), today)

    def used() -> int:
        return sum(int(day.cells[:, 2].sum()) for day in store.history.read("validated", period).values())

    assert used() == 90
    store.collection.delete_one({})
    assert used() == 90  # nobody has told the logger
    ended = run("history", "rebuild")
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r"Counted \d+ days and made 3 profiles\.\n", ended.stdout)
    assert used() == 89


def test_a_rebuild_drops_what_it_cannot_count_again_only_with_yes(store: Store) -> None:
    long_ago = store.now() - timedelta(days=100)
    store.collection.insert_many([prediction(long_ago + timedelta(minutes=n)) for n in range(30)])
    run("history", "rebuild")
    store.collection.delete_many({})
    run("history", "rebuild")
    assert len(store.history.preserved()) == 2
    ended = run("history", "rebuild")
    assert "2 sealed days cannot be counted again, because documents of them are gone. They stay" in ended.stdout
    assert len(store.history.preserved()) == 2
    note_changes(store)  # as a logger does: without one, the history is not used
    report = run("report", "--period", "all")
    assert "1 day (" in report.stdout
    assert "is sealed: documents of it were deleted" in report.stdout
    assert "30 samples reviewed" in report.stdout
    assert "Dropped 2 sealed days." in run("history", "rebuild", "--yes").stdout
    assert store.history.preserved() == []


def test_without_documents_no_profile_is_made(store: Store) -> None:
    assert "made 0 profiles" in run("history", "rebuild").stdout


@pytest.mark.parametrize("words", [("history", "rebuild", "now"), ("history", "rebuilt")])
def test_what_is_no_command_ends_with_2(environment: dict[str, str], words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
