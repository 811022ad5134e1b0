"""Workers of the tests: started, killed, and what they wrote."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx2

from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.logger import profiles
from monitor_core.logger import tick as jobs
from monitor_core.logger.destinations import whylabs as platform
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.documents import at, reviewed


def confusion(data: bytes) -> dict[tuple[str, str], int]:
    """(target, prediction) -> count, as whylogs reads it back; whylogs itself keys it (prediction, target)."""
    matrix = profiles.read_profile(data).model_performance_metrics.confusion_matrix
    cells = {(matrix.labels[t], matrix.labels[p]): int(cell.n) for (p, t), cell in matrix.confusion_matrix.items()}
    return {names: count for names, count in cells.items() if count}


def run_worker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "logger_worker.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)


CLASSES = 200


FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["tests.workers", "tests.preloaded"])  # once, not in each logger


def work(environment: dict[str, str], valid: timedelta, owner: str) -> None:
    """A worker that ticks without a pause until it is killed, or only what a person has to settle is left."""
    os.environ.update(environment)
    platform.TIMEOUT = httpx2.Timeout(0.4)
    platform.wait_exponential_jitter = lambda **_: lambda _state: 0.02  # type: ignore[assignment, misc]
    platform.WhyLabs.repeatable = valid
    store = Store(load().settings)
    while True:
        with suppress(DatabaseUnavailable):  # a new primary is being elected
            result = jobs.tick(store, owner, patient=False)
            if result and not result.error and not left(Outbox(store)):
                Outbox(store).release(owner)
                return
        time.sleep(0.05)


def start(variables: dict[str, str], owner: str, valid: timedelta = timedelta(minutes=14)) -> BaseProcess:
    worker = FORK.Process(target=work, args=(variables, valid, owner))
    worker.start()
    return worker


def kill(worker: BaseProcess) -> None:
    if worker.pid and worker.is_alive():
        os.kill(worker.pid, signal.SIGKILL)
    worker.join()


def rows(chance: random.Random, first: int, count: int) -> list[dict[str, Any]]:
    """Each class in turn, so that a row lost and another doubled do not make up for each other."""
    day = [at(2026, 10, 1, 12) + timedelta(days=chance.randrange(4)) for _ in range(count)]
    return [reviewed(n % CLASSES, n % CLASSES, day[n - first]) for n in range(first, first + count)]


def counted(files: list[bytes]) -> Counter[str]:
    total: Counter[str] = Counter()
    for data in files:
        for (target, _), count in confusion(data).items():
            total[target] += count
    return total


def local_files(store: Store) -> list[bytes]:
    return [file.read_bytes() for file in Path(store.settings.state_folder / "profiles").rglob("*.bin")]


def everything(rows_written: int) -> Counter[str]:
    return Counter(str(n % CLASSES) for n in range(rows_written))


def left(outbox: Outbox) -> bool:
    """Whether a worker has anything to do with the open batches."""
    states = defaultdict(set[str], {batch.id: set[str]() for batch in outbox.open_batches()})
    for part in outbox.parts.documents.find():
        states[part["batch"]] |= {to["state"] for to in part["to"].values()}
    return any("uncertain" not in of_one or not of_one <= {"sent", "uncertain"} for of_one in states.values())
