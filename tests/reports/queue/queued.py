"""Predictions for the review queue: unsure, rare, newly frequent, and reviewed against a very confident model."""

from datetime import datetime, timedelta

from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from tests.documents import Document, prediction

DAYS = 28


def write_queue(store: Store) -> tuple[Selection, datetime]:
    """Write the predictions of four weeks; return their selection and the database's time."""
    now = store.now()
    today = local_day(now, store.settings.zone)
    made: list[Document] = []
    for n in range(560):
        at = now - timedelta(days=n % DAYS)
        reviewed = {} if n % 2 else {"target": None, "reviewed": None}
        made.append(prediction(at, 1, confidence=0.5 + n / 1200, filename=f"plain-{n:03d}.png", **reviewed))
    for n in range(40):  # half of them are reviewed
        at = now - timedelta(days=n % 7)
        made.append(prediction(at, 2, None, confidence=0.85, reviewed=None, filename=f"frequent-{n:02d}.png"))
        made.append(prediction(now - timedelta(days=8 + n % 20), 2, 2, confidence=0.3, filename=f"older-{n:02d}.png"))
    made.append(prediction(now, 7, None, confidence=0.8, reviewed=None, filename="rare.png"))
    made.append(prediction(now, 1, 3, confidence=0.99, reviewed=timedelta(0), filename="contradicted.png"))
    store.collection.insert_many(made)
    return Selection(Period(today - (DAYS - 1) * ONE_DAY, today), "predicted"), now
