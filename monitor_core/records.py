"""What the history keeps of a local day: the record of a basis and day, and how its tables are stored."""

import hashlib
from datetime import date

import numpy as np

from monitor_core.confusion import Ints
from monitor_core.counting import DayCounts
from monitor_core.database import Document
from monitor_core.settings import Basis, Settings

FORMAT = 2  # of a record; another one makes the history anew
STORED = np.dtype("<i4")  # of the tables in a record
Key = tuple[Basis, date]


def made_from(settings: Settings) -> str:
    """What a record depends on besides the documents."""
    s = settings
    parts = (FORMAT, s.collection, s.time_zone, s.fields.model_dump_json())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def record_id(key: Key) -> str:
    return f"{key[0]}/{key[1].isoformat()}"


def key_of(record_id: str) -> Key:
    basis, day = record_id.split("/")
    return ("validated" if basis == "validated" else "predicted"), date.fromisoformat(day)


def packed(table: Ints) -> bytes:
    """Rows of little-endian 32-bit numbers, one after the other."""
    return bytes(table.astype(STORED).tobytes())


def unpacked(data: bytes, width: int) -> Ints:
    return np.frombuffer(data, STORED).astype(np.int64).reshape(-1, width)


def counts_of(record: Document) -> DayCounts:
    return DayCounts(
        record["documents"],
        record["not_reviewed"],
        record["unreadable_prediction"],
        record["unreadable_review"],
        record["bad_confidence"],
        unpacked(record["cells"], 3),
        unpacked(record["confidence"], 4),
        unpacked(record["delays"], 2),
    )
