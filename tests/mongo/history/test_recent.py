"""What came lately is seen in every form of date, and where nothing came nothing is grouped."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId, Timestamp

from monitor_core.mongo.history import recent
from monitor_core.mongo.history.recent import is_flooded, recent_changes
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import at, prediction

SINCE, UNTIL = at(2026, 10, 3, 12), at(2026, 10, 3, 12, 30)
FORMS: list[tuple[Callable[[datetime], Any], dict[str, Any]]] = [
    (lambda when: when, {}),
    (lambda when: when.isoformat(), {}),
    (lambda when: f"{when:%Y%m%dT%H%M%SZ}", {}),
    (lambda when: Timestamp(int(when.timestamp()), 1), {}),
    (lambda when: when.timestamp(), {"date_numbers": "seconds"}),
    (
        lambda when: (when + timedelta(hours=2)).replace(tzinfo=None),
        {"stored_times": "local", "time_zone": "Europe/Madrid"},
    ),
]


@pytest.mark.parametrize(("form", "changes"), FORMS)
@pytest.mark.parametrize("of", ["validated_at", "predicted_at"])
def test_a_date_of_any_form_is_seen_if_it_is_recent(
    make_store: Callable[..., Store], form: Callable[[datetime], Any], changes: dict[str, Any], of: str
) -> None:
    store = make_store(**changes)
    old_id = ObjectId.from_datetime(at(2026, 9, 1))
    dates = {"predicted_at": at(2026, 9, 1), "validated_at": at(2026, 9, 2)} | {of: SINCE + timedelta(minutes=5)}
    store.collection.insert_one(prediction(_id=old_id, **{name: form(when) for name, when in dates.items()}))
    changed = [change for change in recent_changes(store.live, SINCE, UNTIL) if change.later]
    assert [getattr(change, of.removesuffix("_at")) for change in changed] == [SINCE]
    later = SINCE + timedelta(days=3)
    assert not [change for change in recent_changes(store.live, later, later) if change.later]


def test_what_was_inserted_lately_is_seen_whatever_its_dates(store: Store) -> None:
    old = prediction(at(2026, 9, 1), reviewed=at(2026, 9, 2), _id=ObjectId.from_datetime(SINCE + timedelta(minutes=5)))
    store.collection.insert_one(old)
    (change,) = recent_changes(store.live, SINCE, UNTIL)
    assert (change.validated, change.predicted, change.later) == (at(2026, 9, 2), at(2026, 9, 1), True)
    assert recent_changes(store.live, SINCE, UNTIL, inserted=False) == []


def test_where_nothing_came_nothing_is_grouped(store: Store) -> None:
    """To understand expressions that read dates of every form takes MongoDB longer than most answers."""
    store.collection.insert_one(prediction(at(2026, 9, 1), reviewed=at(2026, 9, 2), _id=1))
    query_plans = plans(store, lambda of: recent_changes(of.live, SINCE, UNTIL))
    assert len(query_plans) == 1
    assert "$floor" not in query_plans[0]
    store.collection.insert_one(prediction(SINCE, reviewed=None, _id=2))
    assert any("$floor" in each for each in plans(store, lambda of: recent_changes(of.live, SINCE, UNTIL)))


def test_very_many_that_were_inserted_lately_are_told_from_few(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST_INSERTED", 3)
    for number in range(4):
        assert not is_flooded(store.live, SINCE, UNTIL)
        store.collection.insert_one(prediction(SINCE, _id=ObjectId.from_datetime(SINCE + timedelta(seconds=number))))
    assert is_flooded(store.live, SINCE, UNTIL)
    assert not is_flooded(store.live, SINCE + timedelta(days=1), UNTIL + timedelta(days=1))


@pytest.mark.parametrize("text", ["predicted_at", "validated_at"])
def test_a_document_that_one_date_finds_has_its_other_date_in_any_form(store: Store, text: str) -> None:
    dates = {"predicted_at": SINCE + timedelta(minutes=5), "validated_at": SINCE + timedelta(minutes=6)}
    documents = [prediction(_id=1, **dates), prediction(_id=2, **dates | {text: dates[text].isoformat()})]
    store.collection.insert_many(documents)
    changed = [change for change in recent_changes(store.live, SINCE, UNTIL) if change.later and change.validated]
    assert {(change.validated, change.predicted) for change in changed} == {(SINCE, SINCE)}
    assert sum(change.evidence[recent.NUMBER] for change in changed) == len(documents)
