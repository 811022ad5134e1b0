"""Several models in one monitor: the memory of the real app and logger, and the time of the page Models."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from playwright.sync_api import Browser, Page
from pymongo import MongoClient

from benchmarks import browser as clicks
from benchmarks import data, results
from benchmarks.data import FIELDS
from benchmarks.served import LOG, visit
from monitor_core.mongo import embedded
from monitor_core.mongo.connection import Document
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings

DATABASE = "app"
DAYS, CLASSES = 180, 12
UNREVIEWED = 0.2  # as many documents as this share of the reviewed ones are never reviewed
LONGEST_HOURS = 3  # that the logger may take to catch up
LOOK_SECONDS = 5.0  # between two looks at what is logged and judged
SESSIONS = 3  # that click through the models at once
VISITED = ("", "metrics_by_class", "drift", "samples_by_class")
CACHED_SECONDS = 10.5  # after which the page Models reads the states again
ROUNDS = 12  # of each measured click


def names(models: int) -> list[str]:
    return [f"model-{number:03d}" for number in range(1, models + 1)]


def collection_of(model: str) -> str:
    return model.replace("-", "_")


# ---- the documents


def fill(uri: str, database: str, models: int, documents: int, days: int) -> None:
    """Write the documents of the first model, and copies of them with shifted classes for the others."""
    now = datetime.now(UTC)
    first, *others = names(models)
    shape = data.Shape(days, UNREVIEWED, CLASSES, end=now)
    data.fill(uri, database, collection_of(first), round(documents / (1 + UNREVIEWED)), shape)
    with MongoClient[Document](uri) as client:
        predictions = client[database][collection_of(first)]
        data.leave_unreviewed(predictions, now)
        for shift, model in enumerate(others, 1):
            moved = {name: _shifted(f"${name}", shift) for name in (FIELDS.prediction, FIELDS.validated)}
            predictions.aggregate([{"$set": moved}, {"$out": collection_of(model)}])


def _shifted(value: str, by: int) -> Document:
    """Return the expression of another class; what confirms or rejects a prediction stays."""
    return {"$cond": [{"$isNumber": value}, {"$mod": [{"$add": [value, by % CLASSES]}, CLASSES]}, value]}


# ---- the processes


def megabytes(pid: int) -> float:
    """Return the memory of a process and of those that it has started, shared pages in parts (PSS)."""
    total = 0.0
    for each in (pid, *_children(pid)):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:  # it has ended
            continue
        total += float(rollup.partition("\nPss:")[2].split()[0]) / 1024
    return total


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def cpu_seconds(pid: int) -> float:
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@dataclass
class Memory:
    """The memory of the app and the logger, read twice a second."""

    pids: dict[str, int]
    over: threading.Event = field(default_factory=threading.Event)
    peak: dict[str, float] = field(default_factory=dict)

    def now(self) -> dict[str, float]:
        of_each = {name: megabytes(pid) for name, pid in self.pids.items()}
        return of_each | {"both": sum(of_each.values())}

    def watch(self) -> None:
        while not self.over.wait(0.5):
            for name, value in self.now().items():
                self.peak[name] = max(value, self.peak.get(name, 0))

    def take_peak(self) -> dict[str, float]:
        """Return the peak since the last call."""
        peak, self.peak = self.peak, {}
        return peak


@contextmanager
def logger(variables: dict[str, str], log: Path) -> Iterator[int]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "logger_worker.py"],
            cwd=ROOT,
            env=visit.clean_environment(variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


@dataclass(frozen=True)
class Progress:
    """The times, in seconds from the logger's start, at which models were first judged and all was logged."""

    judged: list[float]
    logged: float
    rows: int


def catch_up(stores: list[Store], log: Path, rows: int, began: float) -> Progress:
    """Wait until every review is logged, every rule judged and every day counted."""
    judged: dict[str, float] = {}
    logged_at, shown = 0.0, 0.0
    while time.monotonic() - began < LONGEST_HOURS * 3600:
        for store in stores:
            model = store.settings.model
            if model not in judged and not Rulebook(store).timeliness(store.now()).is_late:
                judged[model] = time.monotonic() - began
        logged = logged_rows(log)
        logged_at = logged_at or (time.monotonic() - began if logged >= rows else 0.0)
        if logged_at and len(judged) == len(stores):
            return Progress(sorted(judged.values()), logged_at, logged)
        if time.monotonic() - shown > 60:
            shown = time.monotonic()
            print(f"{shown - began:.0f} s: {logged:,} of {rows:,} logged, {len(judged)} judged", flush=True)
        time.sleep(LOOK_SECONDS)
    raise TimeoutError("the logger has not caught up")


def logged_rows(log: Path) -> int:
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return sum(line.get("logged", 0) for line in lines)


# ---- the app


@dataclass(frozen=True)
class Shown:
    """The milliseconds of one click: until it is drawn, and those of the script's runs."""

    whole: float
    script: float
    cpu: float


class Visitor:
    """A page in Chromium, whose clicks are measured."""

    def __init__(self, address: str, browser: Browser, log: Path) -> None:
        self.log = log
        self.page: Page = browser.new_context(viewport=clicks.SIZE).new_page()  # type: ignore[arg-type]
        self.page.set_default_timeout(120_000)
        self.page.add_init_script(f"({clicks.RECORDER})()")
        self.page.goto(f"{address}/models")
        self.wait()

    def wait(self) -> None:
        self.page.locator(visit.SETTLED).wait_for()
        self.page.wait_for_function(clicks.DRAWN, arg=[0, 20])

    def act(self, click: Callable[[], Any]) -> Shown:
        before = self._runs()
        click()
        self.wait()
        seen = self.page.evaluate("window.seen")
        runs = self._runs()[len(before) :]
        return Shown(
            seen["drawn"] - seen["began"], 1000 * sum(wall for wall, _ in runs), 1000 * sum(cpu for _, cpu in runs)
        )

    def to_models(self) -> Shown:
        def click() -> None:
            self.page.get_by_test_id("stTopNavSection").filter(has_text="Operate").click()
            self.page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Models").click()

        return self.act(click)

    def to_overview(self) -> Shown:
        return self.act(lambda: visit.turn_to(self.page, ""))

    def _runs(self) -> list[tuple[float, float]]:
        lines = [line.split() for line in self.log.read_text().splitlines() if line.startswith("script ")]
        return [(float(wall), float(cpu)) for _, wall, cpu in lines]


def page_models(visitor: Visitor, rounds: int) -> dict[str, list[Shown]]:
    """Open the page Models again and again: while its states are cached, and after that."""
    shown: dict[str, list[Shown]] = {"warm": [], "after 10 s": [], "Overview of a model": []}
    visitor.to_models()
    for _ in range(rounds):
        shown["Overview of a model"].append(visitor.to_overview())
        shown["warm"].append(visitor.to_models())
    for _ in range(max(1, rounds // 2)):
        visitor.to_overview()
        time.sleep(CACHED_SECONDS)
        shown["after 10 s"].append(visitor.to_models())
    return shown


def click_through(address: str, browser: Browser, models: list[str]) -> int:
    """Open pages of every model in several sessions at once; return the number of pages with an error."""
    pages = [browser.new_context(viewport=clicks.SIZE).new_page() for _ in range(SESSIONS)]  # type: ignore[arg-type]
    errors = 0
    for number, model in enumerate(models):
        for session, page in enumerate(pages):
            page.set_default_timeout(120_000)
            page.goto(f"{address}/{VISITED[(number + session) % len(VISITED)]}?model={model}", wait_until="commit")
        for page in pages:
            page.locator(visit.SETTLED).wait_for()
            errors += page.get_by_test_id("stException").count()
    for page in pages:
        page.context.close()
    return errors


# ---- the run


@contextmanager
def mongod(folder: Path | None) -> Iterator[tuple[Path, str, bool]]:
    """Yield the folder, the database's address, and whether a former run has left its documents there."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(exist_ok=True)
        is_filled = (place / "data").exists()
        with embedded.running(place / "data", embedded.run_folder(place)) as uri:
            yield place, uri, is_filled


def run(models: int, documents: int, days: int, folder: Path | None) -> None:
    row = results.machine() | {"models": f"{models}", "documents of each": f"{documents:,}", "days": f"{days}"}
    with mongod(folder) as (place, uri, is_filled):
        if not is_filled:
            fill(uri, DATABASE, models, documents, days)
        print(results.append("several models", row | measured(place, uri, models)))


def measured(place: Path, uri: str, models: int) -> dict[str, str]:
    """Return the columns of a run: the logger catches up, then people look at the page Models and click through."""
    variables = {
        "MONITOR_MONGODB_URI": uri,
        "MONITOR_DATABASE": DATABASE,
        "MONITOR_STATE_FOLDER": str(place / "state"),
        "MONITOR_LOG_FORMAT": "json",
        "MALLOC_ARENA_MAX": "2",  # as deploy/ has it
        "MONITOR_CLASS_NAMES": json.dumps({number: f"class {number}" for number in range(CLASSES)}),
    }
    variables |= {f"MONITOR_MODELS__{name.upper()}__COLLECTION": collection_of(name) for name in names(models)}
    runs, log = place / "told", place / "logger.log"
    runs.write_text("")
    log.write_text("")
    common: dict[str, Any] = {"mongodb_uri": uri, "database": DATABASE, "state_folder": place / "state"}
    stores = [Store(Settings(model=name, collection=collection_of(name), **common)) for name in names(models)]
    waiting: Document = {FIELDS.validated_at: {"$ne": None}, FIELDS.logged: False}
    waits = sum(store.collection.count_documents(waiting) for store in stores)
    began = time.monotonic()
    program = ["-m", "benchmarks", "app-process"]
    with (
        visit.started(program, variables | {LOG: str(runs)}, place / "app.log") as (address, app_pid),
        logger(variables, log) as logger_pid,
        visit.chromium() as browser,
    ):
        memory = Memory({"app": app_pid, "logger": logger_pid})
        watcher = threading.Thread(target=memory.watch)
        watcher.start()
        try:
            progress = catch_up(stores, log, waits, began)
            return _columns(memory, progress, cpu_seconds(logger_pid), address, browser, runs, names(models))
        finally:
            memory.over.set()
            watcher.join()


def _columns(
    memory: Memory, progress: Progress, cpu: float, address: str, browser: Browser, runs: Path, models: list[str]
) -> dict[str, str]:
    columns = {
        "rows logged": f"{progress.rows:,}",
        "in, s": f"{progress.logged:.0f}",
        "rows/s": f"{progress.rows / progress.logged:,.0f}",
        "logger's CPU, s": f"{cpu:.0f}",
        "first, median, last model judged after, s": " / ".join(
            f"{value:.0f}" for value in (progress.judged[0], statistics.median(progress.judged), progress.judged[-1])
        ),
        "peak meanwhile": _megabytes(memory.take_peak()),
    }
    visitor = Visitor(address, browser, runs)
    shown = page_models(visitor, ROUNDS)
    columns |= {
        "app + logger, MB": _megabytes(memory.now()),
        "threads of the logger": f"{threads(memory.pids['logger'])}",
    }
    memory.take_peak()
    errors = click_through(address, browser, models)
    columns |= {"peak with 3 sessions": _megabytes(memory.take_peak()), "then": _megabytes(memory.now())}
    for what, each in shown.items():
        columns[f"{what}: drawn / script / its CPU, ms"] = " / ".join(
            f"{statistics.median(values):.0f}"
            for values in ([one.whole for one in each], [one.script for one in each], [one.cpu for one in each])
        )
    return columns | {"errors": f"{errors}"}


def _megabytes(of_each: dict[str, float]) -> str:
    return f"{of_each['app']:.0f} + {of_each['logger']:.0f} = {of_each['both']:.0f}"


def main(
    models: Annotated[int, typer.Option(help="Number of models.")] = 20,
    documents: Annotated[int, typer.Option(help="Documents of each.")] = 500_000,
    days: Annotated[int, typer.Option(help="Days that they are spread over.")] = DAYS,
    folder: Annotated[Path | None, typer.Option(help="Keep the database here, or use the one of a former run.")] = None,
) -> None:
    """Measure the memory and the page Models of several models, and add a row to RESULTS.md."""
    run(models, documents, days, folder)


if __name__ == "__main__":
    typer.run(main)
