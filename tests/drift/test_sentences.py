"""Sentences of drift rules, word for word."""

from dataclasses import replace
from datetime import date

from monitor_core.drift import sentences
from monitor_core.drift.verdicts import DriftTest

NAMES = ["blue", "green"]
TEST = DriftTest(
    day=date(2026, 3, 9), verdict="drifted", statistic=210.0, p_value=None, threshold=200.0, effect=12.0, floor=2.0,
    since=date(2026, 3, 3), before=0.9, now=0.78, low=0.7214, high=0.829, falls=None, moved=1, moved_by=-20.0,
    reference_size=2000, current_size=1200,
)  # fmt: skip


def test_a_fall_of_accuracy() -> None:
    fall = (
        "Accuracy is falling: 78.0% (95% interval 72.1–82.9, 1,200 samples) from 3 Mar to 9 Mar 2026, against "
        "90.0% in the reference period. Errors have been coming in faster than in the reference period; for a model "
        "that has not got worse, this rule fires less than once in 200 days on average. "
    )
    assert sentences.accuracy(TEST, NAMES, "sample") == (
        f"{fall}Class green has fallen significantly more than the others: its recall fell by 20.0 percentage points."
    )
    with_rejected = sentences.accuracy(replace(TEST, rejected=3), NAMES, "sample")
    assert with_rejected.endswith("its recall among samples of a known class fell by 20.0 percentage points.")
    spread = sentences.accuracy(replace(TEST, moved=None, moved_by=None), NAMES, "sample")
    assert spread == f"{fall}No class has fallen significantly more than the others."
    unnamed = sentences.accuracy(replace(TEST, moved=None, moved_by=None, effect=0.5), NAMES, "sample")
    assert unnamed.startswith("Recall is falling in one or more classes; overall, accuracy is 78.0% (95% interval")


def test_a_class_that_fails() -> None:
    of_class = sentences.accuracy(replace(TEST, falls=0), NAMES, "sample")
    assert of_class.startswith("Recall of blue is falling: 78.0% (95% interval")
    assert of_class.endswith("It has fallen significantly more than the other classes.")
    with_rejected = sentences.accuracy(replace(TEST, falls=0, rejected=3, current_size=40), NAMES, "sample")
    assert with_rejected.startswith(
        "Recall of blue is falling: at most 78.0% (40 samples of the class, 3 samples rejected without a true class) "
        "from 3 Mar to 9 Mar 2026, against at most 90.0% in the reference period."
    )


def test_no_evidence_of_a_fall_is_not_called_health() -> None:
    stable = replace(TEST, verdict="stable", since=TEST.day, statistic=3.0)
    accuracy = "accuracy is 78.0% (95% interval 72.1–82.9, 1,200 samples) on 9 Mar 2026, against 90.0% in the reference"
    assert sentences.accuracy(stable, NAMES, "sample") == f"No evidence of a fall: {accuracy} period."
    assert sentences.accuracy(replace(stable, statistic=300.0), NAMES, "sample") == (
        f"There is evidence of a fall, but too small a fall: {accuracy} period; the rule fires from a fall by 2.0 "
        "percentage points, or by more in one class."
    )
    nothing = replace(stable, now=None, low=None, high=None, current_size=0)
    assert sentences.accuracy(nothing, NAMES, "sample") == (
        "No evidence of a fall of accuracy: there were no samples on 9 Mar 2026."
    )


def test_a_mix() -> None:
    moved, sentence = replace(TEST, threshold=0.001, p_value=1e-9), sentences.mix("predicted classes")
    chance = "Chance alone would produce such a difference less than once in 1,000 cases."
    mixes = (
        "the mixes of 1,200 predictions from 3 Mar to 9 Mar 2026 and of the reference period differ by 12.0 percentage "
        "points (total variation)"
    )
    assert sentence(moved, NAMES, "prediction") == (
        "The mix of predicted classes has moved: class green makes up 78.0% (95% interval 72.1–82.9, 1,200 "
        "predictions) from 3 Mar to 9 Mar 2026, against 90.0% in the reference period. The two mixes differ by 12.0 "
        f"percentage points (total variation). {chance}"
    )
    assert sentence(replace(moved, moved=None, moved_by=None), NAMES, "prediction") == (
        f"The mix of predicted classes has moved: {mixes}. No class has moved significantly by itself. {chance}"
    )
    stable = replace(moved, verdict="stable", p_value=0.2, chance=14.0)
    none = f"No evidence that the mix of predicted classes has moved: {mixes}; "
    assert sentence(stable, NAMES, "prediction") == (
        f"{none}on 1,200 predictions, chance alone makes up to 14.0 percentage points."
    )
    assert sentence(replace(stable, p_value=0.002, chance=11.0), NAMES, "prediction") == (
        f"{none}the p-value is 0.002, and the rule fires below 0.001."
    )
    assert sentence(replace(moved, verdict="stable", effect=3.0, floor=5.0), NAMES, "prediction") == (
        "The mix of predicted classes has moved too little to matter: the mixes of 1,200 predictions from 3 Mar to 9 "
        "Mar 2026 and of the reference period differ by 3.0 percentage points (total variation); the rule fires from "
        "5.0 percentage points."
    )
    nothing = replace(moved, verdict="stable", effect=None)
    assert sentence(nothing, NAMES, "prediction").endswith("no predictions from 3 Mar to 9 Mar 2026.")


def test_confidence_says_where_it_has_moved() -> None:
    moved = replace(TEST, threshold=0.001, p_value=1e-9, below=0.85, moved=None, moved_by=None)
    assert sentences.confidence(moved, NAMES, "prediction") == (
        "Confidence has moved: the share below 85.0% is 78.0% (95% interval 72.1–82.9, 1,200 predictions) from 3 Mar "
        "to 9 Mar 2026, against 90.0% in the reference period: 12.0 percentage points fewer, where the two "
        "distributions are furthest apart. Chance alone would produce such a difference less than once in 1,000 cases."
    )
    assert "12.0 percentage points more" in sentences.confidence(replace(moved, before=0.66), NAMES, "prediction")


def test_confidence_that_has_not_moved() -> None:
    stable = replace(TEST, threshold=0.001, verdict="stable", p_value=0.3, chance=15.0)
    assert sentences.confidence(stable, NAMES, "prediction") == (
        "No evidence that confidence has moved: its mean is 78.0% (95% interval 72.1–82.9, 1,200 predictions) from 3 "
        "Mar to 9 Mar 2026, against 90.0% in the reference period, and the distributions are at most 12.0 percentage "
        "points apart; on 1,200 predictions, chance alone makes up to 15.0 percentage points."
    )
    small = sentences.confidence(replace(stable, p_value=1e-9, floor=20.0), NAMES, "prediction")
    assert small.startswith("Confidence has moved too little to matter: its mean is 78.0%")
    assert small.endswith("apart; the rule fires from 20.0 percentage points.")
    assert sentences.confidence(replace(stable, now=None), NAMES, "prediction").endswith(
        "no predictions from 3 Mar to 9 Mar 2026."
    )


def test_days_that_do_not_count_are_mentioned() -> None:
    sentence = sentences.accuracy(replace(TEST, verdict="stable", statistic=3.0, left_out=2), NAMES, "sample")
    assert "from 3 Mar to 9 Mar 2026, without 2 days that do not count, against" in sentence


def test_without_a_verdict() -> None:
    assert sentences.learning(TEST, NAMES, "sample") == (
        "Learning: the reference period holds 2,000 samples so far; 200 on 6 different days are needed, the first of "
        "them at least 14 days before its end."
    )
    assert sentences.not_enough_data(TEST, NAMES, "sample") == (
        "Not enough data: 1,200 samples from 3 Mar to 9 Mar 2026."
    )
