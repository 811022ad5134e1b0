"""The services run for a while over a database that people write to, and their numbers equal scikit-learn's."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bson import ObjectId
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from monitor_core.settings.settings import ROOT
from tests.browser import visit
from tests.documents import FIELDS, fields, prediction
from tests.endurance.services import Mongod, predictions, variables
from tests.whylabs_shaped import whylabs_shaped

UNREADABLE = ("cat", 2.5, [1, 2], {"class": 1}, "1e400", float("inf"))
PAUSE = 20  # seconds between two comparisons
ROUNDING = 1e-9


def run(folder: Path, minutes: int, seed: int) -> list[str]:
    """Return where a report differed from the raw rows, and what the logger complained about."""
    mongod = Mongod(folder)
    try:
        return _run(mongod, folder, minutes, random.Random(seed))
    finally:
        mongod.stop()


def _run(mongod: Mongod, folder: Path, minutes: int, chance: random.Random) -> list[str]:
    wrong = []
    with whylabs_shaped() as whylabs:
        settings = variables(mongod.uri, folder / "state", whylabs) | {
            "MONITOR_LOG_EVERY": "15",
            "MONITOR_TIME_ZONE": "UTC",
        }
        environment, collection = visit.clean_environment(settings), predictions(mongod.uri)
        collection.insert_many([_document(chance, datetime.now(UTC) - timedelta(days=n % 60)) for n in range(30_000)])
        with (folder / "logger.log").open("wb") as log, visit.app(settings, folder / "app.log") as address:
            logger = subprocess.Popen(
                [sys.executable, "logger_worker.py"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            try:
                end, compared, slowest = time.monotonic() + 60 * minutes, 0, 0.0
                while time.monotonic() < end:
                    _write(collection, chance)
                    began = time.monotonic()
                    wrong += _differences(collection, environment)
                    slowest, compared = max(slowest, time.monotonic() - began), compared + 1
                    time.sleep(PAUSE)
                wrong += [] if logger.poll() is None else ["The logger ended."]
                print(f"{compared} reports in {minutes} minutes, the slowest in {slowest:.1f} s with its comparison; "
                      f"{collection.estimated_document_count():,} documents; logger {_memory(logger.pid)} MB; app "
                      f"{address} answered to the end")  # fmt: skip
            finally:
                logger.terminate()
                logger.wait(60)
        for name in ("logger.log", "app.log"):
            lines = (folder / name).read_text().splitlines()
            wrong += [f"{name}: {line}" for line in lines if "Traceback" in line or "error" in line.lower()][:5]
    return wrong


def _document(chance: random.Random, at: datetime) -> dict[str, Any]:
    target = chance.randrange(8)
    predicted = target if chance.random() < 0.85 else chance.randrange(8)
    made = prediction(at - timedelta(hours=1), predicted, target, chance.random(), at)
    if chance.random() < 0.3:
        made |= fields(validated=None, validated_at=None)
    elif chance.random() < 0.02:
        made |= fields(validated=chance.choice(UNREADABLE))
    if chance.random() < 0.3:
        made["_id"] = f"{ObjectId()}"
    return made


def _write(collection: Any, chance: random.Random) -> None:
    """Predict, review, correct: as a day's work does, in a moment."""
    now = datetime.now(UTC)
    collection.insert_many([_document(chance, now - timedelta(seconds=chance.randrange(30))) for _ in range(200)])
    waiting = [document["_id"] for document in collection.find(fields(validated=None), {"_id": 1}).limit(60)]
    reviewed = [
        document["_id"] for document in collection.aggregate([{"$sample": {"size": 20}}, {"$project": {"_id": 1}}])
    ]
    for ids in (waiting, reviewed):
        change = fields(validated=chance.randrange(8), validated_at=now)
        collection.update_many({"_id": {"$in": ids}}, {"$set": change})


def _differences(collection: Any, environment: dict[str, str]) -> list[str]:
    """Compare a report of 30 days with scikit-learn on the raw rows."""
    command = [sys.executable, "-m", "monitor_core", "report", "--period", "30d", "--format", "json"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        return [f"report ended with {ended.returncode}: {ended.stderr}"]
    report = json.loads(ended.stdout)
    first, last = (datetime.fromisoformat(report["period"][end]).replace(tzinfo=UTC) for end in ("first", "last"))
    rows = collection.find(fields(validated_at={"$gte": first, "$lt": last + timedelta(days=1)}))
    pairs = [(row[FIELDS.validated], row[FIELDS.prediction]) for row in rows if type(row[FIELDS.validated]) is int]
    targets, predicted = zip(*pairs, strict=True)
    precision, recall, f1, _ = precision_recall_fscore_support(targets, predicted, average="macro", zero_division=0)
    expected = {"validated": len(pairs), "accuracy": accuracy_score(targets, predicted)}
    expected |= {"precision": precision, "recall": recall, "f1": f1}
    shown = report | report["macro"]
    return [
        f"{name}: {shown[name]} instead of {value}"
        for name, value in expected.items()
        if abs(shown[name] - value) > ROUNDING
    ]


def _memory(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 10**6
