"""Rules on hand-made days."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from monitor_core.alerting.evaluation import Evaluation, evaluate
from monitor_core.alerting.measurement import begins
from monitor_core.alerting.measures import MEASURES
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import delay_bucket
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.design import share_interval
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.raking import ASSUMPTION
from monitor_core.scores.shares import wilson
from tests.alerting.days import FIRST, Row, a_rule, accuracy, counts, facts, said

# ---- scores


def random_rows(seed: int, rows: int = 300) -> list[Row]:
    draw = random.Random(seed)
    targets = [draw.choice([0, 1, 2, 2, 2, 7]) for _ in range(rows)]
    return [(t, t if draw.random() < 0.7 else draw.choice([0, 1, 2, 7])) for t in targets]


def test_scores_equal_scikit_learn_on_the_raw_rows_of_the_window() -> None:
    rows = [random_rows(seed) for seed in range(5)]
    history = facts({day: counts(some) for day, some in enumerate(rows)}, 5)
    of_window = [row for some in rows[2:5] for row in some]
    targets, predictions = zip(*of_window, strict=True)

    def value(metric: str, **more: Any) -> float | None:
        condition = {"metric": metric, "operator": "above", "threshold": 0.5} | more
        return said(a_rule(condition, window_days=3), history, 4).value

    assert value("accuracy") == pytest.approx(accuracy_score(targets, predictions))
    for average in ("macro", "weighted"):
        expected = precision_recall_fscore_support(targets, predictions, average=average, zero_division=np.nan)
        for metric, score in zip(("precision", "recall", "f1"), expected, strict=False):
            assert value(metric, average=average) == pytest.approx(score)
    by_class = precision_recall_fscore_support(targets, predictions, labels=[7], zero_division=np.nan)
    for metric, (score,) in zip(("precision", "recall", "f1"), by_class[:3], strict=True):
        assert value(metric, label=7) == pytest.approx(score)


def test_below_fires_when_the_whole_interval_is_below() -> None:
    below = {"metric": "accuracy", "operator": "below", "threshold": 0.85}
    few, many = facts({0: accuracy(16, 4)}, 1), facts({0: accuracy(1600, 400)}, 1)

    assert said(a_rule(below), few, 0).status == "ok"
    assert said(a_rule(below), many, 0).status == "firing"
    assert said(a_rule(below | {"judge": "value"}), few, 0).status == "firing"

    evaluation = said(a_rule(below), many, 0)
    assert (evaluation.value, evaluation.samples, evaluation.threshold) == (0.8, 2000, 0.85)
    assert [evaluation.low, evaluation.high] == pytest.approx(wilson(np.array(1600), np.array(2000)))
    assert evaluation.sentence == (
        "Accuracy was 80.0% (95% interval 78.2–81.7, 2,000 samples) from 26 May to 1 Jun 2026, "
        "below the threshold of 85.0%."
    )
    assert said(a_rule(below), few, 0).sentence.endswith(", below the threshold of 85.0%, but not significantly.")


OVER_ALL = {"metric": "accuracy_over_all", "operator": "below", "threshold": 0.8}


def test_the_accuracy_over_all_predictions_is_judged_by_what_was_predicted() -> None:
    """Nine of ten sure predictions are not reviewed, and nearly all of them right: the reviewed alone would fire."""
    sure = counts([(1, 1)] * 10, waiting=[1] * 90, confidence=0.95)
    unsure = counts([(1, 1)] * 5 + [(2, 1)] * 5, confidence=0.5)
    both = replace(
        sure,
        documents=110,
        cells=np.array([[1, 1, 15], [2, 1, 5]]),
        confidence=np.concatenate([sure.confidence, unsure.confidence]),
    )
    history = facts(dict.fromkeys(range(20), both), 20)
    rule = a_rule(OVER_ALL, basis="predicted", window_days=20)
    (verdict,) = evaluate(rule, history, FIRST + timedelta(19))
    assert (verdict.status, verdict.samples) == ("ok", 400)
    assert verdict.value == pytest.approx(105 / 110)
    assert ASSUMPTION in verdict.sentence
    (of_reviewed,) = evaluate(a_rule(OVER_ALL | {"metric": "accuracy"}, window_days=20), history, FIRST + timedelta(19))
    assert of_reviewed.value == 0.75
    (fires,) = evaluate(
        a_rule(OVER_ALL | {"threshold": 0.99}, basis="predicted", window_days=20), history, FIRST + timedelta(19)
    )
    assert fires.fires


@pytest.mark.parametrize("judge", ["interval", "value"])
def test_where_no_accuracy_over_all_predictions_can_be_estimated_there_is_no_data(judge: str) -> None:
    day = counts([(1, 1)] * 20, waiting=[2] * 90)
    (verdict,) = evaluate(
        a_rule(OVER_ALL | {"judge": judge}, basis="predicted"), facts({9: day}, 10), FIRST + timedelta(9)
    )
    assert (verdict.status, verdict.value) == ("no data", None)
    day = counts([(1, 1)] * 90, waiting=[2] * 90)
    (verdict,) = evaluate(
        a_rule(OVER_ALL | {"judge": judge}, basis="predicted"), facts({9: day}, 10), FIRST + timedelta(9)
    )
    assert (verdict.status, verdict.value) == ("no data", None)
    assert verdict.sentence.endswith("predictions of some class are hardly ever reviewed.")


def test_a_rejected_row_is_wrong() -> None:
    rule = a_rule({"metric": "accuracy", "operator": "below", "threshold": 0.9})
    assert said(rule, facts({0: counts([(1, 1), (None, 1)])}, 1), 0).value == 0.5


def rejecting(right: int, wrong: int) -> DayCounts:
    """Two classes alike: confirmed ones, and ones rejected without a true class."""
    return counts([(1, 1), (2, 2)] * right + [(None, 1), (None, 2)] * wrong)


def test_a_rule_on_recall_judges_by_its_bounds_where_samples_were_rejected() -> None:
    history = facts({0: rejecting(90, 10)}, 1)  # 100 to 90 of a class, if the ten are of it
    below = {"metric": "recall", "operator": "below", "label": 1}

    firing = said(a_rule(below | {"threshold": 1.0, "judge": "value"}), history, 0)
    assert (firing.status, firing.value, firing.low, firing.high) == ("ok", None, pytest.approx(0.9), 1.0)
    assert "Recall of 1 was 90.0–100.0% (bounds, 20 samples rejected, 90 samples)" in firing.sentence
    above = below | {"operator": "above"}
    assert said(a_rule(above | {"threshold": 0.89, "judge": "value"}), history, 0).status == "firing"
    assert said(a_rule(above | {"threshold": 0.91, "judge": "value"}), history, 0).status == "ok"
    # the lowest bound has an interval of its own
    assert said(a_rule(above | {"threshold": 0.89}), history, 0).status == "ok"
    assert said(a_rule(above | {"threshold": 0.8}), history, 0).status == "firing"
    macro = {"metric": "recall", "operator": "above", "average": "macro", "threshold": 0.8}
    assert said(a_rule(macro), history, 0).status == "firing"
    assert said(a_rule({"metric": "recall", "operator": "no_data", "average": "macro"}), history, 0).status == "ok"


def test_what_cannot_be_known_is_no_data() -> None:
    history = facts({n: rejecting(90, 10) for n in range(100)}, 100)
    correlation = {"metric": "matthews_correlation", "operator": "below", "threshold": 0.9}
    judged = said(a_rule(correlation), history, 99)
    assert (judged.status, judged.value, judged.low) == ("no data", None, None)
    assert "cannot be known" in judged.sentence
    change = {"metric": "recall", "operator": "changed_by_more_than", "threshold": 5, "label": 1}
    assert said(a_rule(change), history, 99).status == "no data"
    assert "cannot be compared" in said(a_rule(change), history, 99).sentence


def test_too_few_samples_are_no_data_and_may_fire_if_asked() -> None:
    history = facts({0: accuracy(3, 0)}, 1)
    below = {"metric": "accuracy", "operator": "below", "threshold": 0.9}
    assert said(a_rule(below, min_samples=4), history, 0).status == "no data"
    assert said(a_rule(below, min_samples=3), history, 0).status == "ok"
    no_data = {"metric": "accuracy", "operator": "no_data"}
    assert said(a_rule(no_data, min_samples=4), history, 0).status == "firing"
    assert said(a_rule(no_data, min_samples=3), history, 0).status == "ok"


def test_every_class_is_judged_by_itself() -> None:
    rows = [(3, 3)] * 90 + [(3, 5)] * 10 + [(5, 5)] * 10 + [(5, 3)] * 90
    rule = a_rule({"metric": "recall", "operator": "below", "threshold": 0.5, "label": "every"})
    by_label = {one.label: one for one in evaluate(rule, facts({0: counts(rows)}, 1, class_names={5: "blue"}), FIRST)}
    assert {label: one.status for label, one in by_label.items()} == {3: "ok", 5: "firing"}
    assert by_label[5].sentence.startswith("Recall of blue ")
    assert by_label[5].samples == 100


def test_each_class_has_its_evaluation_whatever_decides() -> None:
    every = {"metric": "recall", "operator": "below", "threshold": 0.5, "label": "every"}
    overall = {"metric": "accuracy", "operator": "below", "threshold": 0.4}
    history = facts({0: counts([(3, 3)] * 90 + [(5, 3)] * 90)}, 1)
    for join, statuses in (("all", {3: "ok", 5: "ok"}), ("any", {3: "ok", 5: "firing"})):
        rule = a_rule(overall, every, join=join)
        assert {one.label: one.status for one in evaluate(rule, history, FIRST)} == statuses


def test_all_and_any_join_conditions_and_no_data_hides_nothing() -> None:
    history = facts({0: accuracy(50, 50)}, 1)
    low = {"metric": "accuracy", "operator": "below", "threshold": 0.9}
    high = {"metric": "accuracy", "operator": "above", "threshold": 0.9}
    unknown = {"metric": "review_delay_median", "operator": "above", "threshold": 1}

    def status(join: str, *conditions: dict[str, Any]) -> str:
        return said(a_rule(*conditions, join=join), history, 0).status

    assert status("all", low, high) == "ok"
    assert status("any", low, high) == "firing"
    assert status("all", low, unknown) == "no data"
    assert status("all", high, unknown) == "ok"
    assert status("any", low, unknown) == "firing"
    assert status("any", high, unknown) == "no data"


# ---- against the reference


def test_a_change_against_the_reference_is_judged_by_its_interval() -> None:
    days = {day: accuracy(90, 10) for day in range(80)} | {day: accuracy(75, 25) for day in range(80, 87)}
    history = facts(days, 87)

    def change(**more: Any) -> Evaluation:
        condition = {"metric": "accuracy", "operator": "changed_by_more_than", "threshold": 10} | more
        return said(a_rule(condition), history, 86)

    assert change().status == "firing"
    assert "in the reference period. It fell by 15.0 percentage points (95% interval " in change().sentence
    assert change().sentence.endswith("), more than the threshold of 10.0 percentage points.")
    assert change(direction="up").status == "ok"
    assert change(direction="down").status == "firing"
    assert change(threshold=14).status == "ok"  # 15 measured, but not proven to be more than 14
    assert change(threshold=14, judge="value").status == "firing"
    assert change(threshold=16, unit="percent", judge="value").status == "firing"  # 15 of 90 are 16.7 percent
    assert change(threshold=17, unit="percent", judge="value").status == "ok"
    _, high = difference_interval(0.75, share_interval([75] * 7, [100] * 7), 0.9, share_interval([90] * 60, [100] * 60))
    assert change(threshold=-100 * high - 0.01).status == "firing"
    assert change(threshold=-100 * high + 0.01).status == "ok"


def test_days_of_an_incident_are_no_reference() -> None:
    days = {day: accuracy(90, 10) for day in range(80)} | {day: accuracy(10, 90) for day in range(40, 50)}
    days[79] = accuracy(60, 40)
    condition = {"metric": "accuracy", "operator": "outside_reference_interval"}
    incident = [(FIRST + timedelta(day)).isoformat() for day in range(40, 50)]
    assert said(a_rule(condition, window_days=1), facts(days, 80), 79).status == "ok"  # such days are typical
    without = a_rule(condition, window_days=1, reference={"excluded": incident})
    assert said(without, facts(days, 80), 79).status == "firing"


@pytest.mark.parametrize("window_days", [1, 7])
@pytest.mark.parametrize(
    "of",
    [
        {"metric": "accuracy"},
        {"metric": "recall", "average": "macro"},
        {"metric": "recall", "label": 1},
        {"metric": "matthews_correlation"},
        {"metric": "review_delay_median"},
        {"metric": "unknown_classes"},
    ],
    ids=lambda of: "-".join(map(str, of.values())),
)
def test_quiet_days_are_seldom_outside_their_usual_range(of: dict[str, Any], window_days: int) -> None:
    rng, fired, judged = np.random.default_rng(3), 0, 0
    rule = a_rule(of | {"operator": "outside_reference_interval"}, window_days=window_days)
    for _ in range(4):
        days = {}
        for day in range(110):
            wrong = rng.random(60) < 1 / (1 + np.exp(2.2 - rng.normal(0, 0.15)))
            target = rng.integers(0, 3, 60)
            rows = list(zip(target.tolist(), np.where(wrong, (target + 1) % 3, target).tolist(), strict=True))
            minutes = rng.lognormal(4, 0.5, 60)
            buckets = np.unique([delay_bucket(float(each)) for each in minutes], return_counts=True)
            days[day] = counts(rows, delays=np.column_stack(buckets).tolist())
        history = facts(days, 110, class_names={0: "a", 1: "b"})
        for day in range(75, 110, 1 if window_days == 1 else 5):
            evaluation = said(rule, history, day)
            judged, fired = judged + (evaluation.status != "no data"), fired + evaluation.fires
    assert judged > 20
    assert fired <= 0.05 * judged + 3 * np.sqrt(0.05 * judged)


def test_the_reference_needs_two_windows_as_long_as_the_rule_s() -> None:
    condition = {"metric": "accuracy", "operator": "outside_reference_interval"}
    days = {day: accuracy(90, 10) for day in range(60)}
    judged = said(a_rule(condition, window_days=30), facts(days, 60), 59)
    assert judged.status == "no data"
    assert judged.sentence.endswith("the reference period has no two windows of 30 days with enough data.")


def test_without_a_reference_there_is_no_data() -> None:
    condition = {"metric": "accuracy", "operator": "outside_reference_interval"}
    assert said(a_rule(condition), facts({0: accuracy(9, 1)}, 1), 0).status == "no data"


def test_since_the_last_retraining_needs_one() -> None:
    rule = a_rule(
        {"metric": "accuracy", "operator": "outside_reference_interval"}, reference={"kind": "since_retraining"}
    )
    days = {day: accuracy(50, 50) for day in range(40)} | {day: accuracy(90, 10) for day in range(40, 80)}
    failed = said(rule, facts(days, 80), 79)
    assert failed.status == "check failed"
    assert "annotate retraining" in failed.sentence
    retrained = facts(days, 80, retrainings=(FIRST, FIRST + timedelta(40), FIRST + timedelta(200)))
    assert said(rule, retrained, 79).status == "ok"


def test_a_distance_is_that_of_the_two_mixes() -> None:
    days = {day: counts([(1, 1)] * 5, waiting=[2] * 5) for day in range(80)}
    days |= {day: counts([(1, 1)] * 9, waiting=[2]) for day in range(80, 87)}
    condition = {"metric": "total_variation", "operator": "above", "threshold": 0.35, "column": "prediction"}
    evaluation = said(a_rule(condition), facts(days, 87), 86)
    assert (evaluation.status, evaluation.value) == ("firing", pytest.approx(0.4))
    assert said(a_rule(condition | {"column": "target"}), facts(days, 87), 86).value == pytest.approx(0)


# ---- drift


def steady(day: int, right: float = 0.9, confidence: float = 0.9) -> DayCounts:
    draw = random.Random(day)
    rows = [(label, label if draw.random() < right else 1 - label) for label in (0, 1) for _ in range(50)]
    return counts(rows, confidence=confidence)


def test_drift_verdicts_become_evaluations() -> None:
    days = {day: steady(day) for day in range(100)} | {day: steady(day, 0.6, 0.6) for day in range(100, 107)}
    history = facts(days, 107)
    for metric, fires in (("accuracy", True), ("confidence", True), ("target", False)):
        rule = a_rule({"metric": f"{metric}_drift", "operator": "drifted"})
        assert said(rule, history, 99).status == "ok", metric
        assert said(rule, history, 106).status == ("firing" if fires else "ok"), metric
        assert said(rule, history, 10).status == "no data", metric
    fallen = said(a_rule({"metric": "accuracy_drift", "operator": "drifted"}), history, 106)
    assert fallen.sentence.startswith("Accuracy is falling")
    assert fallen.value is not None
    assert fallen.value > (fallen.threshold or 0)


def test_a_rule_that_compares_is_silent_until_the_day_is_over() -> None:
    days = {day: steady(day) for day in range(107)} | {106: counts([(1, 1)] * 200, confidence=0.5)}
    history, over = facts(days, 107, whole_through=FIRST + timedelta(105)), facts(days, 107)
    limit = {"metric": "accuracy", "operator": "above", "threshold": 0.9}
    changed = {"metric": "accuracy", "operator": "changed_by_more_than", "threshold": 3}
    for condition in ({"metric": "confidence_drift", "operator": "drifted"}, changed):
        rule = a_rule(condition, window_days=1)
        assert evaluate(rule, history, FIRST + timedelta(106)) == []
        assert said(rule, over, 106).status == "firing"
    assert said(a_rule(limit, window_days=1), history, 106).status == "firing"


def test_part_of_a_day_fires_only_if_the_missing_reviews_could_not_undo_it() -> None:
    def noon(wrong: int) -> list[str]:
        days = {day: steady(day) for day in range(107)}
        days[106] = counts([(0, 1)] * wrong + [(0, 0)] * (30 - wrong))
        history = facts(days, 107, whole_through=FIRST + timedelta(105))
        falling = a_rule({"metric": "accuracy_drift", "operator": "drifted"})
        assert said(falling, facts(days, 107), 106).fires
        return [evaluation.status for evaluation in evaluate(falling, history, FIRST + timedelta(106))]

    assert noon(15) == []
    assert noon(30) == ["firing"]


def test_a_verdict_does_not_depend_on_what_else_is_known_or_judged() -> None:
    days = {day: steady(day, 0.85 + 0.1 * random.Random(day).random()) for day in range(500)}
    rule = a_rule({"metric": "accuracy_drift", "operator": "drifted"})
    whole = facts(days, 500)
    for day in (480, 490, 499):
        start = (begins(rule, FIRST + timedelta(day)) - FIRST).days
        up_to_day = {n: one for n, one in days.items() if start <= n <= day}
        alone = said(rule, facts(up_to_day, day + 1), day)
        assert said(rule, whole, day) == alone
    assert said(rule, whole, 499).statistic != said(rule, whole, 480).statistic


def test_a_restart_takes_the_evidence_away() -> None:
    days = {day: steady(day) for day in range(100)} | {day: steady(day, 0.8) for day in range(100, 107)}
    rule, history = a_rule({"metric": "accuracy_drift", "operator": "drifted"}), facts(days, 107)
    assert said(rule, history, 106).status == "firing"
    assert said(rule, history, 106, restarts=[FIRST + timedelta(106)]).status == "ok"


def test_readiness_leaves_the_last_days_out() -> None:
    days = {day: accuracy(90, 10) for day in range(10)} | {9: accuracy(0, 500)}
    below = {"metric": "accuracy", "operator": "below", "threshold": 0.8, "judge": "value"}
    assert said(a_rule(below, basis="predicted"), facts(days, 10), 9).status == "firing"
    assert said(a_rule(below, basis="predicted", readiness_days=1), facts(days, 10), 9).status == "ok"


# ---- operations


def test_shares_counts_and_delays() -> None:
    day = counts(
        [(1, 1)] * 60, waiting=[1] * 30, unreadable_prediction=6, unreadable_review=4, bad_confidence=5,
        delays=[(delay_bucket(60), 50), (delay_bucket(60 * 24), 10)],
    )  # fmt: skip
    history = facts({0: day}, 1, class_names={2: "two"})

    def value(metric: str) -> float | None:
        condition = {"metric": metric, "operator": "above", "threshold": 0.5}
        return said(a_rule(condition, basis="predicted"), history, 0).value

    assert value("review_coverage") == 0.6
    assert value("unreadable_predictions") == 0.06
    assert value("unreadable_reviews") == 0.04
    assert value("bad_confidences") == 0.05
    assert value("unknown_classes") == 1.0
    assert value("backlog") == 30
    assert value("review_delay_median") == pytest.approx(1, rel=0.1)
    assert value("review_delay_p90") == pytest.approx(24, rel=0.1)


def test_days_without_reviews_are_whole_days() -> None:
    rule = a_rule({"metric": "days_without_reviews", "operator": "above", "threshold": 2})
    days = {0: accuracy(1, 0)}
    over = facts(days, 5)
    assert [said(rule, over, day).value for day in range(5)] == [0, 1, 2, 3, 4]
    assert said(rule, over, 3).status == "firing"
    today = facts(days, 5, whole_through=FIRST + timedelta(3))
    assert said(rule, today, 4).value == 3  # the fourth is not over
    assert said(rule, facts({}, 5, first_day={"validated": None}), 4).status == "no data"


def test_the_lag_is_of_now_alone() -> None:
    rule = a_rule({"metric": "worker_lag_seconds", "operator": "above", "threshold": 3600})
    history = facts({}, 2, whole_through=FIRST, worker_lag_seconds=7200.0)
    assert [said(rule, history, day).status for day in (0, 1)] == ["no data", "firing"]
    assert said(rule, history, 1).sentence.endswith("for the logger is 2 hours, above the threshold of 60 minutes.")


def test_no_conditions_fail_on_no_documents() -> None:
    empty = facts({}, 100)
    for metric, measure in MEASURES.items():
        condition: dict[str, Any] = {"metric": metric, "operator": "drifted" if measure.kind == "drift" else "above"}
        condition |= {} if measure.kind == "drift" else {"threshold": 0.5}
        condition |= {"column": "prediction"} if measure.kind == "distance" else {}
        condition |= {"average": "macro"} if measure.by_class else {}
        evaluation = said(a_rule(condition, basis="predicted"), empty, 99)
        silent = dict.fromkeys(("backlog", "predictions", "reviews"), "ok") | {
            "backlog": "ok",
            "predictions": "ok",
            "reviews": "ok",
            "days_without_predictions": "firing",
            "days_without_reviews": "firing",
        }
        assert evaluation.status == silent.get(metric, "no data"), metric
        assert evaluation.sentence


def test_an_unusual_number_of_predictions_fires_with_the_numbers_of_both_days() -> None:
    rule = a_rule({"metric": "predictions", "operator": "unusual"}, basis="predicted")
    days = {day: counts(waiting=[1] * (100 if day < 88 else 10)) for day in range(91)}
    history = facts(days, 91, whole_through=FIRST + timedelta(89))
    assert said(rule, history, 87).status == "ok"
    fires = said(rule, history, 90)  # today, of which only the whole days before it are judged
    assert (fires.status, fires.value) == ("firing", 10)
    assert fires.period == Period(FIRST + timedelta(88), FIRST + timedelta(89))
    assert fires.sentence.startswith("The number of predictions is unusually low: 10 on 28 Aug 2026 (expected 100, ")
    assert said(rule, history, 20).status == "no data"
