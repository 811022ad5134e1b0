"""The training set's class counts, from the configured source."""

import csv
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitor_core.contract.documents import OTHER
from monitor_core.contract.errors import TrainingUnavailable
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import MOST_SHOWN, OTHERS, Performance, with_rest
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.shares import FEWEST, ratio, wilson
from monitor_core.settings.settings import Settings, variable

CLASS_COLUMNS = ("class", "label", "target")  # or the documents' own field
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class TrainingCounts:
    """The class counts of the training set, and their source."""

    counts: dict[int, int]  # class -> images
    source: str  # where they come from, in words


def training_counts(settings: Settings, store: Store) -> TrainingCounts:
    """Read the configured source; without one, the documents with `trained: true`."""
    if settings.training_counts:
        named = Counter[str](settings.training_counts)
        return TrainingCounts(_by_class(named, settings, "training_counts"), "the counts in the settings")
    if settings.training_manifest:
        named = _manifest(settings.training_manifest, (*CLASS_COLUMNS, settings.fields.validated))
        source = f"the manifest {settings.training_manifest.name}"
        return TrainingCounts(_by_class(named, settings, "training_manifest"), source)
    if settings.training_folder:
        named = _folder(settings.training_folder)
        source = f"the image folder {settings.training_folder.name}"
        return TrainingCounts(_by_class(named, settings, "training_folder"), source)
    return TrainingCounts(store.training.by_class(), "the documents with trained: true")


def _by_class(named: Counter[str], settings: Settings, setting: str) -> dict[int, int]:
    """Map numbers and configured names to class numbers; an unknown class is an error rather than being dropped."""
    counts: dict[int, int] = {}
    for name, count in named.items():
        label = settings.notation.class_of(name)
        if label is None:
            raise TrainingUnavailable(
                f'{variable(setting)} holds the class "{name}", which is neither a number nor in MONITOR_CLASS_NAMES; '
                "add it there, or correct the source."
            )
        counts[label] = counts.get(label, 0) + count
    return counts


def _manifest(file: Path, columns: tuple[str, ...]) -> Counter[str]:
    """Count classes in a file: a row for each image, or each class with a count; JSON may be {class: count}."""
    try:
        rows = _json_rows(file) if file.suffix.lower() == ".json" else _csv_rows(file)
        return _count_rows(rows, columns)
    except (OSError, ValueError, TypeError, AttributeError, csv.Error):
        raise TrainingUnavailable(
            f"MONITOR_TRAINING_MANIFEST {file} cannot be used: it must be a CSV or JSON file with a column named one "
            f"of {', '.join(columns)}, one row an image, or with a column count, one row a class; correct it or point "
            "elsewhere."
        ) from None


def _csv_rows(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def _json_rows(file: Path) -> list[dict[str, Any]]:
    rows = json.loads(file.read_text("utf-8"))
    return [{"class": k, "count": n} for k, n in rows.items()] if isinstance(rows, dict) else rows


def _count_rows(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        column = next((name for name in columns if name in row), None)
        if column is None or row[column] in (None, ""):
            raise ValueError("a row without a class")
        counts[str(row[column]).strip()] += _count(row["count"]) if "count" in row else 1
    return counts


def _count(value: Any) -> int:
    count = int(value)
    if count < 0:
        raise ValueError(f"a count is not negative: {count}")
    return count


def _folder(folder: Path) -> Counter[str]:
    """Count the images in each subfolder, at any depth."""
    if not folder.is_dir():
        raise TrainingUnavailable(f"MONITOR_TRAINING_FOLDER {folder} is not a folder; correct it or remove it.")
    return Counter(
        {
            inner.name: sum(file.suffix.lower() in IMAGE_SUFFIXES for file in inner.rglob("*"))
            for inner in sorted(folder.iterdir())
            if inner.is_dir() and not inner.name.startswith(".")
        }
    )


@dataclass(frozen=True)
class TrainingMix:
    """The classes of the training set and those of production in a period."""

    source: str
    # One row a class: label, name, training, production (counts), *_share, and their difference, low and high (points);
    # these are NaN with fewer than FEWEST samples in all of either.
    table: pd.DataFrame

    @property
    def training_total(self) -> int:
        return int(self.table["training"].sum())

    @property
    def production_total(self) -> int:
        return int(self.table["production"].sum())


def training_mix(training: TrainingCounts, now: Performance, settings: Settings) -> TrainingMix:
    """Return the training set's classes and those of production: the period's samples by true class."""
    production = dict(zip(now.confusion.labels, now.confusion.total().support.tolist(), strict=True))
    return _mix(training, production, settings)


def _mix(training: TrainingCounts, production: dict[int, int], settings: Settings) -> TrainingMix:
    counts = training.counts
    if OTHER in production:  # where rare classes are counted together
        together = sum(counts[label] for label in counts.keys() - production.keys())
        counts = {label: count for label, count in counts.items() if label in production} | {OTHER: together}
        training = replace(training, counts=counts)
    labels = sorted(training.counts.keys() | {label for label, count in production.items() if count})
    table = pd.DataFrame(
        {
            "label": labels,
            "name": [settings.class_name(label) for label in labels],
            "training": np.array([training.counts.get(label, 0) for label in labels], np.int64),
            "production": np.array([production.get(label, 0) for label in labels], np.int64),
        }
    )
    for origin in ("training", "production"):
        table[f"{origin}_share"] = ratio(table[origin].to_numpy(), np.array(table[origin].sum()))
    return TrainingMix(training.source, table.assign(**_difference(table)))


def _difference(table: pd.DataFrame) -> dict[str, Any]:
    """Return the difference of the shares with its 95% interval, in percentage points."""
    counts = [table[origin].to_numpy() for origin in ("production", "training")]
    shares = [table[f"{origin}_share"].to_numpy() for origin in ("production", "training")]
    now, before = (np.moveaxis(wilson(count, np.full(len(count), count.sum())), -1, 0) for count in counts)
    enough = all(count.sum() >= FEWEST for count in counts)
    low, high = difference_interval(shares[0], now, shares[1], before)
    points = {"difference": shares[0] - shares[1], "low": low, "high": high}
    return {name: 100 * values if enough else np.full(len(table), np.nan) for name, values in points.items()}


def classes_of(mix: TrainingMix, origin: str) -> pd.DataFrame:
    """Return the classes of "training" or "production" for a pie: name, count, share; of both in the same order.

    It is that of the training set, most first; the classes with the smallest shares in both are one row.
    """
    order = np.lexsort((-mix.table["production"], -mix.table["training"]))
    table = pd.DataFrame({"name": mix.table["name"].to_numpy(), "count": mix.table[origin].to_numpy()}).take(order)
    return with_rest(table, np.isin(order, _largest(mix)))


def names_in_pies(mix: TrainingMix) -> set[str]:
    """Return the names of the slices of both pies."""
    names = set(mix.table["name"].to_numpy()[_largest(mix)])
    return names | {OTHERS} if len(names) < len(mix.table) else names


def _largest(mix: TrainingMix) -> NDArray[np.intp]:
    """Return the rows of the classes with the largest shares in training and production together."""
    shares = mix.table[["training_share", "production_share"]].to_numpy()
    return np.argsort(-np.nansum(shares, axis=1), kind="stable")[:MOST_SHOWN]
