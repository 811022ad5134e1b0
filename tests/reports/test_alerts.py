"""The report of the page Alerts: words, bands, days and confusions of alerts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.lifecycle import Alert
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from monitor_core.reports import alerts as reports
from monitor_core.reports.performance import read_performance
from monitor_core.settings.settings import Settings
from tests.alerting.days import a_rule
from tests.documents import at, prediction

DAY = date(2026, 10, 4)
SEEN = Evaluation(None, DAY, "firing", "It fell.", Period(DAY, DAY), 0.7234, 0.604, 0.8172, 0.8, 65)
OPEN = Alert("low", 3, "Accuracy is low", "critical", "firing", DAY, at(2026, 10, 4), SEEN)
ACCURACY = {"metric": "accuracy", "operator": "below", "threshold": 0.8}


def in_words(*conditions: dict[str, Any], **fields: Any) -> str:
    return reports.rule_in_words(a_rule(*conditions, **fields), "class {}".format)


def test_a_rule_in_one_line() -> None:
    assert in_words(ACCURACY, window_days=7) == "accuracy below 80.0%, over 7 days"
    recall = {"metric": "recall", "operator": "below", "threshold": 0.9, "label": "every"}
    assert in_words(ACCURACY, recall, join="any", window_days=2) == (
        "accuracy below 80.0% or recall of any class below 90.0%, over 2 days"
    )
    silence = {"metric": "days_without_reviews", "operator": "above", "threshold": 2}
    assert in_words(silence) == "number of days without reviews above 2"  # it is of this moment


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"metric": "worker_lag_seconds", "operator": "above", "threshold": 3600}, "logger lag above 60 minutes"),
        (
            {"metric": "f1", "operator": "changed_by_more_than", "threshold": 5, "average": "macro"},
            "macro F1 changed by more than 5.0 percentage points, over 7 days",
        ),
        (
            {"metric": "recall", "operator": "changed_by_more_than", "threshold": 5, "label": 3, "direction": "down"},
            "recall of class 3 fell by more than 5.0 percentage points, over 7 days",
        ),
        ({"metric": "prediction_drift", "operator": "drifted"}, "drift of the predicted classes, over 7 days"),
        (
            {"metric": "hellinger", "operator": "above", "threshold": 0.1, "column": "target"},
            "Hellinger distance of the reviewed classes above 0.100, over 7 days",
        ),
        ({"metric": "accuracy", "operator": "no_data"}, "no data on accuracy, over 7 days"),
        (
            {"metric": "accuracy", "operator": "outside_reference_interval"},
            "accuracy outside its typical range in the reference period, over 7 days",
        ),
    ],
)
def test_a_condition_in_words(condition: dict[str, Any], words: str) -> None:
    assert in_words(condition, window_days=7) == words


def test_an_alert_lasts_to_the_last_day_that_fired() -> None:
    assert reports.last_day(OPEN) == DAY
    assert reports.last_day(replace(OPEN, counted_on=DAY + timedelta(3))) == DAY + timedelta(3)
    assert reports.last_day(replace(OPEN, counted_on=DAY - timedelta(3))) == DAY


def test_the_days_around_an_alert_end_today_or_a_week_after_it() -> None:
    today = DAY + timedelta(30)
    assert reports.around(OPEN, today) == Period(DAY - reports.AROUND, today)
    resolved = replace(OPEN, state="resolved")
    assert reports.around(resolved, today).last == DAY + timedelta(7)
    assert reports.around(resolved, DAY + timedelta(1)).last == DAY + timedelta(1)  # no day to come


def test_the_choices_of_the_feed_are_a_filter() -> None:
    everything = reports.feed_filter("all", reports.ANY, reports.ANY)
    assert (everything.open, everything.rule, everything.severity) == (None, None, None)
    chosen = reports.feed_filter("resolved", "critical", "low")
    assert (chosen.open, chosen.rule, chosen.severity) == (False, "low", "critical")
    assert reports.feed_filter("banana", reports.ANY, reports.ANY).open is None  # of an address


def test_a_band_says_its_days_once() -> None:
    band = reports.ShadedDays(DAY, DAY, "Accuracy is low", "critical", "low")
    assert str(band) == "Accuracy is low, critical, 4 Oct 2026"
    assert str(replace(band, last=DAY + timedelta(2))) == "Accuracy is low, critical, 4 Oct to 6 Oct 2026"


def test_an_alert_is_named_with_its_class() -> None:
    store = Store(Settings(class_names={3: "SIGRE"}, mongodb_uri="mongodb://127.0.0.1:9"))
    assert reports.named(store, OPEN) == "Accuracy is low, class SIGRE"
    assert reports.named(store, replace(OPEN, label=None)) == "Accuracy is low"


def test_the_past_of_a_rule_is_a_row_a_day(store: Store) -> None:
    store.collection.insert_many([prediction(DAY, target=target, reviewed=timedelta(0)) for target in (1, 2) * 20])
    history.refresh(store)
    rule = a_rule(ACCURACY, window_days=1, basis="predicted")
    period = Period(DAY - timedelta(2), DAY)
    past = reports.past_verdicts(store, rule, period, None, at(2026, 10, 20))
    assert [f"{day:%Y-%m-%d}" for day in past.table["day"]] == ["2026-10-02", "2026-10-03", "2026-10-04"]
    assert past.fired_on == (DAY,)
    last = past.table.iloc[-1]
    assert (last["value"], last["threshold"], last["samples"], last["status"]) == (0.5, 0.8, 40, "firing")
    assert past.sentence == last["sentence"]
    assert past.is_drawn
    assert past.has_threshold


def test_of_a_long_past_the_last_days_are_judged(store: Store) -> None:
    rule = a_rule(ACCURACY, window_days=1, basis="predicted")
    past = reports.past_verdicts(store, rule, Period(DAY - timedelta(500), DAY), None, at(2026, 10, 20))
    assert len(past.table) == reports.MOST_DAYS
    assert f"{past.table['day'].max():%Y-%m-%d}" == str(DAY)
    assert not past.is_drawn  # there is no document
    assert past.fired_on == ()


def test_the_confusions_are_the_wrong_cells_the_most_frequent_first(store: Store) -> None:
    pairs = [(1, 1)] * 5 + [(1, 2)] * 3 + [(2, 1)] * 1 + [(3, 2)] * 2
    store.collection.insert_many([prediction(DAY, predicted=made, target=target) for target, made in pairs])
    report = read_performance(store, Selection(Period(DAY, DAY), "predicted"))
    rows = [tuple(row) for row in reports.confusions(report, None).to_numpy().tolist()]
    assert rows == [("1", "2", 3, 0.375), ("3", "2", 2, 1.0), ("2", "1", 1, 1.0)]
    assert reports.confusions(report, 3)["true class"].tolist() == ["3"]
    assert reports.confusions(report, 9).empty


def test_only_alerts_that_fired_are_bands(store: Store) -> None:
    assert reports.shaded_days(store, DAY) == []


def test_of_falling_accuracy_the_evidence_is_drawn_and_what_it_must_reach(store: Store) -> None:
    rows = [prediction(DAY - timedelta(n), 1, 2 if n < 4 and i % 2 else 1) for n in range(40) for i in range(30)]
    store.collection.insert_many(rows)
    history.note_changes(store)
    history.refresh(store)
    rule = a_rule({"metric": "accuracy_drift", "operator": "drifted"})
    past = reports.past_verdicts(store, rule, Period(DAY - timedelta(9), DAY), None, at(2026, 10, 20))
    assert (past.table["threshold"] == 200).all()
    fired = past.table[past.table["status"] == "firing"]
    assert len(fired)
    assert (fired["value"] >= 200).all()
    assert past.table["value"].iloc[0] < 200
    assert fired["sentence"].str.startswith("Accuracy is falling").all()
