"""Make the installation that test_upgrade.py opens, with the code of an earlier commit.

From a checkout of that commit, whose modules and test servers this script imports, and with its packages:

    git worktree add /tmp/earlier 685ef16 && cd /tmp/earlier
    PYTHONPATH=.:tests python …/tests/upgrade/make_installation.py …/tests/upgrade

It writes `installation.tar.xz` (every collection as BSON, the state folder) and `said.json`: what the commands of that
commit say of it. A later commit that changes how something is stored gets a script and an archive of its own beside
these.
"""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
from bson.datetime_ms import DatetimeMS
from pymongo.database import Database

COMMIT = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
ZONE = "Europe/Madrid"
DAYS = 40  # of predictions, today included
OPEN_HOURS = (8, 20)  # UTC: far from midnight, so that whole days may be added to every instant (see load.py)
CLASSES = {0: "pear", 1: "apple", 2: "plum"}
SETTINGS = {
    "MONITOR_DATABASE": "installation",
    "MONITOR_TIME_ZONE": ZONE,
    "MONITOR_CLASS_NAMES": json.dumps(CLASSES),
    "MONITOR_SEGMENTS": json.dumps({"camera": "meta.camera"}),
    "MONITOR_NOTIFY_ALLOW_PRIVATE": "true",
    "WHYLABS_API_KEY": "abcdefghij.klmnopqrstuvwxyz",
    "WHYLABS_DEFAULT_ORG_ID": "org-1",
    "WHYLABS_DEFAULT_DATASET_ID": "model-1",
}
NOBODY = "127.0.0.1:9"  # the port "discard": nothing listens there
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
chance = random.Random(14)


def predictions() -> list[dict[str, Any]]:
    """Some dozen a day: confirmed, corrected, rejected, waiting for review, and every kind of quality problem."""
    documents = [prediction(TODAY - timedelta(back), n) for back in range(DAYS) for n in range(12)]
    documents = [one for one in documents if one["timestamp"] < datetime.now(UTC) - timedelta(hours=1)]
    for number, change in enumerate(PROBLEMS * 2):
        document = documents[40 + 7 * number]
        document |= {"_id": bson.ObjectId.from_datetime(document["timestamp"])} | change  # not brought in just now
    for document in documents:
        document["timestamp"] = written(document["timestamp"])
    return documents


def prediction(day: datetime, number: int) -> dict[str, Any]:
    predicted_at = day + timedelta(hours=OPEN_HOURS[0], minutes=55 * number)
    target = chance.choices((0, 1, 2), (6, 3, 1))[0]
    answer = target if chance.random() < 0.8 else (target + 1) % 3
    reviewed_at = predicted_at.replace(hour=9 + number % 10) + timedelta(days=chance.choice((1, 1, 2, 3)))
    is_reviewed = chance.random() < 0.85 and reviewed_at < datetime.now(UTC)
    return {
        "_id": bson.ObjectId(),
        "filename": f"{day:%m%d}-{number}.png",
        "output_prediction": chance.choice((answer, answer, float(answer), str(answer))),
        "output_confidence": round(chance.uniform(0.4, 1), 3),
        "output_validated": review(answer, target) if is_reviewed else None,
        "timestamp": predicted_at,
        "timestamp_validated": reviewed_at if is_reviewed else None,
        "trained": chance.random() < 0.1,
        "meta": {"camera": chance.choice(("left", "right"))},
    }


def review(answer: int, target: int) -> Any:
    if answer == target:
        return chance.choice((target, target, float(target), str(target), True))
    return chance.choice((target, target, str(target), False))


def written(instant: Any) -> Any:
    """The instant as some clients write it: mostly as a date, sometimes as text."""
    return instant.isoformat() if isinstance(instant, datetime) and chance.random() < 0.15 else instant


PROBLEMS: list[dict[str, Any]] = [
    {"output_prediction": "cucumber"},
    {"output_prediction": 1.5},
    {"output_validated": "no idea"},
    {"output_validated": float("nan")},
    {"output_validated": 7},
    {"output_confidence": 1.7},
    {"output_confidence": "high"},
    {"timestamp": None},
    {"timestamp": "yesterday"},
    {"timestamp": DatetimeMS(320_000_000_000_000)},  # beyond the year 9999
    {"output_validated": 1, "timestamp_validated": None},
    {"output_validated": False, "timestamp_validated": None},
    {"logged": "yes"},
    {"unexpected": {"of": "a client"}},
]


class Installation:
    """What an operator has: a database, a state folder, and the commands."""

    def __init__(self, uri: str, state: Path) -> None:
        from pymongo import MongoClient

        self.environment = SETTINGS | {"MONITOR_MONGODB_URI": uri, "MONITOR_STATE_FOLDER": str(state)}
        client: MongoClient[dict[str, Any]] = MongoClient(uri, tz_aware=True, datetime_conversion="DATETIME_AUTO")
        self.database: Database[dict[str, Any]] = client["installation"]

    def run(self, *command: str, codes: tuple[int, ...] = (0,), stdin: str = "", **more: str) -> str:
        environment = os.environ | self.environment | more
        ended = subprocess.run(
            [sys.executable, *command], input=stdin, capture_output=True, text=True, env=environment, check=False
        )
        if ended.returncode not in codes:
            sys.exit(f"{command} ended with {ended.returncode}:\n{ended.stdout}\n{ended.stderr}")
        return ended.stdout

    def command(self, *arguments: str, stdin: str = "", codes: tuple[int, ...] = (0,)) -> str:
        return self.run("-m", "monitor_core", *arguments, stdin=stdin, codes=codes)

    def log(self, codes: tuple[int, ...] = (0,), **more: str) -> None:
        self.run("logger_worker.py", "--once", codes=codes, **more)

    def review_some(self, count: int) -> None:
        """A person answers what has waited for a review the longest of the last days, just now."""
        recent = {"output_validated": None, "timestamp": {"$gte": TODAY - timedelta(6), "$type": "date"}}
        waiting = list(self.database["image_logs"].find(recent).sort("timestamp", 1).limit(count))
        assert len(waiting) == count
        for document in waiting:
            change = {"output_validated": 0, "timestamp_validated": datetime.now(UTC)}
            self.database["image_logs"].update_one({"_id": document["_id"]}, {"$set": change})

    def add_rule(self, name: str, **fields: Any) -> None:
        condition = {"metric": fields.pop("metric"), "operator": fields.pop("operator"), **fields.pop("condition", {})}
        rule = {"name": name, "title": name.replace("-", " ").capitalize(), "conditions": [condition]} | fields
        self.command("rules", "add", "--file", "-", "--by", "ana", stdin=json.dumps(rule))

    def edit_rule(self, name: str, **fields: Any) -> None:
        self.command("rules", "edit", name, "--file", "-", "--by", "ben", stdin=json.dumps(fields))

    def open_alerts(self) -> list[dict[str, Any]]:
        return list(json.loads(self.command("alerts", "list", "--format", "json"))["alerts"])


@contextmanager
def whylabs() -> Iterator[Any]:
    from whylabs_shaped import WhyLabsShaped

    server = WhyLabsShaped()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def live(one: Installation) -> None:
    """Some weeks of an installation, in the order in which they would be lived."""
    from receivers import webhook

    one.database["image_logs"].insert_many(predictions())
    for name in [rule["name"] for rule in json.loads(one.command("rules", "list", "--format", "json"))]:
        one.command("rules", "disable", name, "--by", "ana")
    write_rules(one)
    with whylabs() as server, webhook() as hook:
        up = {"WHYLABS_API_ENDPOINT": server.address, "MONITOR_NOTIFY": hook.address()}
        for _ in range(3):
            one.log(**up)
        mark_alerts(one)
        close_an_alert(one)
        one.log(**up)
        assert hook.received
        write_demo(one)
        one.log(**up)
        leave_an_uncertain_delivery(one, server, up)
    leave_a_message_queued(one)
    leave_an_event_untold(one)
    die_while_delivering(one)


def write_rules(one: Installation) -> None:
    score = {"metric": "accuracy", "operator": "below", "condition": {"threshold": 0.99}, "window_days": 28}
    one.add_rule("accuracy-low", severity="critical", **score)
    one.edit_rule("accuracy-low", title="Accuracy is below what we promised")
    one.edit_rule("accuracy-low", min_samples=50, mute=[])
    of_classes = {"threshold": 0.995, "label": "every"}
    one.add_rule("recall-low", metric="recall", operator="below", condition=of_classes, window_days=36, min_samples=10)
    waiting = {"metric": "backlog", "operator": "above", "basis": "predicted", "window_days": 14}
    one.add_rule("backlog-high", condition={"threshold": 1}, **waiting)
    one.add_rule("short-lived", metric="accuracy", operator="no_data")
    one.command("rules", "remove", "short-lived", "--by", "ana")
    one.command("annotate", "retraining", "--day", f"{(TODAY - timedelta(20)).date()}", "--text", "v2", "--by", "ana")
    one.command("annotate", "note", "--text", "lens cleaned", "--by", "ben")


def mark_alerts(one: Installation) -> None:
    accuracy, *of_classes = sorted(one.open_alerts(), key=lambda alert: (alert["rule"] != "accuracy-low", alert["id"]))
    first, second = [alert["id"] for alert in of_classes if alert["rule"] == "recall-low"][:2]
    one.command("alerts", "ack", accuracy["id"], "--by", "ana", "--text", "we retrain on Monday")
    one.command("alerts", "note", first, "camera left is dirty", "--by", "ben")
    one.command("alerts", "snooze", second, "--until", f"{(TODAY + timedelta(30)).date()}T09:00:00", "--by", "ben")


def close_an_alert(one: Installation) -> None:
    one.command("rules", "disable", "backlog-high", "--by", "ben")


def write_demo(one: Installation) -> None:
    """Six documents that carry the demo's mark, with their images: the real demo is a megabyte."""
    code = """
from datetime import UTC, datetime, timedelta
from monitor_core.settings import load
from monitor_core.store import Store
store = Store(load().settings)
now = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) - timedelta(days=2)
store.insert_demo([
    {"filename": f"digit-{n}.png", "output_prediction": 0, "output_confidence": 0.9, "output_validated": n % 2,
     "timestamp": now, "timestamp_validated": now + timedelta(hours=1), "trained": False, "logged": False}
    for n in range(6)
])
store.settings.images.mkdir(parents=True, exist_ok=True)
for n in range(6):
    (store.settings.images / f"digit-{n}.png").write_bytes(b"not really a picture")
"""
    one.run("-c", code)


def leave_an_uncertain_delivery(one: Installation, server: Any, up: dict[str, str]) -> None:
    """The answer to the upload is lost; a quarter of an hour later nobody can tell whether it arrived."""
    one.review_some(3)
    server.statuses = [200, 500, 500, 500]
    one.log(codes=(1,), **up)
    earlier = {"$set": {"to.whylabs.announced_at": datetime.now(UTC) - timedelta(minutes=20)}}
    changed = one.database["monitor_parts"].update_many({"to.whylabs.state": "announced"}, earlier)
    assert changed.modified_count >= 1
    one.log(codes=(1,), **up)


def leave_a_message_queued(one: Installation) -> None:
    """A new alert while neither WhyLabs nor the receiver of notifications can be reached."""
    one.review_some(4)
    one.add_rule("f1-low", metric="f1", operator="below", condition={"threshold": 0.99, "average": "weighted"})
    one.edit_rule("f1-low", window_days=35)
    one.log(codes=(1,), WHYLABS_API_ENDPOINT=f"http://{NOBODY}", MONITOR_NOTIFY=f"json://{NOBODY}/hook")


def leave_an_event_untold(one: Installation) -> None:
    """The logger dies between judging and notifying."""
    one.add_rule(
        "precision-low", metric="precision", operator="below", condition={"threshold": 0.99, "average": "macro"}
    )
    one.edit_rule("precision-low", window_days=35)
    judge = (
        "from monitor_core.settings import load; from monitor_core.store import Store; store = Store(load().settings)"
    )
    one.run("-c", f"{judge}; from monitor_core.watch import Watch; Watch(store).evaluate_all(store.now())")


def die_while_delivering(one: Installation) -> None:
    """The logger dies with a batch that is prepared, and holds the lease."""
    one.review_some(5)
    dying = (
        "import os; from monitor_core import destinations; destinations.LocalFolder.deliver = lambda *_: os._exit(9)"
    )
    run = "import sys, logger_worker; sys.argv = ['logger_worker.py', '--once']; logger_worker.main()"
    address = {"WHYLABS_API_ENDPOINT": f"http://{NOBODY}", "MONITOR_NOTIFY": f"json://{NOBODY}/hook"}
    one.run("-c", f"{dying}; {run}", codes=(9,), **address)


def said(one: Installation) -> dict[str, Any]:
    """What the commands answer, by the command; periods end three days ago, so that they say the same on any day."""
    first, last = (TODAY - timedelta(DAYS - 5)).date(), (TODAY - timedelta(3)).date()
    span = ("--first", str(first), "--last", str(last))
    commands = [
        *[("report", "--basis", basis, *span, "--format", "json") for basis in ("validated", "predicted")],
        *[("report", "--exact", "--basis", basis, *span, "--format", "json") for basis in ("validated", "predicted")],
        ("report", *span, "--where", "camera=left", "--format", "json"),
        ("calibration", *span, "--format", "json"),
        ("quality", *span, "--format", "json"),
        ("annotations", "--format", "json"),
        ("rules", "list", "--format", "json"),
        *[
            ("rules", "show", name, "--versions")
            for name in ("accuracy-low", "recall-low", "short-lived", "no-reviews")
        ],
        ("alerts", "list", "--all", "--format", "json"),
    ]
    answers = {" ".join(command): json.loads(one.command(*command)) for command in commands}
    for alert in answers["alerts list --all --format json"]["alerts"]:
        answers[f"alerts show {alert['id']}"] = json.loads(one.command("alerts", "show", alert["id"]))
    return answers


def archive(one: Installation, state: Path, made_at: datetime, target: Path) -> None:
    about = {"commit": COMMIT, "made_at": made_at.isoformat(), "environment": SETTINGS}
    with tarfile.open(target / "installation.tar.xz", "w:xz", preset=9) as tar:
        _add(tar, "about.json", json.dumps(about, indent=1).encode())
        for name in sorted(one.database.list_collection_names()):
            documents = one.database[name].find().sort("_id", 1)
            _add(tar, f"database/{name}.bson", b"".join(bson.encode(document) for document in documents))
        for file in sorted(path for path in state.rglob("*") if path.is_file()):
            _add(tar, f"state/{file.relative_to(state)}", file.read_bytes())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def main() -> None:
    from monitor_core import embedded

    target, folder = Path(sys.argv[1]), Path(tempfile.mkdtemp())
    sockets = embedded.run_folder(folder)
    with embedded.running(folder / "data", sockets) as uri:
        one = Installation(uri, folder / "state")
        live(one)
        answers, made_at = said(one), datetime.now(UTC)
        (target / "said.json").write_text(json.dumps(answers, indent=1) + "\n")
        archive(one, folder / "state", made_at, target)
    shutil.rmtree(folder)
    shutil.rmtree(sockets, ignore_errors=True)


if __name__ == "__main__":
    main()
