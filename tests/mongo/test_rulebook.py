"""The rulebook: rules with all their versions, and what was judged of each last."""

from datetime import date, timedelta

import pytest

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.rules import DEFAULTS
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import RuleError
from monitor_core.mongo.rulebook import MOST_EVALUATIONS, Rulebook
from monitor_core.mongo.store import Store
from tests.alerting.happened import LOW
from tests.documents import at

START = at(2026, 6, 1)
DAY = date(2026, 6, 1)


def test_the_defaults_come_once_and_a_removed_one_stays_away(store: Store) -> None:
    book = Rulebook(store)
    book.seed(START)
    assert {rule.name for rule in book.rules()} == {rule.name for rule in DEFAULTS}
    book.remove("no-reviews", "ana", START)
    book.edit("data-quality", {"window_days": 14}, "ana", START)
    book.seed(START)
    assert "no-reviews" not in {rule.name for rule in book.rules()}
    assert book.rule("data-quality").window_days == 14


def test_a_rule_that_nobody_has_edited_follows_the_settings(store: Store) -> None:
    """Two models of one database: each begins with rules of its own."""
    quick = {"no-reviews": {"window_days": 3}, "data-quality": {"enabled": False}}
    cats = store.of_another(store.settings.model_copy(update={"model": "cats", "rules": quick}))
    assert Rulebook(cats).rule("no-reviews").window_days == 3
    Rulebook(cats).seed(START)
    Rulebook(store).seed(START)
    assert not Rulebook(cats).rule("data-quality").enabled
    assert Rulebook(store).rule("data-quality").enabled

    Rulebook(cats).edit("no-reviews", {"window_days": 14}, "ana", START)
    later = cats.of_another(cats.settings.model_copy(update={"rules": {"no-reviews": {"window_days": 5}}}))
    for _ in range(2):
        Rulebook(later).seed(START)
    assert Rulebook(later).rule("no-reviews").window_days == 14  # as Ana wants it
    assert Rulebook(later).rule("data-quality").enabled  # as it is without settings
    assert [version.change for version in Rulebook(later).versions("data-quality")] == ["changed", "added"]


def test_a_setting_added_later_changes_a_rule_but_brings_no_removed_one_back(store: Store) -> None:
    Rulebook(store).seed(START)
    Rulebook(store).remove("no-reviews", "ana", START)
    changes = {"no-reviews": {"enabled": True}, "no-predictions": {"severity": "warning"}}
    later = store.of_another(store.settings.model_copy(update={"rules": changes}))
    Rulebook(later).seed(START)
    assert "no-reviews" not in {rule.name for rule in Rulebook(later).rules()}
    assert Rulebook(later).rule("no-predictions").severity == "warning"
    assert Rulebook(store).rule("no-predictions").changed_by == "the monitor"


def test_every_version_is_kept_with_who_and_when(store: Store) -> None:
    book = Rulebook(store)
    book.add(LOW, "ana", START)
    book.edit("low", {"window_days": 2}, "ben", START + timedelta(days=1))
    book.enable("low", False, "cai", START + timedelta(days=2))
    book.remove("low", "ana", START + timedelta(days=3))
    of_rule = ("version", "changed_by", "window_days")
    assert [(version.change, *map(version.stored.get, of_rule)) for version in book.versions("low")] == [
        ("removed", 4, "ana", 2),
        ("changed", 3, "cai", 2),
        ("changed", 2, "ben", 2),
        ("added", 1, "ana", 1),
    ]
    assert book.versions("low")[0].changed_at == START + timedelta(days=3)
    assert book.add(LOW, "ben", START).version == 5
    with pytest.raises(RuleError, match="already"):
        book.add(LOW, "ben", START)


def test_an_edit_that_changes_nothing_is_no_version(store: Store) -> None:
    book = Rulebook(store)
    book.add(LOW, "ana", START)
    assert book.edit("low", {"title": LOW.title}, "ben", START).version == 1


def test_of_two_edits_at_once_one_is_refused(store: Store) -> None:
    book = Rulebook(store)
    rule = book.add(LOW, "ana", START)
    book.edit("low", {"window_days": 2}, "ben", START)
    with pytest.raises(RuleError, match="meanwhile"):
        book._replace(rule, rule.model_copy(update={"window_days": 3}), "changed", "cai", START)
    assert book.rule("low").window_days == 2


def test_a_rule_is_judged_anew_after_a_change_that_its_verdicts_depend_on(store: Store) -> None:
    book = Rulebook(store)
    book.seed(START)
    book.note_judged("accuracy-falling", DAY, [], START)
    book.edit("accuracy-falling", {"title": "It falls", "severity": "warning"}, "ana", START)
    assert book.judged_through()["accuracy-falling"] == DAY
    book.edit("accuracy-falling", {"reference": {"length": 30}}, "ana", START)
    assert book.judged_through()["accuracy-falling"] is None


def test_what_was_judged_is_kept_and_never_goes_back(store: Store) -> None:
    book = Rulebook(store)
    book.add(LOW, "ana", START)
    assert book.judged_through()["low"] is None
    assert "low" not in {one.rule.name for one in book.latest()}
    evaluation = Evaluation(None, DAY, "ok", "All is well.", Period(DAY, DAY), 0.9, samples=40)
    book.note_judged("low", DAY, [evaluation], START)
    book.note_judged("low", DAY - timedelta(days=3), [evaluation], START + timedelta(days=1))
    assert book.judged_through()["low"] == DAY
    assert book.judged_at()["low"] == START + timedelta(days=1)
    (latest,) = book.latest()
    assert (latest.rule, latest.evaluations) == (book.rule("low"), (evaluation,))


def test_of_many_classes_those_that_fire_are_kept(store: Store) -> None:
    book = Rulebook(store)
    book.add(LOW, "ana", START)
    classes = range(2 * MOST_EVALUATIONS)
    said = [Evaluation(label, DAY, "firing" if label % 4 == 0 else "ok", "", Period(DAY, DAY)) for label in classes]
    book.note_judged("low", DAY, said, START)
    (latest,) = book.latest()
    assert len(latest.evaluations) == MOST_EVALUATIONS
    assert sum(one.fires for one in latest.evaluations) == sum(one.fires for one in said)


def test_a_rule_that_is_enabled_again_begins_with_that_day(store: Store) -> None:
    book = Rulebook(store)
    book.add(LOW, "ana", START)
    book.note_judged("low", DAY, [], START)
    book.enable("low", False, "ana", START)
    book.enable("low", True, "ana", START + timedelta(days=9))
    assert book.judged_through()["low"] == START.date() + timedelta(days=8)
    assert book.judged_at()["low"] < START


def test_the_field_of_chosen_targets_is_stored_only_where_it_is_used(store: Store) -> None:
    """Versions before it refuse a rule with a field that they do not know."""
    book = Rulebook(store)
    book.seed(START)
    assert not book.current.find_one({"rule.notify": {"$exists": True}})
    assert not book.all_versions.find_one({"rule.notify": {"$exists": True}})
    book.edit("logger-lags", {"notify": ["data"]}, "Ada", START)
    assert book.rule("logger-lags").notify == ("data",)
    assert book.chosen_targets() == {"logger-lags": ["data"]}
    book.edit("logger-lags", {"notify": []}, "Ada", START)
    assert book.rule("logger-lags").notify == ()
    assert book.chosen_targets() == {}


def test_who_is_notified_is_no_reason_to_judge_a_rule_again(store: Store) -> None:
    book = Rulebook(store)
    book.seed(START)
    book.note_judged("logger-lags", DAY, [], START)
    book.edit("logger-lags", {"notify": ["data"]}, "Ada", START)
    assert book.judged_through()["logger-lags"] == DAY
