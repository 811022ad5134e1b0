"""The queue as files: each is read back as its tool's documents describe it."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import change_share
from monitor_core.reports.queue.formats import QUEUE_FORMATS
from monitor_core.reports.queue.review_next import ReviewQueue, review_queue
from tests.documents import fields, prediction
from tests.reports.queue.queued import write_queue

NAMES = {1: 'a "cat" & <b>', 2: "=dog", 3: "ox"}


@pytest.fixture
def queued(make_store: Callable[..., Store]) -> tuple[Store, ReviewQueue]:
    store = make_store(class_names=NAMES)
    selection, now = write_queue(store)
    store.collection.insert_one(prediction(now, 5, None, confidence=None, reviewed=None, filename="s3://b/no one.png"))
    store.collection.update_one(fields(filename="rare.png"), {"$set": fields(filename="a b/ü.png")})
    store.collection.insert_one(prediction(now - timedelta(days=2), 6, 6, filename="of another class.png"))
    change_share(store, 0.3, "ana", now, selection.period.first)
    return store, review_queue(store, selection, now, most=120)


def test_every_format_has_every_entry_once_as_its_tool_reads_it(queued: tuple[Store, ReviewQueue]) -> None:
    store, queue = queued
    text = {name: make(queue, store.settings) for name, (_, make) in QUEUE_FORMATS.items()}
    entries = [(name, entry) for name, entries in queue.lists.items() for entry in entries]
    files = [entry.sample.file for _, entry in entries]
    assert {"a b/ü.png", "s3://b/no one.png"} <= set(files)

    rows = list(csv.DictReader(io.StringIO(text["csv"], newline="")))
    assert [row["file"] for row in rows] == files
    assert [row["list"] for row in rows] == [name for name, _ in entries]
    assert {row["prediction_name"] for row in rows if row["prediction"] == "2"} == {"'=dog"}

    interface = ET.fromstring(text["label-studio-config"])  # noqa: S314 - our own
    classes = {choice.attrib["value"] for choice in interface.iter("Choice")}
    assert classes == {*NAMES.values(), "5", "6", "7"}  # nothing of class 6 is in the queue
    for task, (name, entry) in zip(json.loads(text["label-studio"]), entries, strict=True):
        assert set(task) == {"data", "predictions"}
        assert (task["data"]["file"], task["data"]["list"]) == (entry.sample.file, name)
        (made,) = task["predictions"]
        (result,) = made["result"]
        assert (result["from_name"], result["to_name"], result["type"]) == ("class", "image", "choices")
        assert {*result["value"]["choices"]} <= classes
        assert made.get("score") == entry.sample.confidence
        assert "score" not in made or 0 <= made["score"] <= 1
    addresses = {task["data"]["file"]: task["data"]["image"] for task in json.loads(text["label-studio"])}
    assert addresses["s3://b/no one.png"] == "s3://b/no one.png"
    assert addresses["a b/ü.png"] == "/data/local-files/?d=a%20b/%C3%BC.png"

    for sample, (name, entry) in zip(json.loads(text["fiftyone"])["samples"], entries, strict=True):
        assert (sample["filepath"], sample["tags"]) == (f"data/{entry.sample.file}", [name])
        assert sample["prediction"]["_cls"] == "Classification"
        assert sample["prediction"].get("confidence") == entry.sample.confidence
        predicted_at = datetime.fromisoformat(sample["predicted_at"])
        assert predicted_at == entry.sample.predicted_at
        assert (sample.get("target") is None) is (entry.sample.target is None)

    coco = json.loads(text["coco"])
    names = {one["id"]: one["name"] for one in coco["categories"]}
    images = {one["id"]: one["file_name"] for one in coco["images"]}
    assert [images[one["image_id"]] for one in coco["annotations"]] == files
    name_of = store.settings.class_name
    assert [names[one["category_id"]] for one in coco["annotations"]] == [
        name_of(entry.sample.prediction) for _, entry in entries
    ]
    assert len({*images}) == len(files)
