"""The review queue as files for annotation tools: CSV, Label Studio, FiftyOne, and COCO Camera Traps.

Label Studio reads a list of tasks (labelstud.io/guide/predictions), FiftyOne the samples.json of its FiftyOneDataset,
and COCO Camera Traps is the dialect of COCO for classes of whole images, whose annotations have no box.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from monitor_core.contract.selection import Sample
from monitor_core.contract.spreadsheets import harmless
from monitor_core.reports.export import COLUMNS, row_of
from monitor_core.reports.queue.informative import QueueEntry
from monitor_core.reports.queue.review_next import ReviewQueue
from monitor_core.settings.settings import Settings

CHOICE, IMAGE = "class", "image"  # how a task's predictions and the labelling interface name each other's parts
LOCAL_FILES = "/data/local-files/?d="  # Label Studio's address of a file in its local storage
IMAGE_FOLDER = "data"  # beside FiftyOne's samples.json
ADDRESSES = re.compile("(https?|s3|gs|azure-blob)://", re.IGNORECASE)


def _entries(queue: ReviewQueue) -> Iterator[tuple[str, QueueEntry]]:
    """Yield the entries of both lists, each with the name of its list."""
    return ((name, entry) for name, entries in queue.lists.items() for entry in entries)


def as_csv(queue: ReviewQueue, settings: Settings) -> str:
    """Return the queue as CSV: the columns of an export of samples, behind the list and the reasons."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(["list", "reasons", *COLUMNS])
    for name, entry in _entries(queue):
        cells = row_of(entry.sample, settings).values()
        writer.writerow([name, harmless("; ".join(entry.reasons)), *map(_cell, cells)])
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    return value.isoformat(timespec="milliseconds") if hasattr(value, "isoformat") else value


def as_label_studio(queue: ReviewQueue, settings: Settings) -> str:
    """Return the queue as tasks of Label Studio, each with the model's class as a prediction."""
    return _json([_task(name, entry, settings) for name, entry in _entries(queue)])


def _task(name: str, entry: QueueEntry, settings: Settings) -> dict[str, Any]:
    sample = entry.sample
    choice = {"choices": [settings.class_name(sample.prediction)]}
    result = {"from_name": CHOICE, "to_name": IMAGE, "type": "choices", "value": choice}
    prediction = {"model_version": settings.model, "result": [result]} | _if_any("score", sample.confidence)
    data = {IMAGE: _address(sample.file), "file": sample.file, "id": str(sample.id)}
    return {"data": data | {"list": name, "reasons": "; ".join(entry.reasons)}, "predictions": [prediction]}


def _address(file: str) -> str:
    return file if ADDRESSES.match(file) else LOCAL_FILES + quote(file)


def as_label_studio_config(queue: ReviewQueue, settings: Settings) -> str:
    """Return the labelling interface that the tasks of Label Studio are for, with all classes."""
    choices = "\n".join(f"    <Choice value={quoteattr(name)}/>" for name in _classes(queue, settings).values())
    return (
        f'<View>\n  <Image name="{IMAGE}" value="${IMAGE}"/>\n'
        f'  <Choices name="{CHOICE}" toName="{IMAGE}" choice="single">\n{choices}\n  </Choices>\n</View>\n'
    )


def as_fiftyone(queue: ReviewQueue, settings: Settings) -> str:
    """Return the queue as the samples.json of a FiftyOneDataset, whose images are in the folder data beside it."""
    return _json({"samples": [_fiftyone_sample(name, entry, settings) for name, entry in _entries(queue)]})


def _fiftyone_sample(name: str, entry: QueueEntry, settings: Settings) -> dict[str, Any]:
    sample = entry.sample
    made = {
        "filepath": f"{IMAGE_FOLDER}/{sample.file}",
        "tags": [name],
        "prediction": _classification(settings.class_name(sample.prediction))
        | _if_any("confidence", sample.confidence),
        "reasons": list(entry.reasons),
        "prediction_id": str(sample.id),
    }
    if sample.predicted_at:
        made["predicted_at"] = sample.predicted_at.isoformat(timespec="milliseconds")  # {"$date": …} becomes a dict
    if sample.target is not None:
        made["target"] = _classification(settings.class_name(sample.target))
    return made


def _classification(label: str) -> dict[str, Any]:
    return {"_cls": "Classification", "label": label}


def as_coco(queue: ReviewQueue, settings: Settings) -> str:
    """Return the queue as COCO Camera Traps: images, classes, and the model's class of each image without a box."""
    classes = {label: number for number, label in enumerate(_classes(queue, settings), start=1)}
    entries = list(_entries(queue))
    images = [
        {"id": str(place), "file_name": entry.sample.file, "list": name, "reasons": "; ".join(entry.reasons)}
        | _if_any("datetime", _instant(entry.sample))
        for place, (name, entry) in enumerate(entries, start=1)
    ]
    annotations = [
        {"id": str(place), "image_id": str(place), "category_id": classes[entry.sample.prediction]}
        | _if_any("score", entry.sample.confidence)
        for place, (_, entry) in enumerate(entries, start=1)
    ]
    categories = [{"id": number, "name": settings.class_name(label)} for label, number in classes.items()]
    return _json({"images": images, "annotations": annotations, "categories": categories})


def _instant(sample: Sample) -> str | None:
    return f"{sample.predicted_at:%Y-%m-%d %H:%M:%S}" if sample.predicted_at else None


def _classes(queue: ReviewQueue, settings: Settings) -> dict[int, str]:
    """Return the names of all configured classes, and of those of the period and the queue, by label."""
    samples = [entry.sample for _, entry in _entries(queue)]
    labels = {*settings.class_names, *queue.labels, *(sample.prediction for sample in samples)}
    labels |= {sample.target for sample in samples if sample.target is not None}
    return {label: settings.class_name(label) for label in sorted(labels)}


def _if_any(name: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {name: value}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


QueueFormat = Callable[[ReviewQueue, Settings], str]
QUEUE_FORMATS: dict[str, tuple[str, QueueFormat]] = {  # by name: the name of a file, and its text
    "csv": ("queue.csv", as_csv),
    "label-studio": ("label-studio.json", as_label_studio),
    "label-studio-config": ("label-studio.xml", as_label_studio_config),
    "fiftyone": ("samples.json", as_fiftyone),
    "coco": ("coco.json", as_coco),
}
