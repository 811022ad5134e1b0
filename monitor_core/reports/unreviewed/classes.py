"""Precision, recall and F1 by class over all predictions, reviewed or not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import MOST_LISTED
from monitor_core.reports.score import null, value_and_ends
from monitor_core.reports.unreviewed.accuracy import all_predictions_report
from monitor_core.reports.unreviewed.audited import read_audited_accuracy
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.raked_classes import SCORES, class_estimates
from monitor_core.scores.raking import ASSUMPTION, Estimate, confidence_rows
from monitor_core.settings.settings import Settings

LabelledEstimate = tuple[dict[str, str], Estimate]  # with the labels of its series
OVER_ALL_BY_CLASS = (
    f"Estimated over all predictions of the period, reviewed or not, {ASSUMPTION}; 95% intervals in brackets."
)


@dataclass(frozen=True)
class ClassOverAll:
    """The estimates of a class over all predictions."""

    label: int
    name: str
    predicted: int  # predictions of the class
    reviewed: int  # of them
    estimates: Mapping[str, Estimate]  # by the keys of SCORES


def read_classes_over_all(store: Store, selection: Selection, exact: bool = False) -> list[ClassOverAll]:
    """Return the estimates of each class over the predictions made in the selection's period, in its segments.

    `exact`: count all documents now. Of very many classes, those that are predicted most often.
    """
    return classes_over_all(store.counts.by_day(replace(selection, basis="predicted"), exact), store.settings)


def classes_over_all(days: Sequence[DayCounts], settings: Settings) -> list[ClassOverAll]:
    """Return the estimates of each class, given each prediction day's counts."""
    estimates = class_estimates(*confidence_rows(days), len(days), MOST_LISTED)
    return [
        ClassOverAll(each.label, settings.class_name(each.label), each.predicted, each.reviewed, each.of)
        for each in estimates
    ]


def estimates_over_all(store: Store, selection: Selection) -> list[LabelledEstimate]:
    """Return the accuracy and the scores by class over all predictions of the selection, each with its labels."""
    selection = replace(selection, basis="predicted")
    days = store.counts.by_day(selection)
    over_all = all_predictions_report(selection, days, read_audited_accuracy(store, selection))
    return [
        ({"score": "accuracy_over_all", "average": ""}, over_all.estimate),
        *(
            ({"score": f"{score}_over_all", "class": each.name}, estimate)
            for each in classes_over_all(days, store.settings)
            for score, estimate in each.estimates.items()
        ),
    ]


def reasons_in_words(classes: Sequence[ClassOverAll]) -> list[str]:
    """Say which scores of how many classes are not estimated, and why; a single sentence if none is, for one reason."""
    reasons = Counter((score, e.refused) for each in classes for score, e in each.estimates.items() if e.refused)
    names = {reason for _, reason in reasons}
    if len(names) == 1 and sum(reasons.values()) == len(SCORES) * len(classes):
        return [f"Precision, recall and F1 over all predictions cannot be estimated, because {names.pop()}."]
    return [
        f"{METRIC[score].title} is not estimated for {number:,} of {wording.count(len(classes), 'class', 'classes')}, "
        f"because {reason}."
        for (score, reason), number in reasons.items()
    ]


def has_estimates(classes: Sequence[ClassOverAll]) -> bool:
    """Return whether any score of any class is estimated."""
    return any(not estimate.refused for each in classes for estimate in each.estimates.values())


def classes_as_json(classes: Sequence[ClassOverAll]) -> dict[str, Any]:
    """Return the estimates by class number; a score is null where it cannot be estimated, with the reason."""
    return {str(each.label): _json(each) for each in classes}


def _json(of: ClassOverAll) -> dict[str, Any]:
    figures: dict[str, Any] = {"name": of.name, "predictions": of.predicted, "samples": of.reviewed}
    for score, estimate in of.estimates.items():
        figures |= {score: null(estimate.value), f"{score}_interval": [null(estimate.low), null(estimate.high)]}
    reasons = {score: estimate.refused for score, estimate in of.estimates.items() if estimate.refused}
    return figures | ({"no_estimate": reasons} if reasons else {})


def over_all_table(classes: Sequence[ClassOverAll]) -> pd.DataFrame:
    """Return one row for each class: Class, Predictions, Reviewed, and each score in words; a dash without any."""
    rows = [
        (each.name, each.predicted, each.reviewed, *(_in_words(each.estimates[score]) for score in SCORES))
        for each in classes
    ]
    return pd.DataFrame(rows, columns=["Class", "Predictions", "Reviewed", *(METRIC[score].title for score in SCORES)])


def _in_words(estimate: Estimate) -> str:
    return value_and_ends(estimate.value, estimate.low, estimate.high)
