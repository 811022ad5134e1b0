"""Days with documents that break the contract, looked at as the logger does."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.logger import history
from monitor_core.logger.quality import refresh_quality
from monitor_core.mongo.store import Store
from tests.documents import at, fields

TODAY = datetime.now(UTC).date()


PERIOD = Period(TODAY - timedelta(days=20), TODAY - ONE_DAY)


def noon(days_ago: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days=days_ago)


def good(days_ago: int, **changes: Any) -> dict[str, Any]:
    dates = fields(predicted_at=noon(days_ago), validated_at=noon(days_ago) + timedelta(hours=1))
    return dates | fields(prediction=1, validated=1, confidence=0.9) | fields(**changes)


def write(store: Store, documents: list[dict[str, Any]]) -> None:
    store.collection.insert_many(documents)


def look(store: Store) -> int:
    """What the worker does."""
    history.refresh(store)
    return refresh_quality(store)


def age(store: Store, pause: timedelta) -> None:
    """Let the records have been made so long ago."""
    store.database["monitor_quality"].update_many(
        {}, [{"$set": {"made_at": {"$subtract": ["$made_at", int(pause.total_seconds() * 1000)]}}}]
    )


def odd_documents() -> list[dict[str, Any]]:
    return [
        *(good(n) for n in range(1, 10)),
        good(3, prediction="cat"),
        good(3, validated=[1, 2]),
        good(4, confidence=90),
        good(5, validated=None),
        good(5, predicted_at=None),
        good(5, predicted_at=at(1970, 1, 1)),
        good(6, validated_at=noon(8)),
        good(-2),
    ]


EXPECTED = {
    "undated_prediction": 2,
    "predicted_out_of_range": 1,
    "unreadable_prediction": 1,
    "unreadable_review": 1,
    "predicted_in_future": 1,
    "reviewed_in_future": 1,
    "reviewed_before_predicted": 1,
    "bad_confidence": 1,
    "confidence_in_percent": 1,
}
