"""The commands on the installation, run as a user runs them."""

import subprocess
import sys

import pytest

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.cli.conftest import SECRET
from tests.command import run, run_apart
from tests.documents import FIELDS, at, fields


def test_settings_say_what_is_in_force_and_hide_secrets(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://root:{SECRET}@db.example:27017")
    monkeypatch.setenv("WHYLABS_API_KEY", SECRET)
    monkeypatch.setenv("WHYLABS_DEFAULT_ORG_ID", "org-1")
    monkeypatch.setenv("WHYLABS_DEFAULT_DATASET_ID", "model-1")
    monkeypatch.setenv("COLUMNS", "200")
    ended = run_apart("settings")
    assert ended.returncode == 0
    assert SECRET not in ended.stdout + ended.stderr
    assert "db.example:27017" in ended.stdout
    assert "org-1" in ended.stdout
    row = next(line for line in ended.stdout.splitlines() if "MONITOR_DATABASE" in line)
    assert environment["MONITOR_DATABASE"] in row
    assert "environment" in row


def test_settings_are_written_as_people_write_them(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "HISTORY_CHECK": "36 h",
        "STORED_TIMES": "-03:30",
        "ALLOWED_HOSTS": "a.example b.example",
        "CLASS_NAMES": '{"0": "pear"}',
    }
    for name, value in given.items():
        monkeypatch.setenv(f"MONITOR_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in run_apart("settings").stdout.splitlines()]
    values = {row[0]: row[1] for row in rows if row}
    assert {name: values[f"MONITOR_{name}"] for name in given} == given | {"ALLOWED_HOSTS": "a.example, b.example"}
    assert values["MONITOR_SEGMENTS"] == values["MONITOR_METRICS_PORT"] == values["MONITOR_DESTINATIONS"] == "none"
    assert values["MONITOR_NOTIFY_RESOLVED"] == "true"
    assert {"None", "()", "{}", "True", "False"} & set(values.values()) == set()


def test_a_demo_is_not_written_into_a_database_that_somebody_configured(store: Store) -> None:
    ended = run("demo")
    assert ended.returncode == 2
    assert "--into-configured-database" in ended.stderr
    assert run("demo", "--if-empty").returncode == 0
    assert store.predictions.is_empty()


def test_a_demo_leaves_without_a_trace(store: Store) -> None:
    mine = fields(filename="mine.png", prediction=1, validated=1, predicted_at=at(2026, 10, 1))
    store.collection.insert_one(mine)
    own = store.settings.images / "mine.png"
    own.parent.mkdir(parents=True)
    own.touch()

    assert run("demo", "--into-configured-database").returncode == 0
    assert store.collection.count_documents({}) == 1798
    assert len(list(store.settings.images.iterdir())) == 1798
    command = [sys.executable, "logger_worker.py", "--once"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=90, capture_output=True)
    assert run("demo", "--remove").returncode == 0

    (left,) = store.collection.find()
    assert left[FIELDS.filename] == "mine.png"
    assert list(store.settings.images.iterdir()) == [own]
    assert "monitor_demo" not in store.database.list_collection_names()
    profiles = store.settings.state_folder / "profiles"
    assert [file.parent.name for file in profiles.rglob("*.bin")] == ["2026-10-01"]
    assert "no demo" in run("demo", "--remove").stdout
