"""A replica set whose primary is killed while two workers log: nothing lost, nothing doubled."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo import embedded
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import counted, everything, kill, local_files, rows, start

ROWS = 600
NODE_NOT_FOUND = 74


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def members(tmp_path: Path) -> Iterator[dict[int, "subprocess.Popen[bytes]"]]:
    """Three of the bundled mongod, by port; on loopback, for members of a set speak TCP."""
    binary = embedded.mongod()
    assert binary
    assert embedded.why_not() is None
    found = {}
    for port in (free_port(), free_port(), free_port()):
        folder = tmp_path / str(port)
        folder.mkdir()
        command = [binary, "--replSet", "rs", "--port", str(port), "--bind_ip", "127.0.0.1", "--dbpath", folder]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--quiet", "--logpath", folder / "log"]
        command += ["--networkMessageCompressors", "disabled"]
        found[port] = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    yield found
    for member in found.values():
        member.kill()
        member.wait()


def initiate(ports: list[int]) -> str:
    client: MongoClient[Any] = MongoClient("127.0.0.1", ports[0], directConnection=True)
    config = {
        "_id": "rs",
        "members": [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(ports)],
        "settings": {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500},
    }
    deadline = time.monotonic() + 60
    while True:
        try:
            client.admin.command("replSetInitiate", config)
            break
        except OperationFailure as wrong:
            if wrong.code != NODE_NOT_FOUND or time.monotonic() > deadline:  # else a member is not up yet
                raise
            time.sleep(0.2)
    client.close()
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"mongodb://{hosts}/?replicaSet=rs"


def primary(uri: str) -> int:
    """The primary's port, once there is one that takes writes."""
    client: MongoClient[Any] = MongoClient(uri, serverSelectionTimeoutMS=500)
    deadline = time.monotonic() + 60
    while True:
        try:
            client["election"]["probe"].insert_one({})
            assert client.primary
            return client.primary[1]
        except PyMongoError:
            assert time.monotonic() < deadline
        finally:
            client.close()
            client = MongoClient(uri, serverSelectionTimeoutMS=500)


def test_the_app_counts_on_a_secondary_if_told_so(
    members: dict[int, "subprocess.Popen[bytes]"], make_store: Callable[..., Store]
) -> None:
    uri = initiate(list(members))
    first = primary(uri)
    store = make_store(mongodb_uri=f"{uri}&readPreference=secondary")
    store.collection.insert_many(rows(random.Random(1), 0, 50))
    today = store.now().date()
    selection = Selection(Period(date(2026, 1, 1), today), "validated")
    app = Store(store.settings, "secondary")
    deadline = time.monotonic() + 30
    while app.counts.of(selection).documents < 50 and time.monotonic() < deadline:  # until it has arrived there
        time.sleep(0.05)
    assert app.counts.of(selection).digest == store.counts.of(selection).digest
    before = aggregates(members)
    app.counts.of(selection)
    more = {port: count - before[port] for port, count in aggregates(members).items()}
    assert more.pop(first) <= 1  # whether the worker has looked; there is no history here
    assert max(more.values()) > 2


def aggregates(ports: Iterable[int]) -> dict[int, int]:
    """How many aggregates each member has answered."""
    found = {}
    for port in ports:
        with MongoClient[Any]("127.0.0.1", port, directConnection=True) as client:
            found[port] = client.admin.command("serverStatus")["metrics"]["commands"]["aggregate"]["total"]
    return found


def test_a_primary_killed_while_two_workers_log_loses_and_doubles_nothing(
    members: dict[int, "subprocess.Popen[bytes]"],
    make_store: Callable[..., Store],
    variables: dict[str, str],
    whylabs: WhyLabsShaped,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = initiate(list(members))
    primary(uri)
    monkeypatch.setenv("MONITOR_MONGODB_URI", uri)
    store = make_store(mongodb_uri=uri)
    Outbox(store).create_indexes()
    store.collection.insert_many(rows(random.Random(1), 0, ROWS))
    environment = variables | {"MONITOR_MONGODB_URI": uri, "MONITOR_LOG_BATCH": "10"}

    workers = [start(environment, owner, timedelta(minutes=14)) for owner in ("one", "two")]
    started = time.monotonic()
    while len(whylabs.received) < 5:
        assert time.monotonic() - started < 120, "no logger uploads anything"
        time.sleep(0.01)
    old = primary(uri)
    os.kill(members[old].pid, signal.SIGKILL)
    killed = time.monotonic()
    arrived = len(whylabs.received)
    while len(whylabs.received) < arrived + 3:
        assert time.monotonic() - killed < 60
        time.sleep(0.01)
    print(f"primary killed after {arrived} uploads; logging went on {time.monotonic() - killed:.1f} s later")
    for worker in workers:
        worker.join(90)
    alive = [worker for worker in workers if worker.is_alive()]
    for worker in workers:
        kill(worker)

    assert not alive
    assert primary(uri) != old
    assert counted(list(whylabs.received.values())) == counted(local_files(store)) == everything(ROWS)
    assert store.collection.count_documents({"logged": True}) == ROWS
