"""Days of a model, rules on them, and what has become of their alerts."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from monitor_core.alerting.rules import DEFAULTS, Rule
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import local_day
from monitor_core.logger import history
from monitor_core.logger.judging import Judge
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, at, fields

START = at(2026, 6, 1)


BUILT_UP = 62  # days before the days that are judged


Documents = list[dict[str, Any]]


def documents(day: int, right: float, hours: range, seed: int = 0, rows: int = 40) -> Documents:
    """Predicted and reviewed within these hours of the day."""
    draw = random.Random(f"{seed} {day} {hours}")
    made = []
    for _ in range(rows * len(hours) // 24):
        target = draw.choice([0, 1, 1, 2])
        prediction = target if draw.random() < right else draw.choice([0, 1, 2])
        when = START + timedelta(days=day, hours=draw.choice(hours), minutes=draw.randrange(50))
        made.append(
            fields(
                prediction=prediction,
                validated=target,
                confidence=round(draw.uniform(0.7, 1.0), 3),
                predicted_at=when,
                validated_at=when + timedelta(minutes=5),
                logged=True,
            )
        )
    return made


def write(store: Store, made: Documents) -> None:
    """And have the history know."""
    if made:
        store.collection.insert_many(made)
    recount(store, {local_day(one[FIELDS.predicted_at], store.settings.zone) for one in made})


def recount(store: Store, days: set[date]) -> None:
    store.changes.note([(basis, day) for basis in BASES for day in days])
    history.refresh(store)


def quality(day: int) -> float:
    """Of the model: bad from day 70 to 76, and from day 85."""
    return 0.4 if 70 <= day < 77 or day >= 85 else 0.92


def noon(day: int) -> datetime:
    return START + timedelta(days=day, hours=12)


RULES: Documents = [
    {
        "name": "recall-by-class",
        "title": "A class is badly recognised",
        "conditions": [{"metric": "recall", "operator": "below", "threshold": 0.8, "label": "every"}],
        "window_days": 3,
        "min_samples": 5,
    },
    {
        "name": "patient",
        "title": "Accuracy is low for days",
        "conditions": [{"metric": "accuracy", "operator": "below", "threshold": 0.85}],
        "for_evaluations": 3,
        "window_days": 2,
        "min_samples": 5,
    },
]


def only(store: Store, *rules: Rule, now: datetime = START) -> Judge:
    """A watch with these rules and no defaults."""
    watch = Judge(store)
    watch.book.seed(now)
    for default in DEFAULTS:
        watch.book.remove(default.name, "test", now)
    for rule in rules:
        watch.book.add(rule, "test", now)
    return watch


def states(store: Store) -> set[tuple[Any, ...]]:
    return {(a.rule, a.label, a.state, a.opened_on, a.days) for a in Alerts(store).open_alerts()}


def assert_consistent(store: Store) -> None:
    """Every event once, each alert's events one chain, at most one open alert for a rule and class."""
    chains: dict[str, list[dict[str, Any]]] = {}
    for event in store.database["monitor_alert_events"].find():
        chains.setdefault(event["alert"], []).append(event)
    for alert in store.database["monitor_alerts"].find():
        chain = sorted(chains.pop(alert["_id"]), key=lambda event: int(event["_id"].split("#")[1]))
        assert [int(event["_id"].split("#")[1]) for event in chain] == list(range(1, alert["transitions"] + 1))
        for before, after in zip([{"state": None}, *chain], chain, strict=False):
            assert before["state"] == after["before"] != after["state"]
        assert chain[-1]["state"] == alert["state"]
        assert alert["unpublished"] == []
    assert chains == {}
    keys = Counter((a.rule, a.label) for a in Alerts(store).open_alerts())
    assert set(keys.values()) <= {1}
