"""What a condition measured and what it was held against, as people read it."""

import math
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.alerting import sentences
from monitor_core.alerting.measurement import Measurement, Question
from tests.alerting.days import FIRST, a_rule, facts

BELOW = {"metric": "accuracy", "operator": "below", "threshold": 0.85}
CHANGE = {"metric": "accuracy", "operator": "changed_by_more_than", "threshold": 10}
RECALL = {"metric": "recall", "operator": "below", "threshold": 0.8}
NOW = Measurement(0.723, 0.604, 0.817, 65)
BEFORE = Measurement(0.925, 0.91, 0.94, 2000)
BEGUN = "Accuracy was 72.3% (95% interval 60.4–81.7, 65 samples) from 2 Jun to 8 Jun 2026"
COMPARED = f"{BEGUN}, against 92.5% (95% interval 91.0–94.0, 2,000 samples) in the reference period."


def asking(condition: dict[str, Any], label: int | None = None, **more: Any) -> Question:
    """Seven days, the last of them the eighth of June."""
    rule = a_rule(condition, **{"min_samples": 20, **more})
    return Question(rule.conditions[0], rule, facts({}, 8, class_names={1: "blue"}), FIRST + timedelta(7), label)


@pytest.mark.parametrize(
    ("condition", "label", "text"),
    [
        (BELOW, None, "Accuracy"),
        (RECALL | {"average": "macro"}, None, "Macro recall"),
        (RECALL | {"metric": "f1", "average": "weighted"}, None, "Weighted F1"),
        (RECALL | {"label": "every"}, 1, "Recall of blue"),
        (RECALL | {"label": 1}, None, "Recall of blue"),
        (
            {"metric": "psi", "operator": "above", "threshold": 1, "column": "target"},
            None,
            "The population stability index of the reviewed classes",
        ),
    ],
)
def test_a_sentence_begins_with_what_is_measured(condition: dict[str, Any], label: int | None, text: str) -> None:
    assert sentences.subject(asking(condition, label)) == text


@pytest.mark.parametrize(
    ("is_beyond", "fires", "text"),
    [
        (True, True, "below the threshold of 85.0%."),
        (True, False, "below the threshold of 85.0%, but not significantly."),
        (False, False, "not below the threshold of 85.0%."),
    ],
)
def test_a_value_is_held_against_the_threshold(is_beyond: bool, fires: bool, text: str) -> None:
    assert sentences.against_threshold(asking(BELOW), NOW, is_beyond, fires) == f"{BEGUN}, {text}"


def test_what_is_about_now_has_no_days() -> None:
    lag = asking({"metric": "worker_lag_seconds", "operator": "above", "threshold": 3600})
    assert sentences.against_threshold(lag, Measurement(5400.0), True, True) == (
        "The time that the oldest review has been waiting for the logger is 90 minutes, "
        "above the threshold of 60 minutes."
    )


def test_figures_name_what_they_rest_on() -> None:
    backlog = asking({"metric": "backlog", "operator": "above", "threshold": 1}, basis="predicted")
    assert sentences.value_in_words(backlog.condition, Measurement(3.0, samples=70)) == "3 (70 predictions)"
    unreadable = asking({"metric": "unreadable_reviews", "operator": "above", "threshold": 0.1})
    assert sentences.value_in_words(unreadable.condition, NOW).endswith(", 65 documents)")


def test_too_little_data_is_said_with_what_the_rule_needs() -> None:
    text = "Accuracy cannot be judged from 2 Jun to 8 Jun 2026: {}, where the rule needs 20."
    assert sentences.too_few(asking(BELOW), Measurement(1.0, samples=1)) == text.format("only 1 sample")
    assert sentences.too_few(asking(BELOW), Measurement(1.0)) == text.format("no samples")
    assert sentences.no_reference(asking(CHANGE), NOW, Measurement(1.0, samples=3)) == (
        f"{BEGUN}, but cannot be compared: the reference period has only 3 samples, where the rule needs 20."
    )
    no_data = asking({"metric": "accuracy", "operator": "no_data"})
    assert sentences.data(no_data, NOW) == (
        "Accuracy rests on 65 samples from 2 Jun to 8 Jun 2026; the rule fires below 20."
    )


def test_what_rejected_samples_leave_open_is_said() -> None:
    delay = asking({"metric": "review_delay_median", "operator": "above", "threshold": 1})
    undefined = sentences.undefined(delay, Measurement(math.nan))
    assert undefined == "The median time to review is undefined from 2 Jun to 8 Jun 2026."
    correlation = asking({"metric": "matthews_correlation", "operator": "below", "threshold": 0.5})
    assert sentences.undefined(correlation, Measurement(math.nan, samples=90, rejected=12)) == (
        "Matthews correlation cannot be known from 2 Jun to 8 Jun 2026: 12 samples rejected without a true class."
    )
    recall = asking({"metric": "recall", "operator": "below", "threshold": 0.95, "average": "macro"})
    bounded = Measurement(math.nan, 0.8, 0.94, 300, (0.83, 0.912), 12)
    assert sentences.against_threshold(recall, bounded, True, True) == (
        "Macro recall was 83.0–91.2% (bounds, 12 samples rejected, 300 samples) from 2 Jun to 8 Jun 2026, "
        "below the threshold of 95.0%."
    )
    assert sentences.not_comparable(recall, bounded).endswith(
        "2026, but cannot be compared: samples were rejected without a true class."
    )


@pytest.mark.parametrize(
    ("more", "change", "fires", "text"),
    [
        (
            {},
            (-30.0, -20.2, -10.1),
            True,
            "It fell by 20.2 percentage points (95% interval −30.0 to −10.1), "
            "more than the threshold of 10.0 percentage points.",
        ),
        (
            {},
            (-25.0, -15.0, -5.0),
            False,
            "It fell by 15.0 percentage points (95% interval −25.0 to −5.0), "
            "more than the threshold of 10.0 percentage points, but not significantly.",
        ),
        (
            {"direction": "down"},
            (15.0, 15.0, 15.0),
            False,
            "It rose by 15.0 percentage points; the rule fires on a fall of more than 10.0 percentage points.",
        ),
        ({"unit": "percent"}, (16.7, 16.7, 16.7), True, "It rose by 16.7%, more than the threshold of 10.0%."),
        ({"unit": "percent"}, (1e300, 1e300, 1e300), True, "It rose from 0, more than the threshold of 10.0%."),
        (
            {"unit": "percent"},
            (0.0, 0.0, 0.0),
            False,
            "It did not change; the rule fires on a change of more than 10.0%.",
        ),
    ],
)
def test_a_change_is_said_with_its_size_and_interval(
    more: dict[str, Any], change: sentences.Change, fires: bool, text: str
) -> None:
    assert sentences.changed(asking(CHANGE | more), NOW, BEFORE, change, fires) == f"{COMPARED} {text}"


def test_a_change_of_a_correlation_is_in_its_own_numbers() -> None:
    question = asking(CHANGE | {"metric": "matthews_correlation"})
    assert sentences.changed(question, NOW, BEFORE, (-20.0, -20.0, -20.0), True).endswith(
        "It fell by 0.200, more than the threshold of 0.100."
    )


def test_a_value_is_held_against_its_usual_range() -> None:
    condition = {"metric": "accuracy", "operator": "outside_reference_interval"}
    text = sentences.against_range(asking(condition), NOW, BEFORE, (0.81, 0.935), is_outside=True)
    windows = "Windows of 7 days with 65 samples usually measure 81.0% to 93.5%"
    assert text == f"{COMPARED} {windows}; this is outside that range."
