"""Days of a model that is well, and of one that is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_core.alerting.lifecycle import Alert
from monitor_core.contract.calendar import local_day
from monitor_core.logger import history
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.store import Store
from tests.documents import fields

CLASSES = 4


def today(store: Store) -> Any:
    return local_day(datetime.now(UTC), store.settings.zone)


def day_of(days_ago: int, right: int, wrong: int, confidence: float = 0.9) -> list[dict[str, Any]]:
    """Reviewed documents of one day, each class as often; the wrong ones are zeros taken for ones."""
    at = datetime.now(UTC).replace(hour=0, minute=30) - timedelta(days=days_ago)
    pairs = [(n % CLASSES, n % CLASSES) for n in range(right)] + [(0, 1)] * wrong
    common = fields(confidence=confidence, predicted_at=at, validated_at=at, trained=True)
    return [fields(validated=target, prediction=made) | common for target, made in pairs]


def write(store: Store, *days: list[dict[str, Any]]) -> None:
    store.collection.insert_many([document for day in days for document in day])
    history.refresh(store)


def well(last: int, first: int = 90) -> list[list[dict[str, Any]]]:
    return [day_of(days_ago, 28, 1) for days_ago in range(first, last - 1, -1)]


def accuracy_alert(store: Store) -> Alert:
    (alerts_open,) = (alert for alert in Alerts(store).open_alerts() if alert.rule == "accuracy-falling")
    return alerts_open


def with_a_new_class(store: Store) -> None:
    """Store 60 days of a model that is well, and of the last nine a class of twelve samples a day, mostly mistaken."""
    kiwi = [
        [
            document | fields(validated=7, prediction=7 if n < days_ago % 3 else 1)
            for n, document in enumerate(day_of(days_ago, 12, 0))
        ]
        for days_ago in range(9, 0, -1)
    ]
    write(store, *well(1, first=60), *kiwi)
    history.note_changes(store)
