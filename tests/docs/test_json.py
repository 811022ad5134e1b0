"""docs/json.md lists what `report` prints as JSON, and nothing else."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor_core.logger import history
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan
from monitor_core.scores.metrics import METRIC
from monitor_core.settings.settings import ROOT
from tests.command import run_json
from tests.documents import Document, at, prediction

PERIOD = ("report", "--period", "2026-10-01..2026-10-10", "--basis", "predicted")
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|", re.MULTILINE)
NAMED = {"by_class": "<class>", "by_day": "<day>", "class_shares": "<class>", "where": "<segment>"}
NAMED |= {"excluded": "<problem>", "noticed": "<problem>"}
COMPARISON = {"other", "difference", "interval", "verdict"}
TYPES: dict[str, Any] = {
    "true or false": bool,
    "text": str,
    "integer": int,
    "number": int | float,
    "list": list,
    "object": dict,
}


def documented() -> dict[str, str]:
    """The type of each key of the report."""
    return dict(ROW.findall((ROOT / "docs/json.md").read_text("utf-8").partition("## The JSON of `status`")[0]))


def keys(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield the key of each value with its type; what has a name of its own by what it is."""
    kind = type_of(value, path)
    if kind != "of more":
        yield ".".join(path), kind
        return
    for key, inner in value.items():
        yield from keys(inner, (*path, NAMED.get(path[-1] if path else "", "") or general(key)))


def general(key: str) -> str:
    for name, metric in sorted(METRIC.items(), key=lambda pair: -len(pair[0])):
        if key == name or key.removeprefix(name) in ("_interval", "_bounds"):
            return key.replace(name, "<class score>" if metric.by_class else "<score>")
    return key


def type_of(value: Any, path: tuple[str, ...]) -> str:
    if isinstance(value, dict):
        return "comparison" if value.keys() == COMPARISON else "object" if path[-1:] == ("no_interval",) else "of more"
    if path and path[-1].endswith(("_interval", "_bounds")):
        assert isinstance(value, list)
        assert len(value) == 2
        return "[low, high]"
    return "null" if value is None else next(name for name, kind in TYPES.items() if isinstance(value, kind))


@pytest.fixture
def reports(make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """With every part that a report may have: rejected samples, a comparison, segments, sealed days, a new class.

    An audit draws all predictions from 5 August on: of October it gives the estimate, of August none.
    """
    monkeypatch.setenv("MONITOR_SEGMENTS", '{"camera": "camera"}')
    monkeypatch.setenv("MONITOR_SEAL_AFTER", "1")
    store = make_store()
    documents = [reviewed(at(2026, 10, 1 + n % 10, 8), n % 3, n % 2) for n in range(60)]
    before = [reviewed(at(2026, 9, 25, 8), n % 3, n % 2) for n in range(20)]
    store.collection.insert_many([*documents, *before])
    AuditPlans(store).add(AuditPlan(date(2026, 8, 5), "salt", 1.0, (), (1.0, 1.0), "ana", store.now()))
    plain = run_json(*PERIOD, "--where", "camera=left", "--against", "previous")
    store.collection.insert_one(reviewed(at(2026, 10, 3, 8), 1, False))
    new = [reviewed(at(2026, 10, 9, 8), 1, 7) for _ in range(8)]
    store.collection.insert_many([*new, *(reviewed(at(2026, 9, 10, 8), n % 3, n % 2) for n in range(250))])
    store.history.create_indexes()
    recount(store)
    store.collection.delete_one({"_id": documents[0]["_id"]})
    recount(store)
    without = run_json("report", "--period", "2026-08-01..2026-08-10", "--basis", "predicted")  # any prediction
    return [plain, without, run_json(*PERIOD, "--against", "previous")]


def recount(store: Store) -> None:
    store.history.days.update_many({}, {"$set": {"checked_at": store.now() - timedelta(days=3)}})
    history.refresh(store)
    history.note_changes(store)


def reviewed(at: datetime, predicted: int, target: Any) -> Document:
    return prediction(at, predicted, target, reviewed=timedelta(hours=1), camera="left")


def test_the_document_lists_every_key_of_the_output_and_no_other(reports: list[Any]) -> None:
    written = {key: kind for report in reports for key, kind in keys(report) if kind != "null"}
    listed = documented()
    assert sorted(written.keys() - listed.keys()) == []
    assert sorted(listed.keys() - written.keys()) == []


def test_a_value_is_of_the_type_that_the_document_names(reports: list[Any]) -> None:
    listed = documented()
    wrong = {
        key: kind
        for report in reports
        for key, kind in keys(report)
        if kind not in ("null", listed[key]) and (kind, listed[key]) != ("integer", "number")
    }
    assert wrong == {}
