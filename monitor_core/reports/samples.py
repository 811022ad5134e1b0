"""The newest wrong samples of a selection, for an alert."""

from datetime import datetime

import pandas as pd

from monitor_core.contract.selection import Sample, SampleFilter, Selection
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store

SHOWN = 20


def newest_mistakes(store: Store, selection: Selection, label: int | None) -> pd.DataFrame:
    """Return the newest wrong samples: file, predicted, reviewed (local), prediction, target, confidence.

    With a label, only samples whose target or prediction is this class. A rejected sample has no target.
    """
    wrong = [SampleFilter(outcome="wrong")]
    if label is not None:
        wrong = [SampleFilter(outcome="wrong", targets=(label,)), SampleFilter(outcome="wrong", predictions=(label,))]
    mistakes = [sample for choice in wrong for sample in Search(store, selection, choice).page(Place()).samples]
    mistakes.sort(key=lambda sample: _at(sample, selection), reverse=True)
    return pd.DataFrame([_row(sample, store) for sample in mistakes[:SHOWN]])


def _at(sample: Sample, selection: Selection) -> datetime:
    at = sample.reviewed_at if selection.basis == "validated" else sample.predicted_at
    assert at is not None  # noqa: S101 - it is what the search went by
    return at


def _row(sample: Sample, store: Store) -> dict[str, object]:
    name, zone = store.settings.class_name, store.settings.zone
    instants = {"predicted": sample.predicted_at, "reviewed": sample.reviewed_at}
    local = {column: at.astimezone(zone).replace(tzinfo=None) if at else None for column, at in instants.items()}
    return {
        "file": sample.file,
        **local,
        "prediction": name(sample.prediction),
        "target": "rejected" if sample.target is None else name(sample.target),
        "confidence": sample.confidence,
    }
