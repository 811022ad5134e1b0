"""Predictions with an audit, for tests of what it says of all predictions."""

from datetime import datetime, timedelta

import numpy as np
from bson import ObjectId

from monitor_core.contract.calendar import ONE_DAY
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan, hashed
from tests.documents import Document, fields, prediction

DAYS = 30
ABSENT_FROM = 5  # the last days, which people have not got to


def written(now: datetime, plan: AuditPlan, per_day: int = 100, seed: int = 3) -> list[Document]:
    """Return predictions of 30 days; people review the audit a day later, and every error that they notice."""
    random, documents = np.random.default_rng(seed), list[Document]()
    for n in range(DAYS * per_day):
        days_ago = n % DAYS
        confidence = float(random.random())
        is_right = random.random() < 0.5 + confidence / 2
        name = f"{n}.png"
        drawn = hashed(plan.salt, name) < plan.probabilities[plan.range_of(confidence)]
        reviewed = (drawn and days_ago >= ABSENT_FROM) or (not is_right and random.random() < 0.5)
        at = (now - timedelta(days=days_ago)).replace(hour=1)
        review = {"target": 1 if is_right else 2, "reviewed": timedelta(hours=20)}
        documents.append(
            prediction(at, confidence=confidence, filename=name, **(review if reviewed else {"target": None}))
            | ({} if reviewed else fields(validated_at=None))
        )
    return documents


def insert_long_ago(store: Store, documents: list[Document]) -> None:
    """Insert the documents with ids of yesterday: what comes in at this moment would be counted without the history."""
    began = store.now() - ONE_DAY
    store.collection.insert_many(
        document | {"_id": ObjectId.from_datetime(began - timedelta(seconds=n))} for n, document in enumerate(documents)
    )
