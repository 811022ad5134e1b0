"""A user who may only read: what works, and what is said of the rest."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient
from streamlit.testing.v1 import AppTest

from monitor_core.mongo import embedded
from monitor_core.mongo.sample_pages import sample_token
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.app_pages import OVERVIEW, PAGES, visit
from tests.app_pages import said as words_of
from tests.command import run
from tests.documents import FIELDS, fields, prediction

PASSWORD = "hush-hush"  # noqa: S105 - nobody's
USERS = {
    "only_reads": [{"role": "read", "db": "theirs"}],
    "writes_elsewhere": [{"role": "read", "db": "theirs"}, {"role": "readWrite", "db": "ours"}],
    "only_finds": [{"role": "finds", "db": "theirs"}, {"role": "readWrite", "db": "ours"}],
    "stranger": [{"role": "read", "db": "another"}],
}
ROWS = 60


@dataclass(frozen=True)
class Guarded:
    """A mongod with access control, and its users' environments."""

    host: str
    root: "MongoClient[Any]"
    monkeypatch: pytest.MonkeyPatch

    def become(self, user: str, **settings: str) -> None:
        uri = f"mongodb://{user}:{PASSWORD}@{self.host}/?authSource=admin"
        for name, value in {"MONITOR_MONGODB_URI": uri, "MONITOR_DATABASE": "theirs", **settings}.items():
            self.monkeypatch.setenv(name, value)


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    binary = embedded.chosen().path
    data, sockets = tmp_path / "data", embedded.run_folder(tmp_path)
    data.mkdir()
    command = [*embedded.arguments(binary, data, sockets), "--auth", "--logpath", str(tmp_path / "mongod.log")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    host = quote(str(sockets / embedded.SOCKET), safe="")
    first: MongoClient[Any] = MongoClient(f"mongodb://{host}")  # until there is a user, whoever is on the machine may
    first.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])
    root: MongoClient[Any] = MongoClient(f"mongodb://root:{PASSWORD}@{host}/?authSource=admin", tz_aware=True)
    finds = [{"resource": {"db": "theirs", "collection": "image_logs"}, "actions": ["find"]}]
    root["theirs"].command("createRole", "finds", privileges=finds, roles=[])
    for user, roles in USERS.items():
        root.admin.command("createUser", user, pwd=PASSWORD, roles=roles)
    now = datetime.now(UTC)
    root["theirs"]["image_logs"].insert_many(
        prediction(now - timedelta(days=n % 20, hours=3), n % 3, n % 3 if n % 5 else 0, reviewed=timedelta(hours=1))
        for n in range(ROWS)
    )
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(tmp_path / "state"))
    yield Guarded(host, root, monkeypatch)
    embedded.stop(process)


def log_once() -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "logger_worker.py", "--once"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False, env=os.environ)


def assert_pages_show_numbers() -> None:
    app = visit(OVERVIEW)
    assert app.metric[0].value == str(ROWS)
    for page in PAGES:
        app = app.switch_page(f"pages/{page}.py").run()
        assert [box.value for box in (*app.exception, *app.error)] == [], page
        assert len(app.header) == 1, page


def test_one_who_may_write_elsewhere_has_all_of_it(guarded: Guarded) -> None:
    guarded.become("writes_elsewhere", MONITOR_STATE_DATABASE="ours")
    for logged in (ROWS, 0):
        ended = log_once()
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert f"logged={logged} " in ended.stdout + ended.stderr
    ours = guarded.root["ours"]
    assert ours["monitor_logged"].count_documents({}) == ROWS
    assert guarded.root["theirs"].list_collection_names() == ["image_logs"]
    assert guarded.root["theirs"]["image_logs"].count_documents(fields(logged={"$exists": True})) == 0
    for name in ("monitor_history", "monitor_rules", "monitor_quality", "monitor_profiles"):
        assert ours[name].find_one() is not None, name
    doctor = run("doctor")
    assert doctor.returncode == 0, doctor.stdout
    for said in (
        "The user may not write to theirs.image_logs; the logger remembers what it has logged in ours.monitor_logged.",
        "The user may not create 8 indexes that would make counting faster; everything works without.",
        f"{ROWS} logged predictions cannot be marked as logged: the user has no right to do this.",
        "No reviewed prediction waits for the logger.",
    ):
        assert said in doctor.stdout
    assert_pages_show_numbers()


def test_one_who_may_not_list_the_indexes_needs_none(guarded: Guarded) -> None:
    guarded.become("only_finds", MONITOR_STATE_DATABASE="ours")
    guarded.root["theirs"]["image_logs"].create_index(FIELDS.validated_at, name="theirs")
    for logged in (ROWS, 0):
        ended = log_once()
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert f"logged={logged} " in ended.stdout + ended.stderr
        assert "index_missing" not in ended.stdout + ended.stderr
    for command in (["report"], ["quality"], ["check"], ["logging", "set-aside"], ["reviews"]):
        ended_command = run(*command)
        assert "may not" not in ended_command.stderr, command
        assert ended_command.returncode == (2 if command == ["check"] else 0), command  # it has too few days
    doctor = run("doctor")
    assert "may not read" not in doctor.stdout
    assert "The user may not list the indexes of theirs.image_logs" in doctor.stdout
    assert "There is no index" not in doctor.stdout
    assert doctor.returncode == 0, doctor.stdout


def test_one_who_may_only_read_has_the_numbers_and_is_told_what_the_logger_needs(guarded: Guarded) -> None:
    guarded.become("only_reads")
    ended = log_once()
    assert ended.returncode == 1
    (line,) = [line for line in (ended.stdout + ended.stderr).splitlines() if "tick_failed" in line]
    assert (
        "the user may not write to the database theirs. Give it the role readWrite there, or set "
        "MONITOR_STATE_DATABASE to another database where it has it" in line
    )
    assert "database_down" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    doctor = run("doctor")
    assert doctor.returncode == 1
    assert "The user may not write to the database theirs, which is enough for the app only." in doctor.stdout
    assert_pages_show_numbers()


def test_one_who_may_write_but_not_all_is_told_what_the_logger_lacks(guarded: Guarded) -> None:
    inserts = [{"resource": {"db": "ours", "collection": ""}, "actions": ["find", "insert", "update"]}]
    guarded.root["ours"].command("createRole", "inserts", privileges=inserts, roles=[])
    roles: list[Any] = [{"role": "read", "db": "theirs"}, {"role": "inserts", "db": "ours"}]
    guarded.root.admin.command("createUser", "inserts", pwd=PASSWORD, roles=roles)
    guarded.become("inserts", MONITOR_STATE_DATABASE="ours")
    doctor = run("doctor")
    assert doctor.returncode == 1
    assert "the logger needs: it lacks remove and createIndex. Give it the role readWrite there." in doctor.stdout


def test_without_the_right_to_review_it_is_named_and_what_the_documentation_grants_is_enough(guarded: Guarded) -> None:
    guarded.become("only_reads", MONITOR_REVIEWING="true")
    missing = (
        "update on theirs.image_logs, insert and update on theirs.monitor_reviews and insert, update and remove on "
        "theirs.monitor_holds"
    )
    made = prediction(datetime.now(UTC) - timedelta(days=1), 1, None, 0.1, None)
    sample_id = guarded.root["theirs"]["image_logs"].insert_one(made).inserted_id
    for app in (review_first(), visit("investigate/samples", sample=sample_token(sample_id))):
        assert missing in words_of(app)
        assert [box.value for box in app.exception] == []
    assert missing in run("doctor").stdout
    granted = re.findall(r'collection: "(\w+)" \}, actions: (\[.*?\])', (ROOT / "docs/reviewing.md").read_text("utf-8"))
    privileges = [
        {"resource": {"db": "theirs", "collection": name}, "actions": json.loads(actions)} for name, actions in granted
    ]
    assert len(privileges) == 3
    guarded.root["theirs"].command("createRole", "reviews", privileges=privileges, roles=[])
    roles: list[Any] = [{"role": "read", "db": "theirs"}, {"role": "reviews", "db": "theirs"}]
    guarded.root.admin.command("createUser", "reviews", pwd=PASSWORD, roles=roles)
    forget_caches()
    guarded.become("reviews", MONITOR_REVIEWING="true")
    assert "Editors can review in the app" in run("doctor").stdout
    app = review_first()
    app = app.button[[one.label for one in app.button].index("Reject")].click().run()
    app = app.button[[one.label for one in app.button].index("Undo")].click().run()
    assert [box.value for box in (*app.exception, *app.error, *app.warning)] == []
    (entry,) = guarded.root["theirs"]["monitor_reviews"].find()
    assert entry["state"] == "undone"


def review_first() -> AppTest:
    app = visit("investigate/review_next", period="all")
    return app.button[[one.label for one in app.button].index("Review: most informative")].click().run()


def forget_caches() -> None:
    """Be another app, of another user."""
    import streamlit as st

    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("stranger", "the user may not read the database theirs. Give it the role read there"),
        ("nobody", "user or password are wrong. Check user, password and authSource in MONITOR_MONGODB_URI"),
    ],
)
def test_one_whom_the_database_refuses_is_told_why(guarded: Guarded, user: str, said: str) -> None:
    guarded.become(user)
    ended = log_once()
    assert ended.returncode == 1
    assert "database_down" not in ended.stdout + ended.stderr
    for command in ("report", "doctor"):
        ended = run(command)
        assert said in ended.stdout + ended.stderr
        assert ended.returncode == (1 if command == "doctor" else 2)
    app = visit(OVERVIEW)
    assert list(app.exception) == []
    assert [said in box.value.replace("\\", "") for box in app.error] == [True]


def test_rights_are_read_as_mongodb_gives_them(guarded: Guarded) -> None:
    guarded.become("writes_elsewhere", MONITOR_STATE_DATABASE="ours")
    store = Store(load().settings)
    assert store.may("insert", store.database["monitor_worker"])
    assert store.may("find", store.collection)
    assert not store.may("update", store.collection)
    guarded.become("root")
    assert Store(load().settings).may("update", store.collection)
