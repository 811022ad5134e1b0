"""The cost of any period at a given size: with the history, without it, and the naive way in the same run."""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks import data, peers, results
from benchmarks.data import FIELDS
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.mongo import embedded
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load

YEAR = int(os.environ.get("BENCHMARK_DAYS", "365"))  # fewer where a test only sees whether it runs
CACHE = "2G"  # of mongod
UNREVIEWED = 0.5
RANGES = 60  # asked, of random length and place, by both days
NEW_REVIEWS = 10_000
BUSY_DAYS = 30
OWN_INDEXES = "BENCHMARK_OWN_INDEXES"  # whether the operator's are there, too
ROWS = "rows.csv"  # of the peers
COMMON = ("day", "machine", "load before", "python", "mongod", "reviewed", "classes")  # columns
MOST_FOR_NAIVE = 1_000_000  # rows; more, and it takes minutes and gigabytes


def run(
    rows: int, classes: int, with_peers: bool = False, with_tick: bool = True, with_own_indexes: bool = False
) -> None:
    """Measure on a mongod of its own, in a fresh process, whose memory is the app's."""
    row = results.machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with embedded.running(folder / "data", embedded.run_folder(folder)) as uri:
            shape = data.Shape(YEAR, UNREVIEWED, classes, logged=True)
            began = time.monotonic()
            documents = data.fill(uri, "scale", "image_logs", rows, shape)
            print(f"{documents:,} documents, {rows:,} of them reviewed: {time.monotonic() - began:.0f} s", flush=True)
            environment = {n: v for n, v in os.environ.items() if not n.startswith(("MONITOR_", "WHYLABS_"))}
            environment |= {"BENCHMARK_DAYS": f"{YEAR}", OWN_INDEXES: "1" if with_own_indexes else ""}
            environment |= {"MONITOR_MONGODB_URI": uri, "MONITOR_DATABASE": "scale", "MONITOR_STATE_FOLDER": name}
            prepared, asked = (_in_a_process(step, environment) for step in ("prepare", "ask"))
            busy = _in_a_process("busy", environment)  # before the tick, whose reviews are of the same days
            naive = _in_a_process("naive", environment) if rows <= MOST_FOR_NAIVE else {}
            if with_peers:
                fetched = _in_a_process("rows", environment)
                took = {peer: peers.seconds(peer, folder / ROWS) for peer in peers.PEERS}
            ticked = _in_a_process("tick", environment) if with_tick else {}
    row |= {
        "mongod": prepared["mongod"],
        "reviewed": f"{rows:,}",
        "documents": f"{documents:,}",
        "classes": f"{classes}",
        "indexes": "an operator's, too" if with_own_indexes else "the monitor's",
    }
    row |= {
        "a year, no history, s": f"{prepared['first_visit']:.2f}",
        "history made in, s": f"{prepared['made']:.1f}",
        "kept in, MB": f"{prepared['megabytes']:.2f}",
        "our indexes, B/document": f"{prepared['index_bytes']:.0f}",
        "any range, ms (median)": f"{1000 * asked['median']:.1f}",
        "(95 %)": f"{1000 * asked['p95']:.1f}",
        "first range of a process, ms": f"{1000 * asked['cold']:.0f}",
        "by prediction day, a review before each, ms": f"{1000 * busy['median']:.1f}",
        "(95 %) of it": f"{1000 * busy['p95']:.1f}",
        "a year's scores, ms": f"{1000 * asked['scores']:.0f}",
        "memory, MB": f"{asked['peak']:.0f}",
        "naive year, once a day, s": f"{naive['once_a_day']:.1f}" if naive else "not run",
        "by day and class, s": f"{naive['by_class']:.1f}" if naive else "not run",
        "its ratio with history": f"{naive['by_class'] / asked['year']:,.0f}" if naive else "",
        "without": f"{naive['by_class'] / prepared['first_visit']:.0f}" if naive else "",
        f"tick after {NEW_REVIEWS:,} reviews, s": f"{ticked['tick']:.2f}" if ticked else "",
        "days counted anew in it": f"{ticked['days']}" if ticked else "",
    }
    print(results.append("scale", row))
    if with_peers:
        print(results.append("peers", {name: row[name] for name in COMMON} | _beside(took, fetched, prepared, asked)))


def _beside(
    took: dict[str, float | str], fetched: dict[str, Any], prepared: dict[str, Any], asked: dict[str, Any]
) -> dict[str, str]:
    """Return the columns of the peers: all scores with intervals by day and class for ours, else what they offer."""
    ours = asked["year"] + asked["scores"]
    seconds = {f"{peer}, s": f"{one:.1f}" if isinstance(one, float) else one for peer, one in took.items()}
    ratios = {f"{peer.split()[0]} : ours": f"{one / ours:.0f}" for peer, one in took.items() if isinstance(one, float)}
    return {
        "rows fetched for them in, s": f"{fetched['seconds']:.1f}",
        **seconds,
        "ours by day and class, no history, s": f"{prepared['first_visit'] + asked['scores']:.2f}",
        "with history, s": f"{ours:.3f}",
        **ratios,
    }


def _in_a_process(step: str, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", "scale-process", step]
    ended = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    print(step, found, flush=True)
    return found


def process(step: str) -> None:
    store = Store(load().settings)
    store.database.client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={CACHE}"})
    print(json.dumps(STEPS[step](store)))


def _year() -> Period:
    last = data.END.date() - timedelta(days=1)
    return Period(last - timedelta(days=YEAR - 1), last)


def _prepare(store: Store) -> dict[str, Any]:
    data.leave_unreviewed(store.collection, data.END)
    store.indexes.create()
    if os.environ.get(OWN_INDEXES):
        _create_own_indexes(store)
    store.history.create_indexes()
    Outbox(store).create_indexes()
    first_visit, counted = timed(lambda: store.counts.of(Selection(_year(), "validated")))
    made, _ = timed(lambda: history.refresh(store))
    history.note_changes(store)
    history.refresh(store)
    assert store.counts.of(Selection(_year(), "validated")).digest == counted.digest  # noqa: S101 - or a figure is false
    store.database.client.admin.command("fsync")  # or the file has not grown yet
    kept = store.database.command("collStats", "monitor_history")
    theirs = store.database.command("collStats", store.settings.collection)
    ours = sum(size for name, size in theirs["indexSizes"].items() if name.startswith("monitor_"))
    return {
        "mongod": store.server(),
        "first_visit": first_visit,
        "made": made,
        "megabytes": (kept["storageSize"] + kept["totalIndexSize"]) / 1e6,
        "index_bytes": ours / theirs["count"],
    }


def _create_own_indexes(store: Store) -> None:
    """Create the indexes that docs/scaling.md offers to operators, from which MongoDB counts without the documents."""
    f = store.fields
    for keys in (
        (f.validated_at, f.validated, f.prediction, f.confidence, f.predicted_at, "_id"),
        (f.predicted_at, f.validated, f.prediction, f.validated_at, f.confidence, "_id"),
    ):
        store.collection.create_index([(key, 1) for key in keys], name=f"own_{keys[0]}")


def _ask(store: Store) -> dict[str, Any]:
    """Measure the app's queries for periods of every length, from the call of the store to the array."""
    chance = random.Random(1)  # noqa: S311 - the same ranges each time
    year = _year()
    cold, counts = timed(lambda: store.counts.of(Selection(year, "validated")))
    store.counts.of(Selection(year, "predicted"))
    taken = []
    for n in range(RANGES):
        days = round(YEAR ** chance.random())
        first = year.first + timedelta(days=chance.randrange(YEAR - days + 1))
        chosen = Selection(Period(first, first + timedelta(days=days - 1)), "predicted" if n % 2 else "validated")
        taken.append(timed(lambda chosen=chosen: store.counts.of(chosen))[0])  # type: ignore[misc]
    whole = statistics.median(timed(lambda: store.counts.of(Selection(year, "validated")))[0] for _ in range(9))
    scores, _ = timed(lambda: reports.performance_of(counts, Selection(year, "validated"), store.settings))
    return {
        "cold": cold,
        "median": statistics.median(taken),
        "p95": statistics.quantiles(taken, n=20)[-1],
        "year": whole,
        "scores": scores,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,  # kB on Linux
    }


def _naive(store: Store) -> dict[str, Any]:
    """Measure a notebook's way: find, lists, and scikit-learn for each day, once overall and once by class."""
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, precision_score, recall_score

    def read() -> dict[date, tuple[list[int], list[int]]]:
        start, end = _year().bounds(store.settings.zone)
        query = {FIELDS.validated_at: {"$gte": start, "$lt": end}, FIELDS.validated: {"$nin": [None, False]}}
        by_day: dict[date, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for row in list(store.collection.find(query)):
            target = row[FIELDS.prediction] if row[FIELDS.validated] is True else row[FIELDS.validated]
            targets, predictions = by_day[row[FIELDS.validated_at].date()]
            targets.append(target)
            predictions.append(row[FIELDS.prediction])
        return by_day

    def once_a_day(by_day: dict[date, tuple[list[int], list[int]]]) -> None:
        for targets, predictions in by_day.values():
            precision_recall_fscore_support(targets, predictions, average=None, zero_division=0)

    def by_class(by_day: dict[date, tuple[list[int], list[int]]]) -> None:
        for targets, predictions in by_day.values():
            accuracy_score(targets, predictions)
            for label in sorted(set(targets)):
                target, prediction = [one == label for one in targets], [one == label for one in predictions]
                for score in (precision_score, recall_score, f1_score):
                    score(target, prediction, zero_division=0)

    reading, by_day = timed(read)
    rows = sum(len(targets) for targets, _ in by_day.values())
    day, each = (timed(lambda way=way: way(by_day))[0] for way in (once_a_day, by_class))  # type: ignore[misc]
    return {"once_a_day": reading + day, "by_class": reading + each, "rows": rows}


def _rows(store: Store) -> dict[str, Any]:
    """Write the year's rows to a file for the peers; return its path and the seconds to fetch them."""
    import pandas as pd

    start, end = _year().bounds(store.settings.zone)
    query = {FIELDS.validated_at: {"$gte": start, "$lt": end}, FIELDS.validated: {"$nin": [None, False]}}
    columns = {"_id": 0, FIELDS.validated_at: 1, FIELDS.validated: 1, FIELDS.prediction: 1}
    seconds, found = timed(lambda: list(store.collection.find(query, columns)))
    rows = pd.DataFrame(found).rename(columns={FIELDS.prediction: "prediction"})
    confirmed = rows[FIELDS.validated].map(lambda review: review is True)
    rows["target"] = rows[FIELDS.validated].where(~confirmed, rows["prediction"]).astype(int)
    rows["day"] = rows[FIELDS.validated_at].dt.date
    rows[["day", "target", "prediction"]].to_csv(store.settings.state_folder / ROWS, index=False)
    return {"seconds": seconds, "rows": len(rows)}


def _tick(store: Store) -> dict[str, Any]:
    """Measure the logger's whole run after new reviews of the newest documents without one.

    The logger is taken to be up to date: daily profiles and checks for quality problems, which only its first runs
    catch up with, are left out.
    """
    left_out = ("making profiles", "checking data quality")
    jobs.STEPS = tuple(step for step in jobs.STEPS if step.name not in left_out)
    jobs.tick(store)  # what one run does once
    open_ones = store.collection.find({FIELDS.validated: None}, {"_id": 1}).sort("_id", -1).limit(NEW_REVIEWS)
    ids = [found["_id"] for found in open_ones]
    review = {FIELDS.validated: 1, FIELDS.validated_at: store.now()}
    store.collection.update_many({"_id": {"$in": ids}}, {"$set": review})
    history.note_changes(store)
    days = len(list(store.changes.due.find({}, {"_id": 1})))
    tick, found = timed(lambda: jobs.tick(store))
    assert found is not None and found.logged == len(ids), found  # noqa: S101, PT018 - or the figure is of something else
    return {"tick": tick, "days": days}


def _busy(store: Store) -> dict[str, Any]:
    """Measure counts by prediction day while reviews arrive for each of the last thirty days, one before each query."""
    history.note_changes(store)
    history.refresh(store)
    last, chance = _year().last, random.Random(1)  # noqa: S311 - the same ranges each time
    store.counts.of(Selection(_year(), "predicted"))
    waiting: list[Any] = []
    for ago in range(BUSY_DAYS):
        start, end = Period(last - timedelta(days=ago), last - timedelta(days=ago)).bounds(store.settings.zone)
        query = {FIELDS.predicted_at: {"$gte": start, "$lt": end}, FIELDS.validated: None}
        waiting += [found["_id"] for found in store.collection.find(query, {"_id": 1}).limit(RANGES // BUSY_DAYS)]
    chance.shuffle(waiting)
    taken = []
    for one in waiting:
        review = {FIELDS.validated: 1, FIELDS.validated_at: store.now()}
        store.collection.update_one({"_id": one}, {"$set": review})
        days = chance.randint(BUSY_DAYS, YEAR)
        chosen = Selection(Period(last - timedelta(days=days - 1), last), "predicted")
        taken.append(timed(lambda chosen=chosen: store.counts.of(chosen))[0])  # type: ignore[misc]
    counted = store.counts.of(chosen)
    assert counted.digest == store.counts.of(chosen, exact=True).digest  # noqa: S101 - or a figure is false
    return {"median": statistics.median(taken), "p95": statistics.quantiles(taken, n=20)[-1]}


STEPS: dict[str, Callable[[Store], dict[str, Any]]] = {
    "prepare": _prepare,
    "ask": _ask,
    "naive": _naive,
    "rows": _rows,
    "tick": _tick,
    "busy": _busy,
}


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found
