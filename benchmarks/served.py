"""The real app on a year of predictions that ends now, for the benchmarks that visit it."""

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.data import FIELDS
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.mongo import embedded
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.settings.settings import ROOT, Settings
from tests.browser import visit as visit  # a name for the benchmarks too

DAYS = 365
TRAINED = 0.1  # of the reviewed documents
PAUSE = 5.0  # seconds between two reviews while the app is visited: 17,000 a day
LOG = "BENCHMARK_LOG"  # variable: the file that the app tells its script runs and its derivations of scores


@dataclass(frozen=True)
class Served:
    address: str
    pid: int  # of the app
    store: Store
    documents: int
    reviewed: int
    log: Path

    def megabytes(self) -> float:
        """Resident memory of the app."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return float(status.partition("VmRSS:")[2].split()[0]) / 1024

    def derivations(self) -> Counter[str]:
        """Number of times that the app derived the scores of each selection."""
        return Counter(self._told("derived"))

    def script_runs(self) -> list[tuple[float, float]]:
        """Seconds and CPU seconds of each run of the script, of all pages and sessions."""
        return [(float(wall), float(cpu)) for wall, cpu in map(str.split, self._told("script"))]

    def _told(self, kind: str) -> list[str]:
        lines = self.log.read_text().splitlines()
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{kind} ")]

    def asked(self) -> tuple[int, float]:
        """Number of reads and commands answered by the database so far, and their seconds."""
        told = self.store.database.command("serverStatus")["opLatencies"]
        both = [told["reads"], told["commands"]]
        return sum(one["ops"] for one in both), sum(one["latency"] for one in both) / 1e6


@contextmanager
def served(rows: int) -> Iterator[Served]:
    """Yield the app on a mongod of its own, with a complete history and ongoing reviews, for as long as the block."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with embedded.running(folder / "data", embedded.run_folder(folder)) as uri:
            store = Store(Settings(mongodb_uri=uri, database="app", state_folder=folder))
            documents = _fill(store, uri, rows)
            log = folder / "told"
            log.touch()
            variables = {"MONITOR_MONGODB_URI": uri, "MONITOR_DATABASE": "app", "MONITOR_STATE_FOLDER": name}
            variables |= {"MALLOC_ARENA_MAX": "2"}  # as deploy/ has it
            program = ["-m", "benchmarks", "app-process"]
            with (
                visit.started(program, variables | {LOG: str(log)}, folder / "app.log") as (address, pid),
                _production(store),
            ):
                yield Served(
                    address,
                    pid,
                    store,
                    documents,
                    store.collection.count_documents({FIELDS.validated_at: {"$ne": None}}),
                    log,
                )


def _fill(store: Store, uri: str, rows: int) -> int:
    now = datetime.now(UTC)
    shape = data.Shape(DAYS, logged=True, trained=TRAINED, end=now)
    documents = data.fill(uri, "app", store.settings.collection, rows, shape)
    data.leave_unreviewed(store.collection, now)
    store.indexes.create()
    store.history.create_indexes()
    history.refresh(store)
    history.note_changes(store)
    jobs.tick(store)
    print(f"{documents:,} documents", flush=True)
    return documents


@contextmanager
def _production(store: Store) -> Iterator[None]:
    """Continue reviewing, with a run of the logger every two minutes, so that today's counts keep changing."""
    over = threading.Event()

    def review() -> None:
        done = 0
        while not over.wait(PAUSE):
            review = {FIELDS.validated: 1, FIELDS.validated_at: store.now()}
            store.collection.find_one_and_update({FIELDS.validated: None}, {"$set": review}, sort=[("_id", -1)])
            done += 1
            if done % int(120 / PAUSE) == 0:
                jobs.tick(store)

    thread = threading.Thread(target=review)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def process(arguments: list[str]) -> None:
    """Run the app as `streamlit run` does, and report each run of its script and each derivation of scores."""
    from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
    from streamlit.web import cli

    log = Path(os.environ[LOG])
    derive, run_script = reports.performance_of, ScriptRunner._run_script

    def told(line: str) -> None:
        with log.open("a") as file:
            file.write(line + "\n")

    def performance_of(counts: Any, selection: Any, settings: Any) -> Any:
        told(f"derived {selection.period.first} {selection.period.last} {selection.basis}")
        return derive(counts, selection, settings)

    def timed(runner: Any, asked: Any) -> None:
        began, cpu = time.perf_counter(), time.thread_time()
        run_script(runner, asked)
        told(f"script {time.perf_counter() - began} {time.thread_time() - cpu}")

    reports.performance_of = performance_of
    ScriptRunner._run_script = timed  # type: ignore[method-assign, assignment]
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *arguments]
    cli.main()
