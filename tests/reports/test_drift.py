"""The report of the page Drift: how strong the evidence of a day is, and what moved."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.drift.newcomers import NewClass
from monitor_core.drift.rules import RULES
from monitor_core.drift.verdicts import DriftTest
from monitor_core.logger import history
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from monitor_core.reports import drift
from monitor_core.reports.reviewers.budget import Budget
from tests.documents import at, prediction

DAY = date(2026, 10, 31)
TEST = DriftTest(
    DAY, "stable", 50.0, None, 200.0, 3.0, 5.0, DAY, 0.9, 0.87, 0.8, 0.9, None, None, None, 2000, 100
)  # by evidence, as accuracy is


def test_the_proof_is_a_multiple_of_what_the_rule_needs() -> None:
    by_p_value = replace(TEST, p_value=0.01, threshold=0.001)
    table = drift.daily_verdicts([TEST, replace(TEST, statistic=400.0, verdict="drifted"), by_p_value])
    assert table["multiple"].tolist() == pytest.approx([0.25, 2.0, 0.1])
    assert table["evidence"].tolist()[:2] == [50.0, 400.0]
    assert np.isnan(table["evidence"].iloc[2])
    assert table["p_value"].iloc[2] == 0.01
    assert table["state"].tolist() == ["stable", "drifted", "stable"]


@pytest.mark.parametrize("verdict", ["learning", "not enough data"])
def test_without_a_verdict_there_is_no_proof(verdict: str) -> None:
    table = drift.daily_verdicts([replace(TEST, verdict=verdict, statistic=999.0)])
    assert np.isnan(table["multiple"].iloc[0])
    assert table["state"].iloc[0] == verdict


def test_what_is_proved_and_too_small_has_a_state_of_its_own() -> None:
    small = replace(TEST, p_value=1e-9, threshold=0.001)
    (row,) = drift.daily_verdicts([small]).to_dict("records")
    assert (row["verdict"], row["state"]) == ("stable", drift.TOO_SMALL)


def test_the_proof_ends_where_a_chart_of_it_shows_nothing_else() -> None:
    certain, impossible = replace(TEST, p_value=0.0, threshold=0.001), replace(TEST, statistic=0.0)
    assert tuple(drift.daily_verdicts([impossible, certain])["multiple"]) == drift.RANGE


def test_an_undefined_effect_is_nan() -> None:
    assert np.isnan(drift.daily_verdicts([replace(TEST, effect=None)])["effect"].iloc[0])


def test_without_a_history_there_is_no_report(store: Store) -> None:
    assert drift.drift_report(store, Period(DAY, DAY), "balanced") is None


def test_a_short_history_is_learned_from(store: Store) -> None:
    now = store.now()
    days = [now - timedelta(days=n) for n in range(1, 4)]
    store.collection.insert_many(
        [
            prediction(day, predicted=n % 2, target=0, confidence=0.91, reviewed=timedelta(minutes=1))
            for day in days
            for n in range(4)
        ]
    )
    history.refresh(store)
    last = now.date()
    report = drift.drift_report(store, Period(last - timedelta(2), last), "balanced")
    assert report
    assert set(report.rules) == {rule.key for rule in RULES}
    assert {rule.test.verdict for rule in report.rules.values()} == {"learning"}
    assert all(len(rule.days) <= 3 for rule in report.rules.values())
    for table in report.distributions.values():
        assert set(table["window"]) == set(drift.WINDOWS)
    predicted = report.distributions["prediction"]
    assert predicted.loc[predicted["window"] == drift.WINDOWS[1], "count"].sum() == 12
    assert set(report.moved["class"]) == {"0", "1"}
    assert report.class_days == {"0": None, "1": None}
    assert drift.detection_by_class(report) == ""  # nothing is said while the rule learns
    assert drift.drift_report(store, Period(last + timedelta(5), last + timedelta(9)), "balanced") is None


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (
            {"0": 9, "1": 21, "2": None},
            "takes from 9 days in class 0 to 21 days in class 1; it takes over a year in class 2.",
        ),
        ({"0": 1}, "it takes 1 day in class 0."),
        ({"0": 1, "new": None}, "it takes 1 day in class 0; class new is new and not judged yet."),
        ({"0": None, "1": None}, "it takes over a year in every class."),
        (
            {"a": 4, **{str(n): None for n in range(6)}},
            "it takes 4 days in class a; it takes over a year in 6 classes.",
        ),
        ({"a": 4, "b": 4, "c": None, "d": None}, "takes 4 days in class a; it takes over a year in classes c and d."),
    ],
)
def test_the_time_to_find_one_failing_class_is_said(days: dict[str, int | None], sentence: str) -> None:
    rules = {"accuracy": drift.RuleReport(RULES[0], TEST, "", drift.daily_verdicts([TEST]))}
    figures = NewClass(1, DAY - timedelta(9), DAY, 7, 2, 0.08, 0.64)
    new = (drift.NamedNewClass(5, "new", figures),) if "new" in days else ()
    budget = Budget(20.0, pd.DataFrame(), "")
    report = drift.DriftReport(DAY, None, rules, {}, pd.DataFrame(), pd.DataFrame(), {}, days, budget, 20.0, (), new)
    assert drift.detection_by_class(report).endswith(sentence)


def test_evidence_starts_again_with_a_retraining_and_not_with_a_note(store: Store) -> None:
    annotations = Annotations(store)
    annotations.add("retraining", DAY, "", "Ada", at(2026, 10, 31))
    annotations.add("note", DAY - timedelta(1), "A new lens", "Ada", at(2026, 10, 31))
    assert drift.restarts(store) == {DAY}


def test_new_classes_are_said_in_words() -> None:
    new = drift.NamedNewClass(5, "kiwi", NewClass(1, DAY - timedelta(9), DAY, 7, 2, 0.082, 0.641))
    other = drift.NamedNewClass(6, "fig", NewClass(2, DAY, DAY, 5, 5, 0.566, 1.0))
    assert drift.new_classes_in_words([]) == []
    assert drift.new_classes_in_words([new]) == [
        "Class kiwi is new since 22 Oct 2026: 7 samples from 22 Oct to 31 Oct 2026, 2 recognised (recall 28.6%, "
        "95% interval 8.2–64.1).",
        "Its recall is compared with a reference from 28 Dec 2026 on.",
    ]
    both = drift.new_classes_in_words([other, new])
    assert both[0].startswith(
        "Class fig is new since 31 Oct 2026: 5 samples on 31 Oct 2026, 5 recognised (recall 100.0%"
    )
    assert both[2] == "The recall of a new class is compared with a reference 67 days after its first sample."
