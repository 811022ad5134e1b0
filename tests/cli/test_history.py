"""The command history rebuild: every day is counted again."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.mongo.store import Store
from tests.command import run


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


def test_without_documents_no_profile_is_made(store: Store) -> None:
    assert "made 0 profiles" in run("history", "rebuild").stdout


@pytest.mark.parametrize("words", [("history", "rebuild", "now"), ("history", "rebuilt")])
def test_what_is_no_command_ends_with_2(environment: dict[str, str], words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
