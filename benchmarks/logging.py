"""The logger's time for a backlog, compared with the naive way.

The naive way is a script of thirty lines: fetch everything, make one whylogs profile a day with the matrix row by row,
write the files, then `update_many` with all ids in one `$in`. It loses or duplicates rows when it dies, and a single
command holds at most about 800,000 ids.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from datetime import time as midnight
from pathlib import Path
from typing import Any

from benchmarks import data, results
from benchmarks.data import FIELDS
from monitor_core.logger import batches, profiles
from monitor_core.logger.run import Run
from monitor_core.mongo import embedded
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load


def run(rows: int, naive_rows: int) -> None:
    """Measure both ways in one run, on a mongod of its own, each in a fresh process."""
    row = results.machine()  # with the load before ours
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with embedded.running(folder / "data", embedded.run_folder(folder)) as uri:
            ours = _measured("ours", uri, folder / "ours", rows)
            naive = _measured("naive", uri, folder / "naive", naive_rows)
    row |= {
        "mongod": ours["mongod"],
        "rows": f"{rows:,}",
        "ours, rows/s": f"{ours['rate']:,.0f}",
        "ours, CPU µs/row": f"{ours['cpu'] / rows * 1e6:.0f}",
        "ours, peak MB": f"{ours['megabytes']:.0f}",
        "naive on rows": f"{naive_rows:,}",
        "naive, rows/s": f"{naive['rate']:,.0f}",
        "naive, CPU µs/row": f"{naive['cpu'] / naive_rows * 1e6:.0f}",
        "naive, peak MB": f"{naive['megabytes']:.0f}",
        "ratio": f"{ours['rate'] / naive['rate']:.1f}",
    }
    print(results.append("logging", row))


def _measured(way: str, uri: str, state: Path, rows: int) -> dict[str, Any]:
    """Fill a fresh database, and log it in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR_", "WHYLABS_"))}
    environment |= {"MONITOR_MONGODB_URI": uri, "MONITOR_DATABASE": way, "MONITOR_STATE_FOLDER": str(state)}
    documents = data.fill(uri, way, "image_logs", rows)
    print(f"{way}: {documents:,} documents, {rows:,} of them reviewed", flush=True)
    command = [sys.executable, "-m", "benchmarks", "logging-process", way]
    ended = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    assert found["logged"] == rows, found  # noqa: S101 - a figure for less would be false
    found["rate"] = rows / found["seconds"]
    print(f"{way}: {found['seconds']:.1f} s, {found['rate']:,.0f} rows/s, {found['megabytes']:.0f} MB", flush=True)
    return found


def process(way: str) -> None:
    """Log the configured database, whose indexes exist already, and print the measurements as JSON."""
    store = Store(load().settings)
    store.indexes.create()
    Outbox(store).create_indexes()
    ways: dict[str, Callable[[Store], int]] = {"ours": _ours, "naive": _naive}
    began, cpu = time.monotonic(), time.process_time() + _mongod_cpu(store)
    logged = ways[way](store)
    seconds, cpu = time.monotonic() - began, time.process_time() + _mongod_cpu(store) - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB on Linux
    found = {"logged": logged, "seconds": seconds, "cpu": cpu, "megabytes": peak / 1024, "mongod": store.server()}
    print(json.dumps(found))


def _mongod_cpu(store: Store) -> float:
    """Return mongod's CPU seconds since its start, over all cores, which other programs affect little."""
    spent = store.database.client.admin.command("serverStatus")["extra_info"]
    return float(spent["user_time_us"] + spent["system_time_us"]) / 1e6


def _ours(store: Store) -> int:
    """Take the logging part of a run; the history that follows it has its own benchmark."""
    run = Run(store, Outbox(store), "benchmark", lambda: False, True, lambda rows: None)
    assert run.outbox.acquire("benchmark")  # noqa: S101 - nobody else is here
    batches.log_reviewed(run)
    return 0 if run.error else run.logged


def _naive(store: Store) -> int:
    pending = {FIELDS.logged: {"$ne": True}, FIELDS.validated: {"$ne": None}}
    found = list(store.collection.find(pending))
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for document in found:
        days[document[FIELDS.predicted_at].date()].append(document)
    folder = store.settings.state_folder / "profiles"
    folder.mkdir(parents=True)
    for day, documents in sorted(days.items()):
        (folder / f"{day}.bin").write_bytes(_naive_profile(day, documents))
    ids = [document["_id"] for document in found]
    return store.collection.update_many({"_id": {"$in": ids}}, {"$set": {FIELDS.logged: True}}).modified_count


def _naive_profile(day: date, documents: list[dict[str, Any]]) -> bytes:
    import pandas as pd

    whylogs = profiles._whylogs()
    from whylogs.core.model_performance_metrics import ModelPerformanceMetrics

    pairs = [(str(one[FIELDS.prediction]), _target(one)) for one in documents]
    known = [(prediction, target) for prediction, target in pairs if target is not None]
    table = pd.DataFrame(
        {
            FIELDS.confidence: [one[FIELDS.confidence] for one in documents],
            FIELDS.prediction: pd.Series([prediction for prediction, _ in pairs], dtype="object"),
            FIELDS.validated: pd.Series([target for _, target in pairs], dtype="object"),
        }
    )
    profile = whylogs.DatasetProfile(dataset_timestamp=datetime.combine(day, midnight(), UTC))
    profile.track(pandas=table)
    matrix = ModelPerformanceMetrics()
    matrix.compute_confusion_matrix(predictions=[p for p, _ in known], targets=[t for _, t in known])
    profile.add_model_performance_metrics(matrix)
    with tempfile.TemporaryFile() as file:
        profile.view()._write(file=file)
        file.seek(0)
        return file.read()


def _target(document: dict[str, Any]) -> str | None:
    validated = document[FIELDS.validated]
    if validated is False:
        return None
    return str(document[FIELDS.prediction] if validated is True else validated)
