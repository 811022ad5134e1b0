"""The samples behind a number: a few documents, never a count."""

import pandas as pd

from monitor_core import database
from monitor_core.contract import ReviewedRow
from monitor_core.period import Period, Selection, local_day
from monitor_core.store import Store, field_value

LOOKED_AT = 1000  # documents, the newest of the selection; a model that is mostly right has mistakes among so many
SHOWN = 20


def newest_mistakes(store: Store, selection: Selection, label: int | None) -> pd.DataFrame:
    """Of the newest reviewed documents, those that were wrong: file, predicted, reviewed (local), prediction, target,
    confidence; of one class if a label is given: those of it, and those taken for it. A rejected one has no target."""
    found: list[tuple[ReviewedRow, str]] = []
    with database.answering(store.settings):
        for document in store.newest_reviewed(selection, LOOKED_AT):
            row = store.row_of(document)
            if not isinstance(row, str) and _is_mistake(row, label) and _is_within(row, selection, store):
                found.append((row, str(field_value(document, store.fields.filename) or "")))
    found.sort(key=lambda one: one[0].reviewed_at or one[0].predicted_at, reverse=True)
    return pd.DataFrame([_shown(row, file, store) for row, file in found[:SHOWN]])


def _is_mistake(row: ReviewedRow, label: int | None) -> bool:
    return row.target != row.prediction and (label is None or label in (row.target, row.prediction))


def _is_within(row: ReviewedRow, selection: Selection, store: Store) -> bool:
    """Text is found by its day only within a day."""
    instant = row.reviewed_at if selection.basis == "validated" else row.predicted_at
    period: Period = selection.period
    return instant is not None and period.first <= local_day(instant, store.settings.zone) <= period.last


def _shown(row: ReviewedRow, file: str, store: Store) -> dict[str, object]:
    name, zone = store.settings.class_name, store.settings.zone
    return {
        "file": file,
        "predicted": row.predicted_at.astimezone(zone).replace(tzinfo=None),
        "reviewed": row.reviewed_at.astimezone(zone).replace(tzinfo=None) if row.reviewed_at else None,
        "prediction": name(row.prediction),
        "target": "rejected" if row.target is None else name(row.target),
        "confidence": row.confidence,
    }
