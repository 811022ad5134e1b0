"""The tables of a stored day, packed into bytes, and the counts that they are."""

import zlib
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.documents import MISTAKEN
from monitor_core.mongo.connection import Document
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_AUDIT, NO_SCENES, NOT_REVIEWED, NUMBERS, DayCounts

TABLES = {"cells": 3, "confidence": 4, "delays": 2, "hours": 3}  # and their columns
SCENE_COLUMNS, AUDIT_COLUMNS = 8, 7
FORMAT = 5  # of a stored day; with another one the history is made again
BEFORE_RESULTS = 4  # the format that has an outcome instead of a result: 0 wrong, 1 right, 2 not reviewed
STORED, STORED_SUMS = np.dtype("<i4"), np.dtype("<f8")  # of the tables in a stored day, and of the sums by scene


def packed(table: NDArray[Any], stored: np.dtype[Any] = STORED) -> bytes:
    """Compress a table, column by column, as little-endian numbers, by zlib: 43 kB of a busy day become 4."""
    return zlib.compress(table.T.astype(stored).tobytes())


def unpacked(data: bytes, width: int) -> Ints:
    """Decompress a table with `width` columns."""
    return as_stored(data, width).astype(np.int64)


def as_stored(data: bytes, width: int, of: np.dtype[Any] = STORED) -> Ints:
    """Decompress a table as 32-bit integers, in half the memory; arithmetic on its columns may overflow."""
    stored: Any = np.frombuffer(zlib.decompress(data), of)
    return cast(Ints, stored.reshape(width, -1).T)


NO_ROWS = packed(np.empty((0, 1), int))


def counts_of(stored: Document, table: Callable[[bytes, int], Ints] = unpacked) -> DayCounts:
    """Parse a stored day's counts; confidences and delays are empty if their tables were not read."""
    values: dict[str, Any] = {name: stored[name] for name in NUMBERS}
    values |= {name: table(stored.get(name, NO_ROWS), width) for name, width in TABLES.items()}
    values["classes"], values["preserved"] = stored.get("classes", 0), "preserved" in stored
    values["scenes"] = as_stored(stored["scenes"], SCENE_COLUMNS, STORED_SUMS) if "scenes" in stored else NO_SCENES
    values["audit"] = unpacked(stored["audit"], AUDIT_COLUMNS) if "audit" in stored else NO_AUDIT
    if stored.get("format", BEFORE_RESULTS) == BEFORE_RESULTS:
        values["confidence"] = with_results(values["confidence"])
    return DayCounts(**values)


def rarer(counts: DayCounts) -> Document:
    """Return the tables that only some days have, packed, and the number of the plan that a day was audited by."""
    tables: Document = {"scenes": packed(counts.scenes, STORED_SUMS)} if len(counts.scenes) else {}
    return tables | (
        {"audit": packed(counts.audit), "audited_by": int(counts.audit[0, 0])} if len(counts.audit) else {}
    )


def by_target(stored: Document) -> Ints:
    """Return one row for each target of a stored day: target or REJECTED, samples, and those that were right.

    >>> by_target({"cells": packed(np.array([[1, 1, 5], [1, 2, 3], [2, 1, 4]]))}).tolist()
    [[1, 8, 5], [2, 4, 0]]
    """
    target, prediction, count = unpacked(stored["cells"], TABLES["cells"]).T
    distinct, place = np.unique(target, return_inverse=True)
    sums = [np.bincount(place, of, len(distinct)) for of in (count, count * (target == prediction))]
    return np.column_stack([distinct, *sums]).astype(np.int64)


def with_results(confidence: Ints) -> Ints:
    """Return rows with results in place of the outcomes of an earlier format; what is wrong is MISTAKEN.

    >>> rows = with_results(np.array([[7, 0, 99, 1], [7, 1, 99, 5], [7, 2, 99, 3]]))
    >>> rows[:, 1].tolist() == [MISTAKEN, 7, NOT_REVIEWED]
    True
    """
    rows = confidence.copy()
    rows[:, 1] = np.choose(confidence[:, 1], [np.full(len(rows), MISTAKEN), confidence[:, 0], NOT_REVIEWED])
    return rows


def with_outcomes(confidence: Ints) -> Ints:
    """Return the rows of an earlier format that `with_results` was given.

    >>> rows = np.array([[7, 0, 99, 1], [7, 1, 99, 5], [7, 2, 99, 3]])
    >>> with_outcomes(with_results(rows)).tolist() == rows.tolist()
    True
    """
    rows = confidence.copy()
    rows[:, 1] = np.select([rows[:, 1] == NOT_REVIEWED, rows[:, 1] == rows[:, 0]], [2, 1], 0)
    return rows
