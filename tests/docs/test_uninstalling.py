"""docs/uninstalling.md: it names all that the monitor writes, and what it says leaves a database as it was."""

import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.command import run
from tests.documents import FIELDS, prediction

TEXT = (ROOT / "docs/uninstalling.md").read_text("utf-8")
LISTED = set(re.findall(r"`([\w.-]+)`", TEXT))


def database_of(store: Store) -> dict[str, Any]:
    """All documents and indexes of each collection."""
    database = store.database
    return {
        name: (list(database[name].find(sort=[("_id", 1)])), sorted(database[name].index_information()))
        for name in database.list_collection_names()
    }


def test_what_is_removed_leaves_the_database_as_it_was(store: Store) -> None:
    now = store.now()
    store.collection.insert_many([prediction(now - timedelta(days=n % 9 + 2), n % 3, n % 2) for n in range(60)])
    store.database["theirs"].insert_one({"a": 1})
    before = database_of(store)
    assert run("annotate", "note", "--text", "hello", "--by", "ada").returncode == 0
    command = [sys.executable, "logger_worker.py", "--once"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=180, capture_output=True)
    assert store.collection.count_documents({FIELDS.logged: True}) == 60
    assert {path.name for path in store.settings.state_folder.iterdir()} - LISTED == set()
    assert set(store.database.list_collection_names()) - before.keys() - LISTED == set()

    assert run("models", "remove", "default", "--yes").returncode == 0
    for name in store.collection.index_information():  # as the lines for mongosh do
        if name.startswith("monitor_"):
            store.collection.drop_index(name)
    store.collection.update_many({}, {"$unset": {FIELDS.logged: ""}})
    assert database_of(store) == before


def test_every_collection_and_every_file_of_the_state_folder_is_listed() -> None:
    code = "\n".join(file.read_text("utf-8") for file in (ROOT / "monitor_core").rglob("*.py"))
    collections = set(re.findall(r'\["(monitor_[a-z_]+)"\]|LEASE = "(monitor_[a-z_]+)"', code))
    assert len(collections) > 15
    assert sorted({"".join(names) for names in collections} - LISTED) == []
    files = set(re.findall(r'(?:state_folder|model_folder) / "([\w.-]+)"', code))
    assert len(files) > 5
    assert sorted(files - LISTED) == []


@pytest.mark.parametrize("line", re.findall(r"^ +(\./[^\n]+)$", TEXT, re.MULTILINE))
def test_the_commands_exist(line: str) -> None:
    program, *words = line.split()
    assert (ROOT / program).is_file()
    if program == "./monitor":
        assert run(*(word for word in words if not word.startswith("-")), "--help").returncode == 0
