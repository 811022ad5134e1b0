"""Whether the model is fine, from rules that the real logger's judge has judged."""

from datetime import timedelta

import pytest

from monitor_core.alerting.rules import DEFAULTS, Condition
from monitor_core.contract import wording
from monitor_core.contract.calendar import local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger import history as stored_history
from monitor_core.logger.judging import Judge
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports.drift import drift_report
from monitor_core.reports.performance import read_performance
from monitor_core.reports.state.verdict import as_json, is_about_the_model, lines, read_verdict
from tests.app.drifting import day_of, well, write
from tests.documents import fields, reviewed


def judged(store: Store) -> None:
    stored_history.refresh(store)
    Judge(store).evaluate_all(store.now())


def test_before_the_logger_has_run_nothing_is_judged(store: Store) -> None:
    write(store, *well(0))
    verdict = read_verdict(store)
    assert (verdict.state, verdict.level, verdict.title) == ("not judged", "unknown", "Not judged")
    assert "never been judged" in verdict.sentence
    assert verdict.accuracy.samples > 0  # the figure is there all the same


def test_a_good_model_is_fine_with_the_report_s_figures(store: Store) -> None:
    write(store, *well(0))
    judged(store)
    verdict = read_verdict(store)
    assert (verdict.state, verdict.level) == ("fine", "good")
    score = read_performance(store, verdict.selection).scores["accuracy"]
    assert verdict.accuracy == score
    assert verdict.reference is not None
    assert f"{score.value:.1%}" in verdict.sentence
    drift = drift_report(store, verdict.selection.period, "balanced")
    assert drift
    assert drift.reference
    before = read_performance(store, Selection(drift.reference, "validated")).scores["accuracy"]
    says = f"against {wording.estimate(before.value, before.low, before.high, before.samples)} in the reference period"
    assert says in verdict.sentence
    assert says in drift.rules["accuracy"].sentence
    assert says in drift.rules["rise"].sentence
    assert as_json(verdict)["reference_interval"] == [before.low, before.high]
    assert verdict.sentence.endswith("The rules find no evidence of a fall.")


def test_an_open_alert_against_the_model_makes_it_worse_since_its_first_day(store: Store) -> None:
    write(store, *well(6), *(day_of(n, 21, 7, confidence=0.4) for n in range(5, -1, -1)))
    judged(store)
    verdict = read_verdict(store)
    about = {rule.name for rule in DEFAULTS if is_about_the_model(rule)}
    opened = [alert.opened_on for alert in Alerts(store).open_alerts() if alert.rule in about]
    assert (verdict.state, verdict.level, verdict.since) == ("worse", "bad", min(opened))
    assert verdict.title == f"Worse since {min(opened).day} {min(opened):%b %Y}"
    assert "“Accuracy is falling”" in verdict.sentence
    assert verdict.alerts == Alerts(store).open_count()
    assert "critical alert" in lines(verdict)[1]
    assert as_json(verdict)["since"] == min(opened).isoformat()


def test_a_critical_alert_that_is_not_about_accuracy_needs_attention_too(store: Store) -> None:
    now = store.now()
    write(store, *[day_of(n, 24, 1) for n in range(60, 4, -1)])
    judged(store)
    verdict = read_verdict(store)
    assert local_day(now, store.settings.zone) > verdict.selection.period.first
    assert verdict.alerts["critical"] >= 1  # no predictions are coming in
    assert (verdict.state, verdict.level) == ("no reviews", "bad")


def test_few_reviews_are_no_evidence_in_either_direction(store: Store) -> None:
    now = store.now()
    store.collection.insert_many([reviewed(1, 1, now, validated_at=now) for _ in range(3)])
    judged(store)
    verdict = read_verdict(store)
    assert (verdict.state, verdict.level) == ("not enough reviews", "unknown")
    assert "3 reviewed samples" in verdict.sentence.lower()
    assert "Accuracy is" not in verdict.sentence


def test_without_any_review_nobody_knows(store: Store) -> None:
    now = store.now()
    store.collection.insert_one(fields(prediction=1, predicted_at=now))
    judged(store)
    verdict = read_verdict(store)
    assert (verdict.state, verdict.level) == ("no reviews", "unknown")
    assert lines(verdict)[1].endswith("No review yet.")


def test_a_judgement_of_long_ago_is_none(store: Store) -> None:
    write(store, *well(0))
    judged(store)
    Rulebook(store).current.update_many({}, {"$set": {"evaluated_at": store.now() - timedelta(days=2)}})
    verdict = read_verdict(store)
    assert (verdict.state, verdict.level) == ("not judged", "unknown")
    assert "have not been judged since" in verdict.sentence


@pytest.mark.parametrize(
    ("condition", "about"),
    [
        ({"metric": "accuracy", "operator": "below", "threshold": 0.8}, True),
        ({"metric": "accuracy", "operator": "above", "threshold": 0.99}, False),
        ({"metric": "recall", "operator": "below", "threshold": 0.8, "label": "every"}, True),
        ({"metric": "accuracy_drift", "operator": "drifted"}, True),
        ({"metric": "rise_drift", "operator": "drifted"}, False),
        ({"metric": "confidence_drift", "operator": "drifted"}, False),
        ({"metric": "backlog", "operator": "above", "threshold": 100}, False),
    ],
)
def test_rules_that_fire_if_the_model_becomes_worse_are_about_the_model(
    condition: dict[str, object], about: bool
) -> None:
    rule = DEFAULTS[0].model_copy(update={"conditions": (Condition.model_validate(condition),)})
    assert is_about_the_model(rule) is about
