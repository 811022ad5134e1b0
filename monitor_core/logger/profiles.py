"""Profiles of samples; no other module imports whylogs."""

import io
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.profiles import QUANTILES, DayProfile, is_json
from monitor_core.logger.profiling.exact import MOST_FREQUENT, ExactProfile, columns_of
from monitor_core.logger.profiling.tally import ProfileOfSamples
from monitor_core.settings.documents import FieldNames

NO_FOLDER = Path(__file__).with_name("no-whylogs-config")  # there is none of this name
MOST_LABELS = 256  # whylogs' dense matrix refuses more
NAMES_OF_QUANTILES = dict(zip(QUANTILES, ("q_05", "q_25", "median", "q_75", "q_95"), strict=True))  # whylogs' own
ONES = 100_000  # scores of one matrix cell at a time


class ProfileBuilder(ProfileOfSamples):
    """Builder of a whylogs profile of any number of samples, of which it only keeps counts of class pairs and sketches.

    The profile has the columns confidence, prediction and target, by class name and without ids, and the performance
    matrix of the samples whose target is known, whose keys in whylogs are (prediction, target).
    """

    def __init__(self, at: datetime, fields: FieldNames, class_name: Callable[[int], str], trace_id: str) -> None:
        super().__init__(at, fields, class_name, trace_id)
        self._confidence = _metrics("counts", "types", "distribution", "cardinality")

    def add_confidences(self, values: npt.NDArray[np.float64], missing: int) -> None:
        _track(self._confidence, values, missing)

    def finish(self) -> bytes:
        """Return the profile in whylogs' file format; `serialize()` and pickle would lose the performance matrix."""
        whylogs = _whylogs()
        names = self.named_pairs()
        columns = {
            self.fields.confidence: self._confidence,
            self.fields.prediction: _of_names((prediction, count) for (prediction, _), count in names.items()),
            self.fields.validated: _of_names((target, count) for (_, target), count in names.items()),
        }
        matrix = _performance({(p, t): count for (p, t), count in names.items() if t is not None})
        view = whylogs.DatasetProfileView(
            columns={name: whylogs.ColumnProfileView(metrics) for name, metrics in columns.items()},
            dataset_timestamp=self.at,
            creation_timestamp=datetime.now(UTC),
            metrics={} if matrix is None else {"model_performance_metrics": matrix},
            metadata={"whylabs.traceId": self.trace_id},
        )
        file = _NamedBytes()
        view._write(file=file)
        return file.getvalue()


def profile_builder(
    at: datetime, fields: FieldNames, class_name: Callable[[int], str], trace_id: str
) -> ProfileOfSamples:
    """Return a builder of a whylogs profile or, if whylogs cannot be imported, of our own."""
    kind = ExactProfile if why_no_whylogs() else ProfileBuilder
    return kind(at, fields, class_name, trace_id)


def day_profile(
    rows: list[ReviewedRow], trace_id: str, fields: FieldNames, class_name: Callable[[int], str]
) -> DayProfile:
    """Return the profile of samples with the same UTC day of prediction."""
    day = rows[0].predicted_at.date()
    builder = profile_builder(datetime.combine(day, time(), UTC), fields, class_name, trace_id)
    builder.add(rows)
    return DayProfile(day, trace_id, len(rows), builder.finish())


def read_profile(data: bytes) -> Any:
    """Return the whylogs view of a whylogs profile, including its performance metrics.

    Profiles with a performance matrix are in whylogs' v0 format, which does not count missing values: their number is
    `counts/n` minus the sum of `types/*`.
    """
    whylogs = _whylogs()
    from whylogs.core.proto.v0 import DatasetProfileMessageV0
    from whylogs.core.utils import read_delimited_protobuf  # as `read_v0_to_view` does with a file
    from whylogs.migration.converters import v0_to_v1_view

    if data.startswith(b"WHY1"):
        return whylogs.DatasetProfileView.deserialize(data)
    return v0_to_v1_view(read_delimited_protobuf(io.BytesIO(data), DatasetProfileMessageV0))


def summary(data: bytes) -> dict[str, dict[str, Any]]:
    """Return a stored profile, whylogs' or our own, as plain numbers by column; other modules need not import whylogs.

    Each column has rows, missing and distinct (whylogs estimates it); numeric columns also have mean, stddev, min, max
    and quantiles by share; columns of names have frequent, the most frequent names with their counts.
    """
    if is_json(data):
        return columns_of(data)
    columns = read_profile(data).get_columns()
    return {name: _column_summary(column.to_summary_dict()) for name, column in columns.items()}


def _column_summary(whylogs_summary: dict[str, Any]) -> dict[str, Any]:
    typed = sum(count for name, count in whylogs_summary.items() if name.startswith("types/"))
    numbers: dict[str, Any] = {
        "rows": int(whylogs_summary["counts/n"]),
        "missing": int(whylogs_summary["counts/n"] - typed),
        "distinct": round(whylogs_summary["cardinality/est"]),
    }
    if whylogs_summary["distribution/n"]:
        numbers |= {name: float(whylogs_summary[f"distribution/{name}"]) for name in ("mean", "stddev", "min", "max")}
        numbers["quantiles"] = {
            share: float(whylogs_summary[f"distribution/{name}"]) for share, name in NAMES_OF_QUANTILES.items()
        }
    if whylogs_summary.get("frequent_items/frequent_strings"):
        most = whylogs_summary["frequent_items/frequent_strings"][:MOST_FREQUENT]
        numbers["frequent"] = [[str(item.value), int(item.est)] for item in most]
    return numbers


def why_no_whylogs() -> str | None:
    """Return why whylogs cannot be imported, without a full stop; None if it can.

    It is tried again each time, so that a logger goes on with whylogs once it is installed.
    """
    try:
        _whylogs()
    except Exception as wrong:  # noqa: BLE001 - an old package on a new Python may raise anything
        python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        return f"whylogs cannot be imported by this {python} ({type(wrong).__name__})"
    return None


def import_whylogs() -> None:
    """Import whylogs if possible, and use it once: two threads that do so first would wait for each other for ever.

    Its sketches look up numpy at their first use, behind a lock of C++ that does not know of Python's.
    """
    if not why_no_whylogs():
        _track(_metrics("distribution"), np.array([0.5]), missing=0)


@cache
def _whylogs() -> Any:
    """Return whylogs' profile classes; imported late, because the import costs a second and 50 MB."""
    os.environ["WHYLOGS_NO_ANALYTICS"] = "True"  # or it reports to its maker
    os.environ["WHYLOGS_CONFIG_PATH"] = str(NO_FOLDER)  # or a file at home silently supplies credentials
    if not hasattr(np, "unicode_"):
        np.unicode_ = np.str_  # type: ignore[attr-defined]  # whylogs 1.6.4, its last release, still uses the name numpy 2 removed
    logging.getLogger("whylogs").setLevel(logging.ERROR)  # it warns of its own file format whenever it reads it
    with _scikit_learn_absent(), _whole():
        import whylogs.core as core

    return core


@contextmanager
def _whole() -> Iterator[None]:
    """Forget the modules of an import that failed: with some of them left, it would fail however often it is tried."""
    before = set(sys.modules)
    try:
        yield
    except Exception:
        for name in sys.modules.keys() - before:
            if name.partition(".")[0] == "whylogs":
                del sys.modules[name]
        raise


@contextmanager
def _scikit_learn_absent() -> Iterator[None]:
    """Hide scikit-learn from whylogs, which needs it only for embeddings: it would cost two seconds and 80 MB."""
    if "sklearn" in sys.modules:
        yield
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # an import of it then raises ImportError
    try:
        yield
    finally:
        del sys.modules["sklearn"]


class _NamedBytes(io.BytesIO):
    name = "profile.bin"  # whylogs asks for it


def _metrics(*kinds: str) -> dict[str, Any]:
    """Return the empty metrics of a column, as whylogs creates them for such a type."""
    _whylogs()
    from whylogs.core.metrics import StandardMetric

    return {kind: StandardMetric[kind].value.zero() for kind in kinds}


def _track(metrics: dict[str, Any], values: npt.NDArray[np.float64], missing: int) -> None:
    """Add numbers, and the number of samples without one."""
    from whylogs.core.preprocessing import PreprocessedColumn

    column = PreprocessedColumn.apply(values)
    column.len += missing
    column.null_count = column.nan_count = missing
    for metric in metrics.values():
        metric.columnar_update(column)


def _of_names(counted: Iterable[tuple[str | None, int]]) -> dict[str, Any]:
    """Return a column of class names, given their counts; equal to adding each name, and a hundred times faster."""
    metrics = _metrics("counts", "types", "distribution", "cardinality", "frequent_items")
    total: Counter[str | None] = Counter()
    for name, count in counted:
        total[name] += count
    metrics["counts"].n.set(total.total())
    metrics["counts"].null.set(total.pop(None, 0))
    metrics["types"].string.set(total.total())
    frequent = metrics["frequent_items"]
    for name, count in total.items():
        assert name is not None  # noqa: S101 - removed above
        metrics["cardinality"].hll.value.update(name)
        frequent.frequent_strings.value.update(name[: frequent.max_frequent_item_size], count)
    return metrics


def _performance(pairs: dict[tuple[str, str], int]) -> Any:
    """Return the matrix of (prediction, target) counts, equal to `compute_confusion_matrix` of all the samples.

    Return None without any known target, and above whylogs' limit; the monitor's own counts are complete.
    """
    from whylogs.core.model_performance_metrics import ModelPerformanceMetrics
    from whylogs.core.model_performance_metrics.confusion_matrix import ConfusionMatrix

    labels = sorted({name for pair in pairs for name in pair})
    if not labels or len(labels) > MOST_LABELS:
        return None
    matrix = ConfusionMatrix(labels)
    for (prediction, target), count in pairs.items():
        cell = _metrics("distribution")
        # Each sample counts as 1.0, not as its score: samples without a score would be missing from the matrix.
        for first in range(0, count, ONES):
            _track(cell, np.ones(min(ONES, count - first)), missing=0)
        matrix.confusion_matrix[matrix.labels.index(prediction), matrix.labels.index(target)] = cell["distribution"]
    return ModelPerformanceMetrics(confusion_matrix=matrix)
