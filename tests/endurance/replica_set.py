"""Four failures of a replica set's members while two loggers log: every review arrives once."""

import os
import random
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests import workers
from tests.documents import fields
from tests.endurance.services import DATABASE, predictions, variables
from tests.replica_set import ReplicaSet
from tests.whylabs_shaped import WhyLabsShaped, whylabs_shaped

PATIENCE = 300  # seconds


def kill_the_primary(of: ReplicaSet) -> None:
    old = of.primary()
    of.kill(old)
    of.primary()
    of.members[old] = of.start(old)


def let_the_primary_step_down(of: ReplicaSet) -> None:
    of.primary()
    with MongoClient[Any](of.uri) as client:
        client.admin.command("replSetStepDown", 5, secondaryCatchUpPeriodSecs=3)


def stop_the_primary_s_clock(of: ReplicaSet) -> None:
    """Let it stand still for longer than an election takes: it wakes up and believes that it is still the primary."""
    frozen = of.members[of.primary()].pid
    os.kill(frozen, signal.SIGSTOP)
    time.sleep(8)
    os.kill(frozen, signal.SIGCONT)


def kill_a_majority(of: ReplicaSet) -> None:
    """Without one there is no primary until the others are back."""
    dead = [port for port in of.members if port != of.primary()]
    for port in dead:
        of.kill(port)
    time.sleep(5)
    for port in dead:
        of.members[port] = of.start(port)


DISTURBANCES: tuple[Callable[[ReplicaSet], None], ...] = (
    kill_the_primary,
    let_the_primary_step_down,
    stop_the_primary_s_clock,
    kill_a_majority,
)


def run(folder: Path, rows: int, seed: int) -> list[str]:
    """Return what is wrong after the four disturbances."""
    members = ReplicaSet(folder)
    try:
        with whylabs_shaped() as whylabs:
            return _log_through(members, folder, whylabs, rows, random.Random(seed))
    finally:
        members.stop()


def _log_through(
    members: ReplicaSet, folder: Path, whylabs: WhyLabsShaped, number: int, chance: random.Random
) -> list[str]:
    of_logger = variables(members.uri, folder / "state", whylabs) | {"MONITOR_LOG_BATCH": "10"}
    collection, written, wrong = predictions(members.uri), 0, []
    for disturb in DISTURBANCES:
        more = number // len(DISTURBANCES)
        members.primary()
        collection.insert_many(workers.rows(chance, written, more))
        written += more
        loggers = [workers.start(of_logger, owner, timedelta(minutes=14)) for owner in ("one", "two")]
        arrived = len(whylabs.received)
        _until(lambda arrived=arrived: len(whylabs.received) > arrived + 3)
        began = time.monotonic()
        disturb(members)
        members.primary()
        print(f"{disturb.__name__}: a primary after {time.monotonic() - began:.1f} s, {len(whylabs.received)} uploads")
        for logger in loggers:
            logger.join(PATIENCE)
        wrong += [f"{disturb.__name__}: a logger did not end" for logger in loggers if logger.is_alive()]
        for logger in loggers:
            workers.kill(logger)
    store = Store(Settings(mongodb_uri=members.uri, database=DATABASE, state_folder=folder / "state"))
    for name, files in {
        "WhyLabs": list(whylabs.received.values()),
        "local profiles": workers.local_files(store),
    }.items():
        if workers.counted(files) != workers.everything(written):
            wrong.append(f"{name}: {workers.counted(files)} instead of {workers.everything(written)}")
    marked = store.collection.count_documents(fields(logged=True))
    print(f"{len(DISTURBANCES)} disturbances, {written} reviews, {len(whylabs.received)} uploads")
    return wrong + ([] if marked == written else [f"{marked} of {written} are marked as logged"])


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "no logger uploads anything"
        time.sleep(0.01)
