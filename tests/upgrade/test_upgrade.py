"""An installation of commit 685ef16 goes on under today's code: nothing is lost, nothing doubled.

make_installation.py says how it was made and what is unfinished in it. What that commit's commands said of it stands in
said.json; commands, logger and database are tried from outside, as an operator upgrades.
"""

import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from monitor_core.settings.settings import ROOT
from tests.receivers import Webhook, webhook
from tests.upgrade.load import FOLDER, Shift, content, days_since, load_database, load_state
from tests.whylabs_shaped import WhyLabsShaped, whylabs_shaped

pytestmark = pytest.mark.xdist_group("upgrade")  # in order, in one process
OF_THIS_MOMENT = {"looked_at_since", "status", "evaluation", "days", "counted_on", "changes", "grounds_on"}
OF_AN_ALERT = ("id", "rule", "label", "severity", "title", "state", "opened_on", "opened_at", "fired_at", "closed_at")
MARKS = ("acknowledged", "snoozed_until", "notes", "false_alarm")


@dataclass(frozen=True)
class Installation:
    database: Database[dict[str, Any]]
    state: Path
    said: dict[str, Any]  # by the commands of the commit that made it
    environment: dict[str, str]
    whylabs: WhyLabsShaped
    hook: Webhook
    before: dict[str, list[dict[str, Any]]]  # the monitor's collections as that commit left them

    def command(self, *arguments: str, code: int = 0) -> str:
        return self._run("-m", "monitor_core", *arguments, code=code)

    def log(self, code: int = 0) -> str:
        return self._run("logger_worker.py", "--once", code=code)

    def _run(self, *command: str, code: int) -> str:
        ended = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    def count(self, collection: str, **asked: Any) -> int:
        return self.database[collection].count_documents(asked)

    def messages(self) -> str:
        return "\n".join(f"{one['title']}\n{one['message']}" for one in self.hook.received)


@pytest.fixture(scope="module")
def installation(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The installation as its operator has it on the day of the upgrade; the tests below live through it in order."""
    state = tmp_path_factory.mktemp("installation") / "state"
    with (
        tarfile.open(FOLDER / "installation.tar.xz") as archive,
        MongoClient[dict[str, Any]](mongodb_uri, tz_aware=True, datetime_conversion="DATETIME_AUTO") as client,
        webhook() as hook,
        whylabs_shaped() as whylabs,
    ):
        about = json.loads(content(archive, "about.json"))
        shift = days_since(datetime.fromisoformat(about["made_at"]))
        database = client[about["environment"]["MONITOR_DATABASE"]]
        load_database(archive, shift, database)
        load_state(archive, shift, state)
        addresses = {
            "MONITOR_MONGODB_URI": mongodb_uri,
            "MONITOR_STATE_FOLDER": str(state),
            "WHYLABS_API_ENDPOINT": whylabs.address,
            "MONITOR_NOTIFY": hook.address(),
        }
        environment = {**_plain_environment(), **about["environment"], **addresses}
        before = {name: list(database[name].find()) for name in database.list_collection_names()}
        yield Installation(database, state, _said(shift), environment, whylabs, hook, before)
        client.drop_database(database.name)


def _said(shift: Shift) -> dict[str, Any]:
    return dict(json.loads(shift.text((FOLDER / "said.json").read_text("utf-8"))))


def _plain_environment() -> dict[str, str]:
    ours = ("MONITOR_", "WHYLABS_", "STREAMLIT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def differences(before: Any, now: Any, path: str = "") -> Iterator[str]:
    """Yield what was said and is not said any more; more may be said, and sentences may be worded anew.

    Intervals contain the variance between days today, and are not compared.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before.keys() - OF_THIS_MOMENT:
            if not name.endswith(("interval", "low", "high")):
                yield from differences(before[name], _figure_of(name, before, now), f"{path}/{name}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from differences(one, other, f"{path}/{place}")
    elif isinstance(before, float) and isinstance(now, int | float):
        if now != pytest.approx(before, rel=1e-9):
            yield f"{path}: {before} became {now}"
    elif before != now and not (isinstance(before, str) and " " in before):
        yield f"{path}: {before} became {now}"


def _figure_of(name: str, before: Any, now: Any) -> Any:
    """Return what is said now; of a score that is given as bounds today, because samples were rejected, that before."""
    if now.get(name) is None and f"{name}_bounds" in now:
        return before[name]
    return now.get(f"{name}_measured", now.get(name, "nothing"))  # chance's part is taken out of a calibration error


def without_review(report: Any) -> Any:
    """Return a report with one number of what has no review and what has an unreadable one: NaN was such a one."""
    if "excluded" not in report:
        return report
    unreadable = report["excluded"]["unreadable_review"]
    excluded = report["excluded"] | {"unreadable_review": 0}
    return report | {"not_reviewed": report["not_reviewed"] + unreadable, "excluded": excluded}


def of_quality(report: Any) -> dict[str, int]:
    """Return the numbers of documents of a report on quality: all of the period, and by kind but for unread reviews.

    For that commit NaN was an unreadable review.
    """
    all_of_them = report["used"] + report["not_reviewed"] + sum(report["set_aside"].values())
    kinds = {one["kind"]: one["documents"] for one in report["findings"] if one["kind"] != "unreadable_review"}
    return {"documents": all_of_them} | kinds


def test_the_figures_are_those_of_before_the_upgrade(installation: Installation) -> None:
    """Before the logger has run, from the history that the earlier code kept, and counted anew."""
    for command, before in installation.said.items():
        if command.startswith(("report", "calibration", "quality", "annotations")):
            now = json.loads(installation.command(*command.split()))
            if command.startswith("quality"):
                before, now = of_quality(before), of_quality(now)
                now = {name: number for name, number in now.items() if name in before}  # further kinds are found today
            assert "; ".join(differences(without_review(before), without_review(now))) == "", command


def test_rules_keep_their_versions(installation: Installation) -> None:
    for command, before in installation.said.items():
        if command.startswith("rules show"):
            assert list(differences(before, json.loads(installation.command(*command.split())))) == []
    before = {one["name"]: one for one in installation.said["rules list --format json"]}
    now = {one["name"]: one for one in json.loads(installation.command("rules", "list", "--format", "json"))}
    assert [list(differences(before[name], now[name])) for name in before] == [[]] * len(before)
    assert all(one["changed_by"] != "ana" for name, one in now.items() if name not in before)


def test_the_first_run_finishes_what_was_left_once(installation: Installation) -> None:
    """Two batches reach WhyLabs byte for byte as they were prepared; the uncertain one waits for a person."""
    parts = installation.before["monitor_parts"]
    waiting = [part for part in parts if part["to"]["whylabs"]["state"] == "waiting"]
    uncertain = [part for part in parts if part["to"]["whylabs"]["state"] == "uncertain"]
    assert waiting
    assert uncertain
    logged = installation.count("image_logs", logged=True)

    said = installation.log(code=1)

    assert uncertain[0]["batch"] in said
    assert Counter(installation.whylabs.received.values()) == Counter(bytes(part["data"]) for part in waiting)
    assert installation.count("image_logs", logged=True) == logged + sum(part["rows"] for part in waiting)
    assert _profile_files(installation) >= {f"{part['day']}/{part['_id']}.bin" for part in parts}
    assert installation.count("monitor_batches", state="prepared") == 1


def _profile_files(installation: Installation) -> set[str]:
    folder = installation.state / "profiles"
    return {str(file.relative_to(folder)) for file in folder.rglob("*.bin")}


def test_alerts_keep_their_state_and_marks(installation: Installation) -> None:
    before = installation.said["alerts list --all --format json"]["alerts"]
    now = json.loads(installation.command("alerts", "list", "--all", "--format", "json"))["alerts"]
    marks = {one["id"]: [one[name] for name in (*OF_AN_ALERT, *MARKS)] for one in before}
    # From some hour of the day on these averages are judged again, and have no interval today: a class has few samples.
    still = [one | {"state": "firing" if one["state"] == "no data" else one["state"]} for one in now]
    assert {one["id"]: [one[name] for name in (*OF_AN_ALERT, *MARKS)] for one in still} == marks
    assert {one["rule"] for one in now if one["state"] == "no data"} <= {"f1-low", "precision-low"}
    assert {one["state"] for one in still} == {"firing", "resolved"}
    assert any(one["acknowledged"] for one in now)
    assert any(one["snoozed_until"] for one in now)


def test_what_was_not_told_is_told_once(installation: Installation) -> None:
    """The message that was queued, and the event of which the logger died before it was queued; no other again.

    The event may be that the rule has no data, see above.
    """
    installation.log(code=1)
    messages = installation.messages()
    assert [messages.count(title) for title in ("Warning: F1 low", "arning: Precision low")] == [1, 1], messages
    assert "Recall low" not in messages
    assert "promised" not in messages
    assert installation.count("monitor_notifications", state="waiting") == 0
    assert installation.count("monitor_alert_events", notified=False) == 0


def test_the_uncertain_batch_is_settled_by_a_person(installation: Installation) -> None:
    (batch,) = installation.database["monitor_batches"].find({"state": "prepared"})
    sent, logged = len(installation.whylabs.received), installation.count("image_logs", logged=True)
    installation.command("logging", "resolve", batch["_id"], "--accept")
    installation.log()
    assert len(installation.whylabs.received) == sent
    assert installation.count("image_logs", logged=True) == logged + batch["rows"]
    assert [installation.count(name) for name in ("monitor_parts", "monitor_claims")] == [0, 0]


def test_after_it_all_the_figures_are_still_the_same(installation: Installation) -> None:
    for command in [one for one in installation.said if one.startswith("report")]:
        now = json.loads(installation.command(*command.split()))
        before = installation.said[command]
        assert list(differences(without_review(before), without_review(now))) == [], command


def test_profiles_and_quality_records_of_earlier_days_are_read_as_they_are(installation: Installation) -> None:
    for name in ("monitor_profiles", "monitor_history", "monitor_quality", "monitor_annotations"):
        earlier = {one["_id"] for one in installation.before[name]}
        assert earlier <= {one["_id"] for one in installation.database[name].find({}, {"_id": 1})}, name


def test_the_demo_s_documents_can_still_be_removed(installation: Installation) -> None:
    (mark,) = installation.before["monitor_demo"]
    documents = installation.count("image_logs")
    assert "removed" in installation.command("demo", "--remove")
    assert installation.count("image_logs") == documents - len(mark["ids"])
    assert not list((installation.state / "images").glob("*"))
