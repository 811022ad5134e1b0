"""Days in the history's format 4, as commit 685ef16 stored them, whose documents are there, gone, or partly gone.

The installation is that of test_upgrade.py, one that seals early and has let documents expire.
"""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.history.tables import FORMAT
from monitor_core.mongo.store import Store
from monitor_core.reports.traffic import traffic_over_time, without_hours
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.upgrade.load import FOLDER, content, days_since, load_database

SEALED_AFTER, WHOLE, GONE, PARTLY = 10, 15, 20, 25  # days ago


@dataclass(frozen=True)
class Upgraded:
    store: Store
    said: dict[str, Any]  # the report of the commit that made it, by prediction date
    before: dict[str, dict[str, Any]]  # the stored days

    def day(self, ago: int) -> date:
        return self.store.now().date() - timedelta(days=ago)

    def stored(self, ago: int) -> dict[str, Any]:
        return next(self.store.history.days.find({"_id": f"predicted/{self.day(ago)}"}))

    def command(self, *arguments: str) -> str:
        ended = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
        )
        return ended.stdout


@pytest.fixture
def upgraded(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Upgraded]:
    """The installation after the first run of today's logger."""
    with tarfile.open(FOLDER / "installation.tar.xz") as archive:
        about = json.loads(content(archive, "about.json"))
        of_installation = {name: value for name, value in about["environment"].items() if name.startswith("MONITOR_")}
        for name, value in (of_installation | environment | {"MONITOR_SEAL_AFTER": str(SEALED_AFTER)}).items():
            monkeypatch.setenv(name, value)
        shift = days_since(datetime.fromisoformat(about["made_at"]))
        store = Store(load().settings)
        load_database(archive, shift, store.database)
    said = json.loads(shift.text((FOLDER / "said.json").read_text("utf-8")))
    report = next(value for name, value in said.items() if name.startswith("report --basis predicted"))
    upgraded = Upgraded(store, report, {day["_id"]: day for day in store.history.days.find()})
    expire(store.database, upgraded.day(GONE), store)
    expire(store.database, upgraded.day(PARTLY), store, left=5)
    upgraded.command("logger_worker.py", "--once")
    yield upgraded
    store.database.client.drop_database(store.settings.database)
    store.database.client.close()


def expire(database: Database[dict[str, Any]], day: date, store: Store, left: int = 0) -> None:
    """Delete the documents that were predicted on a day, as an index with a time to live does, but for some of them."""
    predicted_at = store.fields.predicted_at
    documents = [one for one in store.collection.find() if str(one.get(predicted_at))[:10] == str(day)]
    assert len(documents) > left
    database[store.settings.collection].delete_many({"_id": {"$in": [one["_id"] for one in documents[left:]]}})


def test_a_day_whose_documents_are_gone_stays_and_is_readable(upgraded: Upgraded) -> None:
    for ago in (GONE, PARTLY):
        stored, before = upgraded.stored(ago), upgraded.before[f"predicted/{upgraded.day(ago)}"]
        for name in ("cells", "confidence", "delays", "documents", "reviewed", "scores", "computed_at"):
            assert stored[name] == before[name]
        assert "format" not in stored
        assert stored["made_from"] == upgraded.store.history.made_from
        day = str(upgraded.day(ago))
        report = json.loads(
            upgraded.command(*f"-m monitor_core report --basis predicted --period {day} --format json".split())
        )
        assert report["sealed_days"] == [day]
        assert report["documents"] == before["documents"]
        assert (report["validated"], report["accuracy"]) == tuple(
            upgraded.said["by_day"][day][name] for name in ("validated", "accuracy")
        )


def test_a_day_whose_documents_are_there_is_counted_again(upgraded: Upgraded) -> None:
    stored, before = upgraded.stored(WHOLE), upgraded.before[f"predicted/{upgraded.day(WHOLE)}"]
    assert stored["format"] == FORMAT == 5
    assert (stored["documents"], stored["cells"]) == (before["documents"], before["cells"])
    assert "preserved" not in stored
    assert "hours" in stored
    young = upgraded.stored(SEALED_AFTER - 1)
    assert young["format"] == FORMAT


def test_what_format_4_did_not_count_is_missing_and_not_zero(upgraded: Upgraded) -> None:
    period = Period(upgraded.day(GONE), upgraded.day(GONE - 1))
    table = traffic_over_time(upgraded.store, Selection(period, "predicted"), "predictions", "hour", upgraded.day(0))
    of_gone = table["start"].dt.date == upgraded.day(GONE)
    assert table.loc[of_gone, "count"].isna().all()
    assert table.loc[~of_gone, "count"].sum() == upgraded.stored(GONE - 1)["documents"]
    assert without_hours([table]).startswith("Of 1 day nobody knows the hours: an earlier version counted it")
    by_day = traffic_over_time(upgraded.store, Selection(period, "predicted"), "predictions", "day", upgraded.day(0))
    assert by_day["count"].tolist() == [upgraded.stored(ago)["documents"] for ago in (GONE, GONE - 1)]
