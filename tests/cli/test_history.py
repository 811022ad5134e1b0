"""The commands `history …`: days are counted again, exported and imported."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.wording import day
from monitor_core.logger.history import note_changes
from monitor_core.mongo.store import Store
from tests.command import run, run_json
from tests.documents import FIELDS, prediction


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


def without_seals(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name != "sealed_days"}


@pytest.mark.parametrize("name", ["export", "export.zip"])
def test_an_export_is_imported_where_history_and_documents_are_gone(
    store: Store, fill: Callable[..., None], tmp_path: Path, name: str
) -> None:
    fill(4, 0.9)
    long_ago = store.now() - timedelta(days=100)
    store.collection.insert_many([prediction(long_ago + timedelta(minutes=n), target=n % 3) for n in range(30)])
    run("history", "rebuild")
    store.collection.delete_many({FIELDS.predicted_at: {"$lt": long_ago + timedelta(days=3)}})
    run("history", "rebuild")
    note_changes(store)
    commands = [("report", "--basis", basis, "--period", "all") for basis in BASES] + [("calibration",), ("reviews",)]
    before = [run_json(*command) for command in commands]
    assert before[0]["documents"] == 150
    sealed = store.history.preserved()
    days = store.history.days.count_documents({})

    ended = run("history", "export", str(tmp_path / name))
    assert re.fullmatch(rf"Wrote {days} days and 5 profiles to {tmp_path / name} \(\d+\.\d MB\)\.\n", ended.stdout)
    forget_all(store)
    assert run_json(*commands[0])["documents"] == 0
    ended = run("history", "import", str(tmp_path / name))

    assert ended.stdout == f"Imported {days} days and 5 profiles from {tmp_path / name}.\n", ended.stderr
    assert [without_seals(run_json(*command)) for command in commands] == [without_seals(report) for report in before]
    assert set(sealed) <= set(store.history.preserved())
    ended = run("history", "import", str(tmp_path / name))
    assert ended.stdout.endswith(f"Skipped {days} days with the same figures as the stored ones.\n")


def forget_all(store: Store) -> None:
    store.collection.delete_many({})
    for collection in (store.history.days, store.profiles.profiles, store.changes.due, store.state.documents):
        collection.delete_many({})


def test_other_figures_are_replaced_only_where_that_is_said(
    store: Store, fill: Callable[..., None], tmp_path: Path
) -> None:
    fill(2, 0.9)
    run("history", "rebuild")
    run("history", "export", str(tmp_path / "export"))
    today = store.now().date()
    lost = store.collection.find({FIELDS.predicted_at: {"$gte": store.now().replace(hour=0, minute=0)}}, limit=20)
    store.collection.delete_many({"_id": {"$in": [document["_id"] for document in lost]}})
    run("history", "rebuild")
    before = list(store.history.days.find({}, {"digest": 1}))
    refused = run("history", "import", str(tmp_path / "export"))
    assert refused.returncode == 2
    assert refused.stderr.startswith("2 stored days have other figures than in ")
    assert "Nothing was imported; --replace" in refused.stderr
    assert list(store.history.days.find({}, {"digest": 1})) == before
    replaced = run("history", "import", str(tmp_path / "export"), "--replace")
    assert f"Replaced 2 days: review day {day(today)} and prediction day {day(today)}." in replaced.stdout
    assert sum(counted.documents for counted in store.history.read("predicted", Period(today, today)).values()) == 30


@pytest.mark.parametrize("words", [("export",), ("import",), ("export", "a", "b"), ("import", "missing")])
def test_a_mistake_is_one_sentence(environment: dict[str, str], words: tuple[str, ...]) -> None:
    ended = run("history", *words)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_each_model_has_a_history_of_its_own(three_models: dict[str, Store], tmp_path: Path) -> None:
    cats = three_models["cats"]
    cats.collection.insert_many([prediction(cats.now() - timedelta(minutes=n + 5)) for n in range(30)])
    run("--model", "cats", "history", "rebuild")
    assert "Wrote" in run("--model", "cats", "history", "export", str(tmp_path / "cats")).stdout
    refused = run("--model", "dogs", "history", "import", str(tmp_path / "cats"))
    assert refused.returncode == 2
    assert 'collection was "cats" and is "dogs"' in refused.stderr
    cats.history.days.delete_many({})
    assert "Imported" in run("--model", "cats", "history", "import", str(tmp_path / "cats")).stdout
    assert {document["model"] for document in cats.history.days.find()} == {"cats"}
    assert "no stored days" in run("--model", "dogs", "history", "export", str(tmp_path / "dogs")).stderr
