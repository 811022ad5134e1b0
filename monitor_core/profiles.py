"""Profiles of reviewed rows: whylogs' only door."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract import ReviewedRow
from monitor_core.settings import FieldNames

NO_FOLDER = Path(__file__).with_name("no-whylogs-config")  # there is none of this name
MOST_LABELS = 256  # whylogs' dense matrix refuses more


@dataclass(frozen=True)
class DayProfile:
    """The profile of one batch's rows of one UTC day, in whylogs' own file format."""

    day: date  # UTC, of the predictions
    trace_id: str
    rows: int
    data: bytes


def day_profile(
    rows: list[ReviewedRow], trace_id: str, fields: FieldNames, class_name: Callable[[int], str]
) -> DayProfile:
    """The whylogs profile of rows that share a UTC day: confidence, prediction and target by class name, no row ids.

    The performance metrics hold the rows whose true class is known; whylogs keys its matrix (prediction, target).
    """
    whylogs = _whylogs()
    day = rows[0].predicted_at.date()
    at = datetime.combine(day, time(), UTC)  # whylogs refuses naive times
    profile = whylogs.DatasetProfile(dataset_timestamp=at, metadata={"whylabs.traceId": trace_id})
    profile.track(pandas=_table(rows, fields, class_name))
    matrix = _performance(rows, class_name, whylogs)
    if matrix is not None:
        profile.add_model_performance_metrics(matrix)
    return DayProfile(day, trace_id, len(rows), _bytes(profile.view()))


def read(data: bytes) -> Any:
    """The whylogs view of a stored profile, its performance metrics included.

    Profiles with a performance matrix are in whylogs' v0 format, which has no count of missing values: they are
    `counts/n` less what `types/*` add up to.
    """
    whylogs = _whylogs()
    from whylogs.migration.converters import read_v0_to_view

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "profile.bin"
        file.write_bytes(data)
        return whylogs.DatasetProfileView.read(str(file)) if data.startswith(b"WHY1") else read_v0_to_view(str(file))


def _whylogs() -> Any:
    """whylogs' profile classes; late, because the import costs seconds and 100 MB."""
    os.environ["WHYLOGS_NO_ANALYTICS"] = "True"  # or it reports to its maker
    os.environ["WHYLOGS_CONFIG_PATH"] = str(NO_FOLDER)  # or a file at home silently supplies credentials
    if not hasattr(np, "unicode_"):
        np.unicode_ = np.str_  # type: ignore[attr-defined]  # whylogs 1.6.4, its last release, still uses the name numpy 2 removed
    import whylogs.core as core

    return core


def _table(rows: list[ReviewedRow], fields: FieldNames, class_name: Callable[[int], str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            fields.confidence: pd.Series([row.confidence for row in rows], dtype="float64"),
            fields.prediction: pd.Series([class_name(row.prediction) for row in rows], dtype="object"),
            fields.validated: pd.Series([_name(row.target, class_name) for row in rows], dtype="object"),
        }
    )


def _name(label: int | None, class_name: Callable[[int], str]) -> str | None:
    return None if label is None else class_name(label)


def _performance(rows: list[ReviewedRow], class_name: Callable[[int], str], whylogs: Any) -> Any:
    """None without a known true class, and above whylogs' limit: our own counts in the database are the truth."""
    from whylogs.core.model_performance_metrics import ModelPerformanceMetrics

    known = [(class_name(row.prediction), class_name(row.target)) for row in rows if row.target is not None]
    labels = {name for pair in known for name in pair}
    if not known or len(labels) > MOST_LABELS:
        return None
    found = ModelPerformanceMetrics()
    # Without scores: rows whose score is missing would vanish from the matrix.
    found.compute_confusion_matrix(predictions=[p for p, _ in known], targets=[t for _, t in known])
    return found


def _bytes(view: Any) -> bytes:
    """`serialize()` and pickle drop the performance metrics; only the file format keeps them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "profile.bin"
        with file.open("wb") as out:
            view._write(file=out)
        return file.read_bytes()
