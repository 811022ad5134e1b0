"""The commands logging …: a person says what has become of an uncertain batch, and sees what is set aside."""

import csv
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId, json_util

from monitor_core.logger import tick as jobs
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from tests.command import run
from tests.documents import FIELDS, prediction


@pytest.mark.parametrize(
    ("option", "state", "sentence"),
    [
        ("--resend", "waiting", "2 uploads will be sent again by the logger's next run."),
        ("--accept", "sent", "2 uploads will be considered delivered by the logger's next run."),
    ],
)
def test_an_uncertain_batch_is_sent_again_or_taken_as_delivered(
    store: Store, option: str, state: str, sentence: str
) -> None:
    parts = Outbox(store).parts.documents
    for part, batch in (("a", "b7"), ("b", "b7"), ("c", "b8")):
        parts.insert_one({"_id": part, "batch": batch, "to": {"whylabs": {"state": "uncertain"}}})
    assert run("logging", "resolve", "b7", option).stdout.strip() == sentence
    states = {part["_id"]: part["to"]["whylabs"]["state"] for part in parts.find()}
    assert states == {"a": state, "b": state, "c": "uncertain"}
    again = run("logging", "resolve", "b7", option)
    assert again.returncode == 2
    assert "No upload of the batch b7 is uncertain" in again.stderr
    assert "doctor" in again.stderr


@pytest.mark.parametrize("command", [["logging", "set-aside"], ["report", "--format", "json"], ["report"]])
def test_a_dash_is_standard_output(
    store: Store, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.collection.insert_one(prediction(predicted="cat"))
    monkeypatch.chdir(tmp_path)
    dashed = run(*command, "--output", "-")
    assert dashed.returncode == 0, dashed.stderr
    assert len(dashed.stdout) > 40
    assert not (tmp_path / "-").exists()
    assert len(run(*command).stdout) == len(dashed.stdout)


def test_what_is_set_aside_is_listed_with_exact_ids_and_the_values_to_correct(store: Store, tmp_path: Path) -> None:
    odd: list[Any] = [ObjectId("0123456789abcdef01234567"), "1", 1, {"run": 1}, "long" * 200]
    made = [prediction(_id=id, predicted="cat", filename="=a.png") for id in odd]
    made += [
        prediction(target=[1, 2], _id="list"),
        prediction(_id="undated", predicted_at="soon"),
        prediction(_id="good"),
    ]
    made += [
        prediction(_id="logged", predicted="cat", logged=True),
        prediction(_id="open", predicted="cat", target=None),
    ]
    store.collection.insert_many(made)
    file = tmp_path / "aside.csv"
    ended = run("logging", "set-aside", "--output", str(file))
    assert ended.stderr.endswith(f" bytes are written to {file}.\n7 documents set aside.\n")
    rows = list(csv.DictReader(file.open(newline="", encoding="utf-8")))
    listed = [store.collection.find_one({"_id": json_util.loads(row["id"])}) or {} for row in rows]
    assert {repr(document["_id"]) for document in listed} == {repr(id) for id in (*odd, "list", "undated")}
    of_document = {row["id"]: (row["reason"], row["field"], row["value"], row["file"]) for row in rows}
    assert of_document['{"run": 1}'] == ("unreadable_prediction", FIELDS.prediction, '"cat"', "'=a.png")
    assert of_document['"list"'] == ("unreadable_review", FIELDS.validated, "[1, 2]", "")
    assert of_document['"undated"'] == ("undated_prediction", FIELDS.predicted_at, '"soon"', "")
    tick = jobs.tick(store)
    assert tick
    assert sum(tick.set_aside.values()) == len(rows)
    assert run("logging", "set-aside").stdout.count("\n") == 8


def test_a_person_has_to_choose(store: Store) -> None:
    ended = run("logging", "resolve", "b7")
    assert ended.returncode == 2
    assert "--resend" in ended.stderr
