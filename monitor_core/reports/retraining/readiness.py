"""The reviewed samples that the model has not been trained on: how many of each class, and where it errs most."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.documents import OTHER, Review
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import Performance, class_table, read_performance
from monitor_core.reports.score import null
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import FEWEST

Cells = Mapping[tuple[int | Review, int], int]  # samples by review and prediction
SHOWN = METRIC["f1"]


@dataclass(frozen=True)
class Readiness:
    """The reviewed samples of a selection that the model has not been trained on, and could be trained on next."""

    selection: Selection
    # One row a class that occurs: label, name, new, corrections (the model was wrong about them), trained, and value,
    # low, high and samples of F1 over all reviewed samples of the selection; most corrections first.
    table: pd.DataFrame
    rejected: int  # new, and of no known class
    is_marked: bool  # whether any prediction has `trained: true`

    @property
    def new(self) -> int:
        return int(self.table["new"].sum())

    @property
    def corrections(self) -> int:
        return int(self.table["corrections"].sum())

    @property
    def trained(self) -> int:
        return int(self.table["trained"].sum())


def read_readiness(store: Store, selection: Selection) -> Readiness:
    """Count the new samples of a selection: its counts, less those of the samples that the model was trained on."""
    trained = Search(store, selection, SampleFilter(trained=True)).cells()
    return readiness(read_performance(store, selection), trained, store.training.has_some())


def readiness(now: Performance, trained: Cells, is_marked: bool) -> Readiness:
    """Return what there is to train on, given the scores of a selection and its samples that were trained on."""
    total, labels = now.confusion.total(), np.array(list(now.names), np.int64)
    places = {label: place for place, label in enumerate(labels.tolist())}
    of_class, wrong, rejected = np.zeros_like(labels), np.zeros_like(labels), 0
    for (review, prediction), number in trained.items():
        if review is Review.REJECTED:
            rejected += number
        elif isinstance(review, int) and (place := places.get(review, places.get(OTHER))) is not None:
            of_class[place] += number
            wrong[place] += number * (review != prediction)
    # Documents may have changed between the two counts.
    counts = {
        "new": np.maximum(total.support - of_class, 0),
        "corrections": np.maximum(total.support - total.hits - wrong, 0),
        "trained": of_class,
    }
    table = pd.DataFrame({"label": labels, "name": list(now.names.values()), **counts})
    table = table[(table["new"] > 0) | (table["trained"] > 0)]
    scores = class_table(now, SHOWN)[["label", "value", "low", "high", "samples"]]
    table = table.merge(scores, on="label", how="left")  # the classes that are counted together have no score
    table = table.sort_values(["corrections", "new", "label"], ascending=[False, False, True], ignore_index=True)
    return Readiness(now.selection, table, max(now.rejected - rejected, 0), is_marked)


def readiness_in_words(of: Readiness) -> list[str]:
    """Say how many samples are new, what they do not include, and of which class there is most to learn."""
    during, each = wording.during(of.selection.period), wording.count(of.new, "reviewed sample")
    are, corrections = "is" if of.new == 1 else "are", wording.count(of.corrections, "correction")
    sentences = [
        f"{each} of a known class {during} {are} not in the training set, {corrections} of the model among them; "
        f"{f'{of.trained:,}' if of.trained else 'none'} of the period {'is' if of.trained == 1 else 'are'}."
    ]
    if not of.is_marked:
        sentences.append("No prediction has `trained: true`, so all count as new.")
    if of.rejected:
        were = "was" if of.rejected == 1 else "were"
        sentences.append(f"{wording.count(of.rejected, 'sample')} {were} rejected without a true class: left out.")
    if of.corrections:
        sentences.append(_most(of))
    return sentences


def _most(of: Readiness) -> str:
    first = of.table.iloc[0]
    score = ""
    if first["samples"] >= FEWEST and not np.isnan(first["value"]):
        written = wording.estimate(first["value"], first["low"], first["high"], int(first["samples"]))
        score = f" Its {SHOWN.title} {wording.during(of.selection.period)} is {written}."
    return (
        f"The most corrections are of the class {first['name']}: {first['corrections']:,} of "
        f"{wording.count(int(first['new']), 'new sample')}.{score}"
    )


def as_json(of: Readiness) -> dict[str, Any]:
    """Return the readiness as JSON, by class; shares, and null where undefined."""
    period = of.selection.period
    return {
        "period": {"first": period.first.isoformat(), "last": period.last.isoformat()},
        "basis": of.selection.basis,
        "where": dict(of.selection.where),
        "new": of.new,
        "corrections": of.corrections,
        "trained": of.trained,
        "rejected": of.rejected,
        "by_class": {str(row["label"]): _row_as_json(row) for row in of.table.to_dict("records")},
    }


def _row_as_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    score = {"value": null(row["value"]), "interval": [null(row["low"]), null(row["high"])]}
    return {name: row[name] for name in ("name", "new", "corrections", "trained")} | {SHOWN.key: score}
