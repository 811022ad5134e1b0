"""The real logger over a real mongod with a moved clock: `python -m benchmarks.moved_clocks CASE --days 35`.

Each case is a plant that works in its own way for weeks. mongod runs under libfaketime, and the logger takes the time
from it, as it always does, so that weeks pass in minutes. Python itself cannot run under libfaketime 0.9.10: its
`time.sleep` fails with EINVAL, which ends the threads of pymongo. Documents are inserted and reviewed as the time goes
by, and the logger runs at 10:00, 16:00 and ten minutes after midnight. What was alerted when is printed.
Needs the program `faketime` (`apt-get install faketime`).
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from bson import ObjectId
from numpy.typing import NDArray
from pymongo import MongoClient, UpdateOne

from monitor_core.logger.tick import tick
from monitor_core.mongo import embedded
from monitor_core.mongo.store import Store
from monitor_core.settings.documents import FieldNames
from monitor_core.settings.sources import load

FIELDS = FieldNames()
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
HISTORY_DAYS = 91  # before the days that are watched
LOOKS = (timedelta(hours=10), timedelta(hours=16), timedelta(days=1, minutes=10))  # from the beginning of a day
LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")
CACHE_SECONDS = 1
CLASSES = 5
Documents = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A plant: its documents of a day, and what is expected of the alerts."""

    day: Callable[[np.random.Generator, int], Documents]  # by the number of the day that is watched, from 0
    expected: str


def _documents(
    rng: np.random.Generator, day: int, hours: NDArray[Any], reviewed: NDArray[Any], fall: float, targets: NDArray[Any]
) -> Documents:
    """Return the predictions of a day; hours since its beginning, of the review NaN if there is none.

    The model is right in nine of ten cases, and less sure where it is wrong.
    """
    n, start = len(hours), BEGIN + timedelta(days=HISTORY_DAYS + day)
    confidence = rng.beta(6, 0.9, n)
    wrong = rng.random(n) < np.clip((1 - confidence) * 0.77 + fall, 0, 1)
    predictions = np.where(wrong, (targets + rng.integers(1, CLASSES, n)) % CLASSES, targets)
    made: Documents = []
    for i in range(n):
        at = start + timedelta(hours=float(hours[i]))
        document = {
            "_id": ObjectId(int(at.timestamp()).to_bytes(4) + rng.bytes(8)),
            FIELDS.filename: f"{at:%Y%m%d%H%M%S}-{i}.png",
            FIELDS.prediction: int(predictions[i]),
            FIELDS.confidence: float(confidence[i]),
            FIELDS.predicted_at: at,
        }
        if np.isfinite(reviewed[i]):
            at = start + timedelta(hours=float(reviewed[i]))
            document |= {FIELDS.validated: int(targets[i]), FIELDS.validated_at: at}
        made.append(document)
    return made


def mornings(rng: np.random.Generator, day: int) -> Documents:
    """Until noon two classes come in, in the afternoon the three others; every day is the same."""
    n = rng.poisson(200)
    hours = rng.uniform(6, 18, n)
    targets = np.where(hours < 12, rng.integers(0, 2, n), rng.integers(2, CLASSES, n))
    return _documents(rng, day, hours, hours + 0.1, 0.0, targets)


def unsure_first(rng: np.random.Generator, day: int) -> Documents:
    """Reviewers begin at eight with the predictions of the night that the model was least sure of."""
    n = rng.poisson(200)
    made = _documents(rng, day, rng.uniform(0, 7, n), np.full(n, 8.0), 0.0, rng.integers(0, CLASSES, n))
    made.sort(key=lambda document: float(document[FIELDS.confidence]))
    for place, document in enumerate(made):
        document[FIELDS.validated_at] += timedelta(hours=9 * place / max(len(made), 1))
    return made


def lasting_fall(rng: np.random.Generator, day: int) -> Documents:
    """With 50 reviews a day, accuracy falls by 10 points on day FALL, and is mended on day MENDED."""
    n = rng.poisson(50)
    hours = rng.uniform(6, 18, n)
    fall = 0.1 if FALL <= day < MENDED else 0.0
    return _documents(rng, day, hours, hours + 0.2, fall, rng.integers(0, CLASSES, n))


def weekends(rng: np.random.Generator, day: int) -> Documents:
    """Nothing is predicted at weekends, and all reviews of a week are made on Friday."""
    weekday = (BEGIN + timedelta(days=HISTORY_DAYS + day)).weekday()
    n = rng.poisson(100) if weekday < 5 else 0
    hours = rng.uniform(6, 14, n)
    return _documents(rng, day, hours, np.full(n, 24 * (4 - weekday) + 15.0), 0.0, rng.integers(0, CLASSES, n))


FALL, MENDED = 3, 28
CASES = {
    "mornings": Case(mornings, "no alert of a changed mix"),
    "unsure-first": Case(unsure_first, "no alert of accuracy"),
    "lasting-fall": Case(lasting_fall, f"an alert of accuracy from about day {FALL} to day {MENDED}"),
    "weekends": Case(weekends, "no alert of missing predictions or reviews"),
}


# ---- the moved clock


class Clock:
    """The time that mongod has, in a file that libfaketime reads each second."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        library = next((path for pattern in LIBRARIES for path in Path("/").glob(pattern[1:])), None)
        if library is None:
            raise SystemExit("libfaketime is not installed: `apt-get install faketime`.")
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": str(CACHE_SECONDS),  # the file is not read with every call
            "TZ": "UTC",
        }

    def move(self, instant: datetime) -> None:
        """Let the clock go on from this instant; the file has the difference to the real time."""
        text = f"{(instant - datetime.now(UTC)).total_seconds():+.3f}"
        part = self.file.with_suffix(".part")
        part.write_text(text, "ascii")
        part.replace(self.file)
        time.sleep(CACHE_SECONDS + 0.2)


@contextmanager
def mongod(folder: Path, clock: Clock) -> Iterator[str]:
    """Yield the address of the bundled mongod, which lives by the moved clock."""
    before = dict(os.environ)
    os.environ |= clock.environment
    try:
        process = embedded.start(folder / "mongodb", folder / "run")
    finally:
        os.environ.clear()
        os.environ.update(before)
    try:
        yield "mongodb://" + quote(str(folder / "run" / embedded.SOCKET), safe="")
    finally:
        embedded.stop(process)


def run_logger(store: Store) -> None:
    """Take all steps of a run of the logger; it reads the time from the database."""
    result = tick(store)
    if result is None or result.failures:
        raise SystemExit(f"The logger failed: {result and [failure.error for failure in result.failures]}")


# ---- the days


def watch(name: str, days: int, seed: int, folder: Path) -> str:
    """Let a case live, and return what was alerted as a text."""
    rng, clock = np.random.default_rng(seed), Clock(folder)
    clock.move(BEGIN)
    with mongod(folder, clock) as uri, MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        os.environ |= {"MONITOR_MONGODB_URI": uri, "MONITOR_STATE_FOLDER": str(folder / "state")}
        store = Store(load().settings)
        documents = client["mlops_labeller_db"]["image_logs"]
        made = [document for day in range(-HISTORY_DAYS, days) for document in CASES[name].day(rng, day)]
        made.sort(key=lambda document: document[FIELDS.predicted_at])
        last = datetime.min.replace(tzinfo=UTC)
        for day, look in product(range(days), LOOKS):
            now = BEGIN + timedelta(days=HISTORY_DAYS + day) + look
            _live(documents, made, last, now)
            clock.move(now)
            run_logger(store)
            last = now
        return _report(client["mlops_labeller_db"], name, days)


def _live(collection: Any, made: Documents, after: datetime, until: datetime) -> None:
    """Insert what is predicted in these hours, and review what is reviewed in them."""
    hidden = (FIELDS.validated, FIELDS.validated_at)
    fresh = [document for document in made if after < document[FIELDS.predicted_at] <= until]
    if fresh:
        collection.insert_many([{key: doc[key] for key in doc if key not in hidden} for doc in fresh])
    reviewed = [document for document in made if after < document.get(FIELDS.validated_at, after) <= until]
    if reviewed:
        collection.bulk_write(
            [UpdateOne({"_id": doc["_id"]}, {"$set": {key: doc[key] for key in hidden}}) for doc in reviewed]
        )


def _report(database: Any, name: str, days: int) -> str:
    begin = (BEGIN + timedelta(days=HISTORY_DAYS)).date()
    lines = [f"{name}: {days} days, expected {CASES[name].expected}"]
    for alert in database["monitor_alerts"].find().sort("opened_at", 1):
        opened, last = (_number(alert[key], begin) for key in ("opened_on", "counted_on"))
        lines.append(
            f"  {alert['rule']} ({alert['severity']}): opened for day {opened} at {alert['opened_at']:%d %b %H:%M}, "
            f"fired on {alert['days']} days in a row up to day {last}, now {alert['state']}"
            f"{', found at the start' if alert.get('found_at_start') else ''}"
        )
    events = list(database["monitor_alert_events"].find())
    runs = len({event["at"] for event in events})
    lines.append(f"  {len(lines) - 1} alerts with {len(events)} events, in {runs} of {days * len(LOOKS)} runs")
    return "\n".join(lines)


def _number(day: str | None, begin: date) -> int | None:
    return (date.fromisoformat(day) - begin).days if day else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--days", type=int, default=35)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for name in chosen.cases:
        folder = Path(tempfile.mkdtemp(prefix="clocks-"))
        try:
            print(watch(name, chosen.days, chosen.seed, folder), flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
