"""The difference of two accuracies over all predictions."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.unreviewed import CHOICES, days_of, draw
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.reports.unreviewed.accuracy import AllPredictionsReport, all_predictions_report
from monitor_core.reports.unreviewed.compared import (
    over_all_change,
    over_all_change_as_json,
    over_all_change_in_words,
)
from monitor_core.scores.raking import ASSUMPTION

SELECTION = Selection(Period(date(2026, 9, 1), date(2026, 9, 28)), "predicted")


def report(seed: int, choice: str = "prefers unsure", worse: float = 0.0, size: int = 3000) -> AllPredictionsReport:
    """Return the report of drawn predictions, of which a share more is wrong."""
    random = np.random.default_rng(seed)
    drawn = draw(size, "sharp", random)
    drawn = replace(drawn, right=drawn.right & (random.random(size) >= worse))
    return all_predictions_report(SELECTION, days_of(drawn, CHOICES[choice](drawn, random)))


def test_a_worse_model_fell_and_the_sentence_has_the_assumption() -> None:
    words = over_all_change_in_words(report(1, worse=0.2), report(2))
    assert words.startswith("Accuracy over all predictions fell by ")
    assert words.endswith(f", {ASSUMPTION}.")


def test_the_same_model_seldom_differs_from_itself_however_many_are_reviewed() -> None:
    """The interval is of the model: that of the predictions alone would find a difference in more than 1 of 5."""
    reports = [replace(report(seed), is_chosen=True) for seed in range(60)]
    changes = [over_all_change(a, b) for a, b in zip(reports[::2], reports[1::2], strict=True)]
    assert sum(not change.within_noise for change in changes if change) <= 4
    entire = report(3).estimate
    all_reviewed = replace(report(3), estimate=replace(entire, low=entire.value, high=entire.value))
    change = over_all_change(all_reviewed, all_reviewed)
    assert change is not None
    assert change.high == pytest.approx(1.96 * np.sqrt(2 * entire.value * (1 - entire.value) / 3000), rel=0.01)


def test_where_either_is_refused_the_reason_is_said_and_where_reviewing_is_fair_nothing() -> None:
    few = replace(report(1, size=150), is_chosen=True)
    assert "cannot be compared, because " in over_all_change_in_words(report(1), few)
    assert over_all_change_as_json(report(1), few)["accuracy"]["verdict"] == few.estimate.refused
    assert over_all_change_in_words(report(1, "random"), report(2, "random")) == ""
