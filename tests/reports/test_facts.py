"""What rules are judged by, and what they say now and would have said; nothing is written."""

from datetime import timedelta

from monitor_core.alerting.rules import DEFAULTS, rule_from
from monitor_core.contract.calendar import Period, local_day
from monitor_core.mongo.store import Store
from monitor_core.reports import facts
from tests.documents import fields

CONDITION = {"metric": "accuracy", "operator": "below", "threshold": 0.8}
LOW = rule_from(
    {"name": "low", "title": "Accuracy is low", "conditions": [CONDITION], "window_days": 1, "min_samples": 5}
)


def fill(store: Store, days_ago: int, right: int, wrong: int) -> None:
    at = store.now() - timedelta(days=days_ago)
    store.collection.insert_many(
        [
            fields(prediction=1, validated=target, predicted_at=at, validated_at=at)
            for target in [1] * right + [2] * wrong
        ]
    )


def test_without_documents_every_default_rule_can_be_checked(store: Store) -> None:
    said = facts.check(store, DEFAULTS, store.now())
    assert said.keys() == {rule.name for rule in DEFAULTS}
    assert store.database.list_collection_names() == []


def test_no_rules_need_no_facts(store: Store) -> None:
    assert facts.check(store, [], store.now()) == {}


def test_today_is_counted_although_the_history_lacks_it(store: Store) -> None:
    fill(store, 0, right=2, wrong=98)
    (evaluation,) = facts.check(store, [LOW], store.now())["low"]
    assert (evaluation.status, evaluation.value, evaluation.samples) == ("firing", 0.02, 100)


def test_a_history_that_lacks_days_says_so_with_the_remedy(store: Store) -> None:
    fill(store, 3, right=10, wrong=0)
    (evaluation,) = facts.check(store, [LOW.model_copy(update={"window_days": 3})], store.now())["low"]
    assert evaluation.status == "check failed"
    assert "history rebuild" in evaluation.sentence


def test_the_past_ends_today_and_days_to_come_have_none(store: Store) -> None:
    today = local_day(store.now(), store.settings.zone)
    tomorrow = today + timedelta(days=1)
    said = facts.past(store, LOW, Period(today, tomorrow), store.now())
    assert [day for day, _ in said] == [today]
    assert facts.past(store, LOW, Period(tomorrow, tomorrow), store.now()) == []
