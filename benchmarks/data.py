"""Synthetic documents of a busy production: deterministic, in the order of the predictions."""

import struct
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

import numpy as np
from bson import ObjectId
from pymongo import MongoClient
from pymongo.collection import Collection

from monitor_core.mongo.connection import Document
from monitor_core.settings.documents import FieldNames

FIELDS = FieldNames()

END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 120
CLASS_SHARES = (0.3, 0.22, 0.16, 0.12, 0.1, 0.07, 0.03)  # of seven classes
CONFIRMED, REJECTED = 0.05, 0.02  # answers `true` and `false` instead of a class
REVIEW_HOURS = 20.0  # median until a review; a tenth takes more than four days
BY_WEEKDAY = (1.0, 1.05, 1.1, 1.05, 1.0, 0.4, 0.25)  # from Monday
BY_HOUR = np.array([0.2] * 6 + [0.8, 1.5, 2, 2, 2, 1.8, 1.5, 1.8, 2, 2, 1.8, 1.2] + [0.5] * 6)
INSERTED = 10_000  # documents a message
WRITERS = 2  # processes, each with its own stretch of time


@dataclass(frozen=True)
class Shape:
    """The properties of the documents."""

    days: int = DAYS  # up to the end
    unreviewed: float = 0.2  # as many documents as this share of the reviewed ones are never reviewed
    classes: int = len(CLASS_SHARES)
    logged: bool = False  # the reviewed ones
    trained: float = 0.0  # of the reviewed ones, the share that the model learned from
    end: datetime = END  # of the predictions; reviews go on after it


def documents(reviewed: int, shape: Shape = Shape(), seed: int = 7) -> Iterator[list[Document]]:
    """Yield lists of documents over the last days before the end, `reviewed` of them reviewed."""
    for part in range(WRITERS):
        yield from _part(reviewed, shape, seed, part)


def _part(reviewed: int, shape: Shape, seed: int, part: int) -> Iterator[list[Document]]:
    """Yield the documents of one of the WRITERS equal parts of the time."""
    edges = [reviewed * n // WRITERS for n in range(WRITERS + 1)]
    wanted = edges[part + 1] - edges[part]
    total = wanted + round(wanted * shape.unreviewed)
    rng = np.random.default_rng([seed, part])
    never = np.zeros(total, dtype=bool)
    never[rng.choice(total, total - wanted, replace=False)] = True
    seconds = _instants(rng, shape, total, part)
    first_number = part * 2**40
    for first in range(0, total, INSERTED):
        some = slice(first, min(first + INSERTED, total))
        yield _some(rng, shape, first_number + first, seconds[some].tolist(), never[some].tolist())


def _instants(rng: np.random.Generator, shape: Shape, total: int, part: int) -> Any:
    """Return seconds since the beginning, ascending, with a weekly and a daily rhythm."""
    hours = np.arange(shape.days * 24 * part // WRITERS, shape.days * 24 * (part + 1) // WRITERS)
    begins = shape.end - timedelta(days=shape.days)
    weekday = (begins.weekday() + hours // 24) % 7
    weights = np.array(BY_WEEKDAY)[weekday] * BY_HOUR[hours % 24]
    counts = rng.multinomial(total, weights / weights.sum())
    return np.sort(np.repeat(hours, counts) * 3600 + rng.uniform(0, 3600, total))


def _class_shares(classes: int) -> Any:
    """Return seven shares as in a sorting plant, or a skewed distribution for more classes."""
    if classes == len(CLASS_SHARES):
        return np.array(CLASS_SHARES)
    shares = 1 / np.arange(1, classes + 1)
    return shares / shares.sum()


def _some(
    rng: np.random.Generator, shape: Shape, first: int, seconds: list[float], never: list[bool]
) -> list[Document]:
    count, start, classes = len(seconds), shape.end - timedelta(days=shape.days), shape.classes
    targets = rng.choice(classes, count, p=_class_shares(classes))
    wrong = rng.random(count) < 0.1
    predictions = np.where(wrong, (targets + rng.integers(1, classes, count)) % classes, targets).tolist()
    confidences = np.where(wrong, rng.beta(4, 3, count), rng.beta(9, 1.5, count)).round(4).tolist()
    kinds, hours = rng.random(count).tolist(), rng.lognormal(np.log(REVIEW_HOURS), 1.2, count).tolist()
    targets, wrong = targets.tolist(), wrong.tolist()
    found = []
    for n in range(count):
        predicted_at = start + timedelta(milliseconds=int(seconds[n] * 1000))
        found.append(
            {
                "_id": ObjectId(struct.pack(">IQ", int(predicted_at.timestamp()), first + n)),
                FIELDS.filename: f"camera-{n % 4}/{first + n:09d}.jpg",
                FIELDS.confidence: confidences[n],
                FIELDS.prediction: predictions[n],
                FIELDS.validated: None if never[n] else _answer(kinds[n], targets[n], wrong[n]),
                FIELDS.predicted_at: predicted_at,
                FIELDS.validated_at: None if never[n] else predicted_at + timedelta(hours=hours[n]),
                FIELDS.trained: not never[n] and (first + n) % 1000 < 1000 * shape.trained,
                FIELDS.logged: shape.logged and not never[n],
            }
        )
    return found


def _answer(kind: float, target: int, wrong: bool) -> Any:
    if wrong:
        return False if kind < REJECTED else target
    return True if kind < CONFIRMED else target


def fill(uri: str, database: str, collection: str, reviewed: int, shape: Shape = Shape()) -> int:
    """Write the documents into a fresh collection; return their number."""
    with ProcessPoolExecutor(WRITERS) as writers:
        every = (uri, database, collection, reviewed, shape)
        return sum(writers.map(_write, *(repeat(one) for one in every), range(WRITERS)))


def _write(uri: str, database: str, collection: str, reviewed: int, shape: Shape, part: int) -> int:
    with MongoClient[Document](uri) as client:
        into, written = client[database][collection], 0
        for some in _part(reviewed, shape, 7, part):
            into.insert_many(some, ordered=False)
            written += len(some)
    return written


def leave_unreviewed(predictions: Collection[Document], after: datetime) -> None:
    """Remove reviews later than `after`, because nobody reviews in the future."""
    not_yet = {FIELDS.validated: None, FIELDS.validated_at: None, FIELDS.logged: False, FIELDS.trained: False}
    predictions.update_many({FIELDS.validated_at: {"$gt": after}}, {"$set": not_yet})
