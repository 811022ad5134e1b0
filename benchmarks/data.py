"""Documents as a busy production writes them: the same for the same arguments, in the order of the predictions."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from bson import ObjectId
from pymongo import MongoClient

from monitor_core.database import Document

END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 120
CLASS_SHARES = (0.3, 0.22, 0.16, 0.12, 0.1, 0.07, 0.03)  # of seven classes
UNREVIEWED = 0.2  # as many documents as this share of the reviewed ones are never reviewed
CONFIRMED, REJECTED = 0.05, 0.02  # answers `true` and `false` instead of a class
REVIEW_HOURS = 20.0  # median until a review; a tenth takes more than four days
INSERTED = 10_000  # documents a message


def documents(reviewed: int, seed: int = 7) -> Iterator[list[Document]]:
    """Lists of documents over the last DAYS days before END, `reviewed` of them reviewed and not logged."""
    total = reviewed + round(reviewed * UNREVIEWED)
    rng = np.random.default_rng(seed)
    never = np.zeros(total, dtype=bool)
    never[rng.choice(total, total - reviewed, replace=False)] = True
    seconds = np.sort(rng.uniform(0, DAYS * 86_400, total))
    for first in range(0, total, INSERTED):
        some = slice(first, min(first + INSERTED, total))
        yield _some(rng, first, seconds[some].tolist(), never[some].tolist())


def _some(rng: np.random.Generator, first: int, seconds: list[float], never: list[bool]) -> list[Document]:
    count, start = len(seconds), END - timedelta(days=DAYS)
    targets = rng.choice(len(CLASS_SHARES), count, p=CLASS_SHARES)
    wrong = rng.random(count) < 0.1
    predictions = np.where(wrong, (targets + rng.integers(1, len(CLASS_SHARES), count)) % len(CLASS_SHARES), targets)
    confidences = np.where(wrong, rng.beta(4, 3, count), rng.beta(9, 1.5, count)).round(4)
    kinds, hours = rng.random(count), rng.lognormal(np.log(REVIEW_HOURS), 1.2, count)
    found = []
    for n in range(count):
        predicted_at = start + timedelta(milliseconds=int(seconds[n] * 1000))
        found.append(
            {
                "_id": ObjectId(struct.pack(">IQ", int(predicted_at.timestamp()), first + n)),
                "filename": f"camera-{n % 4}/{first + n:09d}.jpg",
                "output_confidence": float(confidences[n]),
                "output_prediction": int(predictions[n]),
                "output_validated": None if never[n] else _answer(kinds[n], int(targets[n]), bool(wrong[n])),
                "timestamp": predicted_at,
                "timestamp_validated": None if never[n] else predicted_at + timedelta(hours=float(hours[n])),
                "trained": False,
                "logged": False,
            }
        )
    return found


def _answer(kind: float, target: int, wrong: bool) -> Any:
    if wrong:
        return False if kind < REJECTED else target
    return True if kind < CONFIRMED else target


def fill(uri: str, database: str, collection: str, reviewed: int) -> int:
    """Write them into a fresh collection; how many documents there are."""
    client: MongoClient[Document] = MongoClient(uri)
    into, written = client[database][collection], 0
    for some in documents(reviewed):
        into.insert_many(some, ordered=False)
        written += len(some)
    client.close()
    return written
