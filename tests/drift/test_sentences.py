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
    assert sentences.accuracy(TEST, NAMES, "sample") == (
        "Accuracy is falling: 78.0% (95% interval 72.1–82.9, 1,200 samples) from 3 Mar to 9 Mar 2026, against "
        "90.0% in the reference period. Errors have been coming in faster than in the reference period; for a model "
        "that has not got worse, this rule fires less than once in 200 days on average. The largest fall is in "
        "class green, whose recall fell by 20.0 percentage points."
    )
    assert sentences.accuracy(replace(TEST, falls=0), NAMES, "sample").startswith("Recall of blue is falling: 78.0%")


def test_no_evidence_of_a_fall_is_not_called_health() -> None:
    stable = replace(TEST, verdict="stable", since=TEST.day)
    assert sentences.accuracy(stable, NAMES, "sample") == (
        "No evidence of a fall: accuracy is 78.0% (95% interval 72.1–82.9, 1,200 samples) on 9 Mar 2026, against 90.0% "
        "in the reference period."
    )
    nothing = replace(stable, now=None, low=None, high=None, current_size=0)
    assert sentences.accuracy(nothing, NAMES, "sample") == (
        "No evidence of a fall of accuracy: there were no samples on 9 Mar 2026."
    )


def test_a_mix() -> None:
    moved, sentence = replace(TEST, threshold=0.001), sentences.mix("predicted classes")
    assert sentence(moved, NAMES, "prediction") == (
        "The mix of predicted classes has moved: class green makes up 78.0% (95% interval 72.1–82.9, 1,200 "
        "predictions) from 3 Mar to 9 Mar 2026, against 90.0% in the reference period. The two mixes differ by 12.0 "
        "percentage points (total variation). Chance alone would produce such a difference less than once in 1,000 "
        "cases."
    )
    assert sentence(replace(moved, verdict="stable", p_value=0.2), NAMES, "prediction") == (
        "No evidence that the mix of predicted classes has moved: the mixes of 1,200 predictions from 3 Mar to 9 Mar "
        "2026 and of the reference period differ by 12.0 percentage points (total variation), which is within noise."
    )
    small = replace(moved, verdict="stable", p_value=1e-9, effect=3.0, floor=5.0)
    assert sentence(small, NAMES, "prediction") == (
        "The mix of predicted classes has moved too little to matter: the mixes of 1,200 predictions from 3 Mar to 9 "
        "Mar 2026 and of the reference period differ by 3.0 percentage points (total variation); the rule fires from "
        "5.0 percentage points."
    )
    nothing = replace(moved, verdict="stable", effect=None)
    assert sentence(nothing, NAMES, "prediction").endswith("no predictions from 3 Mar to 9 Mar 2026.")


def test_confidence() -> None:
    moved = replace(TEST, threshold=0.001)
    assert sentences.confidence(moved, NAMES, "prediction").startswith("Confidence has fallen: its mean is 78.0% (95%")
    assert sentences.confidence(replace(moved, before=0.5), NAMES, "prediction").startswith("Confidence has risen")
    stable = replace(moved, verdict="stable")
    assert sentences.confidence(stable, NAMES, "prediction").startswith("No evidence that confidence has moved: its")
    assert sentences.confidence(replace(stable, now=None), NAMES, "prediction").endswith(
        "no predictions from 3 Mar to 9 Mar 2026."
    )


def test_without_a_verdict() -> None:
    assert sentences.learning(TEST, NAMES, "sample") == (
        "Learning: the reference period holds 2,000 samples so far; 200 on 14 different days are needed."
    )
    assert sentences.not_enough_data(TEST, NAMES, "sample") == (
        "Not enough data: 1,200 samples from 3 Mar to 9 Mar 2026."
    )
