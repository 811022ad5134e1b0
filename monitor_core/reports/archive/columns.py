"""The files of an exported history, their columns, and the rows of a day in each.

Each row has a basis and a local day, and rows are in the order of both, so that files can be read day by day. A class
has its number and its name; of what is no class the number is null, and the name says what it is.
"""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.documents import CONFIDENCE_BINS, DELAY_BUCKETS_A_DOUBLING, TOGETHER
from monitor_core.mongo.history.archive import HEADS, PLACES, ArchivedDay, ArchivedProfile
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, NUMBERS, OVERALL, DayCounts
from monitor_core.settings.settings import Settings

FILES_FORMAT = 1  # of the files; another one is refused
ABOUT = b"prediction_monitor"  # the key of what a file says about itself
CLASS, INT, REAL, TEXT, INSTANT, FLAG, BYTES = "class", "int64", "float64", "string", "instant", "bool", "binary"
HOUR_QUANTILES = ("median", "p90")  # of the hours to review
OF_CLASSES = TOGETHER | {REJECTED: "rejected", NOT_REVIEWED: "not reviewed"}
OF_SCENES = TOGETHER | {OVERALL: "all samples"}
SCENE_SUMS = (
    *("scenes", "samples", "errors", "sum_of_squared_samples", "sum_of_samples_times_errors"),
    *("sum_of_squared_errors", "sum_of_error_shares"),
)
TEXTS_OF_PLACES = ("made_from", "counted_for", "digest", "reviews_digest", "sealed_for")

ROWS = {  # the columns of each table of a day, by file; a class has two columns
    "cells": {"target": CLASS, "prediction": CLASS, "count": INT},
    "confidence": {"prediction": CLASS, "target": CLASS, "confidence_from": REAL, "confidence_to": REAL, "count": INT},
    "delays": {"bucket": INT, "minutes_from": REAL, "count": INT},
    "hours": {"hour": INT, "documents": INT, "reviewed": INT},
    "scenes": {"target": CLASS, **dict.fromkeys(SCENE_SUMS, REAL)},
    "scores": {"score": TEXT, "value": REAL, "low": REAL, "high": REAL},
}
DAYS = {
    **dict.fromkeys((*HEADS, "classes"), INT),
    **{f"hours_to_review_{name}": REAL for name in HOUR_QUANTILES},
    **{name: INSTANT if name.endswith("_at") else TEXT if name in TEXTS_OF_PLACES else INT for name in PLACES},
    "moved_reviews": INT,
    "checksum": TEXT,
}
PROFILES = {"made_at": INSTANT, "rows": INT, "digest": TEXT, "is_json": FLAG, "data": BYTES, "summary": TEXT}
FILES: dict[str, dict[str, str]] = {"days": DAYS, **ROWS, "profiles": PROFILES}


def schema_of(file: str, about: bytes) -> Any:
    """Return the Arrow schema of a file, with what it says about itself."""
    import pyarrow as pa

    kinds = {INSTANT: pa.timestamp("ms", "UTC"), BYTES: pa.large_binary(), FLAG: pa.bool_()}
    fields = [] if file == "profiles" else [pa.field("basis", pa.string(), nullable=False)]
    fields.append(pa.field("day", pa.date32(), nullable=False))
    for name, kind in FILES[file].items():
        fields.append(pa.field(name, pa.int64() if kind == CLASS else kinds.get(kind) or pa.type_for_alias(kind)))
        fields += [pa.field(f"{name}_name", pa.string())] if kind == CLASS else []
    return pa.schema(fields, metadata={ABOUT: about})


# ---- from days to rows


def rows_of_day(file: str, day: ArchivedDay, schema: Any, settings: Settings) -> Any:
    """Return the rows of a day in a file, as an Arrow table."""
    import pyarrow as pa

    columns = _columns_of(file, day, settings)
    rows = len(next(iter(columns.values())))
    keys = {"basis": pa.repeat(day.basis, rows), "day": pa.repeat(pa.scalar(day.day, pa.date32()), rows)}
    return pa.table(keys | columns, schema=schema)


def row_of_profile(profile: ArchivedProfile, schema: Any) -> Any:
    """Return a profile as an Arrow table of one row."""
    import pyarrow as pa

    row = vars(profile) | {"summary": json.dumps(profile.summary)}
    return pa.Table.from_pylist([row], schema=schema)


def _columns_of(file: str, day: ArchivedDay, settings: Settings) -> dict[str, Any]:
    if file == "days":
        return {name: [value] for name, value in _heads(day).items()}
    if file == "scores":
        values = list(zip(*day.scores.values(), strict=True)) or [()] * 3
        return {"score": list(day.scores), "value": values[0], "low": values[1], "high": values[2]}
    table = day.tables[file]
    if file == "confidence":
        bins = np.where(table[:, 2] == NO_CONFIDENCE, np.nan, table[:, 2])
        edges = [bins / CONFIDENCE_BINS, (bins + 1) / CONFIDENCE_BINS]
        return _named(file, [table[:, 0], table[:, 1], *edges, table[:, 3]], settings)
    if file == "delays":
        begins = np.where(table[:, 0] < 0, np.nan, 2.0 ** (table[:, 0] / DELAY_BUCKETS_A_DOUBLING) - 1)
        return _named(file, [table[:, 0], begins, table[:, 1]], settings)
    return _named(file, list(table.T), settings)


def _heads(day: ArchivedDay) -> dict[str, Any]:
    quantiles = {f"hours_to_review_{name}": day.hours_to_review.get(name) for name in HOUR_QUANTILES}
    own = {"moved_reviews": day.moved, "checksum": day.checksum}
    return day.heads | {"classes": day.counts.classes} | quantiles | day.origin | own


def _named(file: str, columns: list[NDArray[Any]], settings: Settings) -> dict[str, Any]:
    import pyarrow as pa

    named: dict[str, Any] = {}
    for (name, kind), column in zip(ROWS[file].items(), columns, strict=True):
        if kind == CLASS:
            named[name], named[f"{name}_name"] = _classes(file, column.astype(np.int64), settings)
        else:
            named[name] = pa.array(column, mask=np.isnan(column)) if kind == REAL else pa.array(column)
    return named


def _classes(file: str, column: NDArray[np.int64], settings: Settings) -> tuple[Any, Any]:
    """Return the numbers of classes, null of what is none, and their names."""
    import pyarrow as pa

    distinct, places = np.unique(column, return_inverse=True)
    names = [no_classes(file).get(label) or settings.class_name(label) for label in distinct.tolist()]
    texts = pa.DictionaryArray.from_arrays(places.astype(np.int32), pa.array(names, pa.string()))
    is_none = np.isin(column, list(no_classes(file)))
    return pa.array(column, mask=is_none), texts.cast(pa.string())


def no_classes(file: str) -> dict[int, str]:
    """Return the names of what stands in place of a class in a file."""
    return OF_SCENES if file == "scenes" else OF_CLASSES


# ---- from rows to days


def day_from(head: dict[str, Any], tables: dict[str, Any]) -> ArchivedDay:
    """Return the day of a row of the file `days`, and of its rows in the other files as Arrow tables."""
    values: dict[str, Any] = {name: head[name] for name in (*NUMBERS, "classes")}
    values |= {name: _counts_from(name, table) for name, table in tables.items() if name != "scores"}
    scores = {row["score"]: [row["value"], row["low"], row["high"]] for row in tables["scores"].to_pylist()}
    if len(scores) < len(tables["scores"]):
        raise ValueError(f"a score of {head['day']} is there twice")
    hours = {name: head[f"hours_to_review_{name}"] for name in HOUR_QUANTILES}
    origin = {name: _plain(head[name]) for name in PLACES}
    heads = {name: head[name] for name in HEADS}
    counts = DayCounts(**values)
    return ArchivedDay(head["basis"], head["day"], counts, scores, hours, heads, origin, head["moved_reviews"])


def profile_from(row: dict[str, Any]) -> ArchivedProfile:
    """Return the profile of a row of the file `profiles`."""
    values = {name: _plain(value) for name, value in row.items()}
    return ArchivedProfile(**values | {"summary": json.loads(row["summary"])})


def _counts_from(file: str, table: Any) -> NDArray[Any]:
    columns = [
        _codes_from(file, table, name) if kind == CLASS else _numbers(table, name) for name, kind in ROWS[file].items()
    ]
    if file == "confidence":
        bins = np.where(np.isnan(columns[2]), NO_CONFIDENCE, np.rint(columns[2] * CONFIDENCE_BINS))
        columns = [columns[0], columns[1], bins, columns[4]]
    elif file == "delays":
        columns = [columns[0], columns[2]]
    return np.column_stack(columns).astype(np.float64 if file == "scenes" else np.int64)


def _codes_from(file: str, table: Any, name: str) -> NDArray[np.int64]:
    numbers, names = table[name].combine_chunks(), table[f"{name}_name"]
    codes = numbers.fill_null(0).to_numpy(zero_copy_only=False).copy()
    by_name = {text: code for code, text in no_classes(file).items()}
    for place in np.flatnonzero(numbers.is_null().to_numpy(zero_copy_only=False)).tolist():
        codes[place] = by_name[names[place].as_py()]
    return np.asarray(codes, np.int64)


def _numbers(table: Any, name: str) -> NDArray[Any]:
    return np.asarray(table[name].to_numpy())


def _plain(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
