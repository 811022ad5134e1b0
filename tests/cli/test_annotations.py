"""The commands on annotations, run as a user runs them."""

from datetime import date

from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.connection import place
from monitor_core.mongo.store import Store
from tests.command import run


def test_annotations_are_stored(store: Store) -> None:
    assert run("annotate", "retraining", "--day", "2026-10-01", "--text", "v2", "--by", "ana").returncode == 0
    assert run("annotate", "note", "--text", "seen").returncode == 0
    (first, _) = Annotations(store).read()
    assert (first.kind, first.day, first.text, first.by) == ("retraining", date(2026, 10, 1), "v2", "ana")


def test_a_command_that_writes_says_where(store: Store) -> None:
    ended = run("annotate", "note", "--text", "hello", "--by", "ada")
    assert ended.stderr == f"Written to the database {store.database.name} at {place(store.settings)}.\n"
