"""The difference of two accuracies over all predictions."""

from typing import Any

import numpy as np

from monitor_core.contract import wording
from monitor_core.reports.comparison import change_in_words, comparison_name
from monitor_core.reports.comparison_json import change_as_json
from monitor_core.reports.score import Change
from monitor_core.reports.unreviewed.accuracy import AllPredictionsReport
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.raking import ASSUMPTION, Estimate
from monitor_core.scores.shares import Floats, Z

COMPARED = "Accuracy over all predictions"


def over_all_change(now: AllPredictionsReport, other: AllPredictionsReport) -> Change | None:
    """Return the difference with its 95% interval; None if either accuracy is refused.

    An estimate's interval is of the accuracy of its predictions. Which ones a model happened to get is added to it
    here: else the same model would differ from itself in most pairs of long periods.
    """
    a, b = now.estimate, other.estimate
    if a.refused or b.refused:
        return None
    low, high = difference_interval(a.value, _of_any_predictions(a), b.value, _of_any_predictions(b)).tolist()
    return Change(a.value - b.value, low, high)


def _of_any_predictions(e: Estimate) -> Floats:
    share = (e.value * e.predictions + 0.5) / (e.predictions + 1)
    chance = Z * np.sqrt(share * (1 - share) / e.predictions)
    below, above = np.hypot(e.value - e.low, chance), np.hypot(e.high - e.value, chance)
    return np.array([e.value - below, e.value + above])


def over_all_change_in_words(now: AllPredictionsReport, other: AllPredictionsReport) -> str:
    """Say the difference with its assumption, or why there is none; empty where reviews stand for all in both."""
    if not (now.is_shown or other.is_shown):
        return ""
    change = over_all_change(now, other)
    if change:
        return f"{change_in_words(COMPARED, change).removesuffix('.')}, {_assumptions(now, other)}."
    reason = now.estimate.refused
    where = "" if reason else f" ({comparison_name(other.selection, now.selection)})"
    return f"{COMPARED} cannot be compared, because {reason or other.estimate.refused}{where}."


def _assumptions(now: AllPredictionsReport, other: AllPredictionsReport) -> str:
    if now.assumption == other.assumption:
        return now.assumption
    audited = now if now.audited else other
    return f"{audited.assumption}, {wording.during(audited.selection.period)}; in the other period, {ASSUMPTION}"


def over_all_change_as_json(now: AllPredictionsReport, other: AllPredictionsReport) -> dict[str, Any]:
    """Return the comparison of the accuracy as those of other scores."""
    reason = now.estimate.refused or other.estimate.refused
    return {"accuracy": change_as_json(other.estimate.value, over_all_change(now, other), reason)}
