"""The real app over a year of predictions that ends now, for the benchmarks that visit it."""

import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import data
from monitor_core import embedded, jobs, reports
from monitor_core.history import History
from monitor_core.settings import ROOT, Settings
from monitor_core.store import Store

sys.path.append(str(ROOT / "tests"))

from browser import visit

DAYS = 365
TRAINED = 0.1  # of the reviewed documents
PAUSE = 5.0  # seconds between two reviews while the app is visited: 17,000 a day
LOG = "BENCHMARK_DERIVED"  # variable: the file that each derivation of scores adds a line to


@dataclass(frozen=True)
class Served:
    address: str
    pid: int  # of the app
    store: Store
    documents: int
    reviewed: int
    derived: Path

    def megabytes(self) -> float:
        """Resident memory of the app."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return float(status.partition("VmRSS:")[2].split()[0]) / 1024

    def derivations(self) -> Counter[str]:
        """How often the app derived the scores of each selection."""
        return Counter(self.derived.read_text().splitlines())

    def asked(self) -> tuple[int, float]:
        """What the database has answered so far: reads and commands, and their seconds."""
        told = self.store.database.command("serverStatus")["opLatencies"]
        both = [told["reads"], told["commands"]]
        return sum(one["ops"] for one in both), sum(one["latency"] for one in both) / 1e6


@contextmanager
def served(rows: int) -> Iterator[Served]:
    """A mongod of its own, history warm, and somebody who reviews; all of it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with embedded.running(folder / "data", embedded.run_folder(folder)) as uri:
            store = Store(Settings(mongodb_uri=uri, database="app", state_folder=folder))
            documents = _fill(store, uri, rows)
            derived = folder / "derived"
            derived.touch()
            variables = {"MONITOR_MONGODB_URI": uri, "MONITOR_DATABASE": "app", "MONITOR_STATE_FOLDER": name}
            program = ["-m", "benchmarks", "app-process"]
            with (
                visit.started(program, variables | {LOG: str(derived)}, folder / "app.log") as (address, pid),
                _production(store),
            ):
                yield Served(address, pid, store, documents, store.reviewed_ever(), derived)


def _fill(store: Store, uri: str, rows: int) -> int:
    now = datetime.now(UTC)
    shape = data.Shape(DAYS, logged=True, trained=TRAINED, end=now)
    documents = data.fill(uri, "app", store.settings.collection, rows, shape)
    not_yet = {"output_validated": None, "timestamp_validated": None, "logged": False, "trained": False}
    store.predictions.update_many({"timestamp_validated": {"$gt": now}}, {"$set": not_yet})
    store.create_indexes()
    history = History(store)
    history.create_indexes()
    history.refresh()
    history.look()
    jobs.tick(store)
    print(f"{documents:,} documents", flush=True)
    return documents


@contextmanager
def _production(store: Store) -> Iterator[None]:
    """Reviews go on meanwhile, and the worker follows them every two minutes: today is never known for long."""
    over = threading.Event()

    def review() -> None:
        history, done = History(store), 0
        while not over.wait(PAUSE):
            review = {"output_validated": 1, "timestamp_validated": store.now()}
            store.predictions.find_one_and_update({"output_validated": None}, {"$set": review}, sort=[("_id", -1)])
            done += 1
            if done % int(120 / PAUSE) == 0:
                history.look()
                history.refresh()

    thread = threading.Thread(target=review)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def process(arguments: list[str]) -> None:
    """The app as `streamlit run` starts it; it tells each derivation of scores besides."""
    from streamlit.web import cli

    derive, log = reports.performance_of, Path(os.environ[LOG])

    def told(counts: Any, selection: Any, settings: Any) -> Any:
        with log.open("a") as file:
            file.write(f"{selection.period.first} {selection.period.last} {selection.basis}\n")
        return derive(counts, selection, settings)

    reports.performance_of = told
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *arguments]
    cli.main()
