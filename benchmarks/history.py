"""The performance history: what it costs to make and to follow, and what it saves."""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import data, results
from monitor_core import embedded
from monitor_core.history import History
from monitor_core.period import Period, Selection
from monitor_core.settings import Settings
from monitor_core.store import Store

NEW_REVIEWS = 10_000
TIMES = 5  # of what takes milliseconds; the median counts


def run(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with embedded.running(folder / "data", embedded.run_folder(folder)) as uri:
            settings = Settings(mongodb_uri=uri, state_folder=folder)
            documents = data.fill(uri, settings.database, settings.collection, rows)
            print(f"{documents:,} documents, {rows:,} of them reviewed", flush=True)
            print(results.append("history", results.machine() | _measured(Store(settings), documents)))


def _measured(store: Store, documents: int) -> dict[str, str]:
    history = History(store)
    store.create_indexes()
    history.create_indexes()
    build, _ = _timed(history.refresh)
    history.look()
    idle = _median(lambda: (history.look(), history.refresh()))
    last = data.END.date() - timedelta(days=1)
    period = Period(last - timedelta(days=data.DAYS - 1), last)
    read, live = (_median(ask) for ask in (lambda: history.read("validated", period), _live(store, period)))
    _review(store)
    after, _ = _timed(lambda: (history.look(), history.refresh()))
    return {
        "mongod": store.server(),
        "documents": f"{documents:,}",
        "made in, s": f"{build:.1f}",
        "kept in, MB": f"{_megabytes(store):.2f}",
        f"after {NEW_REVIEWS:,} new reviews, s": f"{after:.2f}",
        "nothing new, ms": f"{1000 * idle:.0f}",
        f"{data.DAYS} days from it, ms": f"{1000 * read:.1f}",
        "counted live, ms": f"{1000 * live:.0f}",
        "ratio": f"{live / read:.0f}",
    }


def _live(store: Store, period: Period) -> Callable[[], Any]:
    return lambda: store.counts(Selection(period, "validated"))


def _review(store: Store) -> None:
    """Reviews, made now, of the newest documents without one."""
    open_ones = store.predictions.find({"output_validated": None}, {"_id": 1}).sort("_id", -1).limit(NEW_REVIEWS)
    ids = [found["_id"] for found in open_ones]
    review = {"output_validated": 1, "timestamp_validated": store.now()}
    store.predictions.update_many({"_id": {"$in": ids}}, {"$set": review})


def _megabytes(store: Store) -> float:
    store.database.client.admin.command("fsync")  # or the file has not grown yet
    found = store.database.command("collStats", "monitor_history")
    return float(found["storageSize"] + found["totalIndexSize"]) / 1e6


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def _median(act: Callable[[], Any]) -> float:
    return statistics.median(_timed(act)[0] for _ in range(TIMES))
