"""The report of the page Calibration: whether a confidence of 80% is right in 80% of the cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance_json import selection_json
from monitor_core.reports.score import Score, null
from monitor_core.scores.calibration import (
    LEAST_ROWS,
    WELL,
    Bins,
    CalibrationError,
    Curve,
    Verdict,
    bin_edges,
    by_outcome,
    calibration_by_class,
    calibration_error,
    curve,
    mean_confidence,
    verdict,
)
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, RIGHT, WRONG
from monitor_core.scores.coverage import predicted_labels
from monitor_core.scores.design import share_interval
from monitor_core.scores.shares import FEWEST, ratio
from monitor_core.settings.settings import Settings

HISTOGRAM = 20  # bins of the histogram
OUTCOMES = {"right": RIGHT, "wrong": WRONG}


@dataclass(frozen=True)
class CalibrationReport:
    """Calibration of the reviewed samples of a selection, optionally of one predicted class."""

    selection: Selection
    label: int | None
    accuracy: Score  # of the rows with a confidence, as all here
    confidence: float  # mean
    gap: Score  # confidence - accuracy, from -1 to 1
    error: CalibrationError
    curve: pd.DataFrame  # from, to, confidence (mean), value (share right), low, high, samples; one row a bin with rows
    histogram: pd.DataFrame  # from, to, outcome (right | wrong), count
    by_class: pd.DataFrame  # label, name, samples, missing, accuracy, confidence, gap, low, high, verdict; all classes
    missing: int  # reviewed rows without a usable confidence
    bad_confidence: int  # documents of these days, of all classes, with one that is no number from 0 to 1

    @property
    def reviewed(self) -> int:
        return self.accuracy.samples + self.missing

    @property
    def has_error(self) -> bool:
        return self.accuracy.samples >= LEAST_ROWS

    @property
    def verdict(self) -> Verdict:
        return verdict(self.gap.low, self.gap.high, self.accuracy.samples, self.error)


def calibration_report(
    store: Store, selection: Selection, label: int | None = None, bins: Bins = "equal width"
) -> CalibrationReport:
    """Return the calibration; rejected samples count as wrong. Without samples, values are NaN and tables empty."""
    days = store.counts.by_day(selection)
    reviewed = [day.confidence[day.confidence[:, 1] != NOT_REVIEWED] for day in days]
    chosen = reviewed if label is None else [rows[rows[:, 0] == label] for rows in reviewed]
    outcomes = by_outcome(chosen)
    accuracy = _accuracy(np.array([by_outcome([rows]).sum(axis=1) for rows in chosen]))
    confidence = mean_confidence(outcomes)
    edges = bin_edges(outcomes.sum(axis=0), bins)
    return CalibrationReport(
        selection,
        label,
        accuracy,
        confidence,
        gap_between(confidence, accuracy),
        calibration_error(outcomes, edges),
        _curve_table(curve(outcomes, edges)),
        histogram(outcomes),
        class_calibration(reviewed, predicted_labels(days), store.settings),
        sum(int(rows[rows[:, 2] == NO_CONFIDENCE, 3].sum()) for rows in chosen),
        sum(day.bad_confidence for day in days),
    )


def _accuracy(days: Ints) -> Score:
    """Return the accuracy, given the samples of each day by outcome, shape (days, 2)."""
    right, rows = days[:, RIGHT], days.sum(axis=1)
    low, high = share_interval(right, rows)
    return Score(float(ratio(right.sum(), rows.sum())), float(low), float(high), int(rows.sum()))


def gap_between(confidence: float, accuracy: Score) -> Score:
    """Return mean confidence minus accuracy; the interval is the accuracy's (Wilson), since confidences are given."""
    return Score(
        confidence - accuracy.value, confidence - accuracy.high, confidence - accuracy.low, samples=accuracy.samples
    )


def _curve_table(points: Curve) -> pd.DataFrame:
    """Return one row for each bin with samples; NaN with fewer than FEWEST."""
    table = pd.DataFrame(
        {
            "from": points.begins,
            "to": points.ends,
            "confidence": points.confidence,
            "value": points.share,
            "low": points.interval[:, 0],
            "high": points.interval[:, 1],
            "samples": points.samples,
        }
    )
    table.loc[table["samples"] < FEWEST, ["value", "low", "high"]] = np.nan
    return table[table["samples"] > 0].reset_index(drop=True)


def histogram(outcomes: Ints) -> pd.DataFrame:
    """Return one row for each bin and outcome: from, to, outcome, count."""
    wide = outcomes.reshape(2, HISTOGRAM, -1).sum(axis=2)
    edges = np.arange(HISTOGRAM + 1) / HISTOGRAM
    tables = [
        pd.DataFrame({"from": edges[:-1], "to": edges[1:], "outcome": name, "count": wide[outcome]})
        for name, outcome in OUTCOMES.items()
    ]
    return pd.concat(tables, ignore_index=True)


def class_calibration(days: Sequence[Ints], labels: Ints, settings: Settings) -> pd.DataFrame:
    """Return one row for each class with samples, as in `CalibrationReport`: the widest gap first, no verdict last."""
    of_classes = calibration_by_class(days, labels)
    table = pd.DataFrame(
        {
            "label": labels,
            "name": [settings.class_name(label) for label in labels.tolist()],
            "samples": of_classes.samples,
            "missing": of_classes.missing,
            "accuracy": of_classes.accuracy,
            "confidence": of_classes.confidence,
            "gap": of_classes.gap,
            "low": of_classes.interval[:, 0],
            "high": of_classes.interval[:, 1],
            "verdict": of_classes.verdicts,
        }
    )
    table = table[(table["samples"] + table["missing"]) > 0]
    order = table["gap"].abs().where(table["samples"] >= FEWEST).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def gap_sentence(report: CalibrationReport) -> str:
    """Return a sentence on whether the model is overconfident, or its confidence wrong in another way."""
    gap, rows = report.gap, report.accuracy.samples
    if rows < FEWEST:
        return f"Not enough data: {wording.count(rows, 'reviewed sample')} with a confidence, and {FEWEST} are needed."
    says = (
        f"the mean confidence is {wording.percent(report.confidence)}, and {wording.percent(report.accuracy.value)} "
        "of the predictions are right"
    )
    if report.verdict in ("overconfident", "underconfident"):
        near, far = sorted((abs(gap.low), abs(gap.high)))
        return f"{report.verdict.capitalize()} by {wording.points(gap.value)} ({wording.interval(near, far)}): {says}."
    text = f"{says}; the difference is {wording.difference(gap.value, gap.low, gap.high)}"
    return f"{_EVIDENCE[report.verdict]}: {text}. {_of_the_error(report)}"


_EVIDENCE = {
    "well calibrated": "No evidence of miscalibration",
    "miscalibrated": "Miscalibrated, although on average there is no evidence of it",
    "within noise": "No evidence of over- or underconfidence",
}


def _of_the_error(report: CalibrationReport) -> str:
    """Say what the calibration error adds to a gap that is within noise."""
    error, size = report.error, f"an error of {wording.points(WELL)}"
    if not report.has_error:
        return f"There are too few samples to see {size}."
    chance = f"a calibrated model shows more than {wording.points(error.calibrated_high)} in 1 of 20 cases"
    if report.verdict == "within noise":
        return f"There are too few samples to see {size}: {chance}."
    return f"The calibration error is {wording.points(error.measured)}, chance included, where {chance}."


def error_sentence(error: CalibrationError) -> str:
    """Return a sentence that explains the calibration error; empty without one."""
    if np.isnan(error.value):
        return ""
    calibrated, high = (wording.points(points) for points in (error.calibrated, error.calibrated_high))
    more = "This is more than chance." if error.distinct else "This cannot be distinguished from chance."
    return (
        f"With what chance adds to the error, {wording.points(error.measured)} are measured. A perfectly calibrated "
        f"model would show {calibrated} on as many samples, and in 1 of 20 cases more than {high}. {more}"
    )


def as_json(report: CalibrationReport, time_zone: str) -> dict[str, Any]:
    """Return the report as documented in docs/command-line.md; undefined values are null."""
    error = report.error
    return {
        "period": selection_json(report.selection, time_zone),
        "class": report.label,
        "reviewed": report.reviewed,
        "samples": report.accuracy.samples,
        "missing_confidence": report.missing,
        "bad_confidence": report.bad_confidence,
        "accuracy": null(report.accuracy.value),
        "confidence": null(report.confidence),
        "gap": null(report.gap.value),
        "gap_interval": [null(report.gap.low), null(report.gap.high)],
        "calibration_error": null(error.value),
        "calibration_error_measured": null(error.measured),
        "calibration_error_interval": [null(error.low), null(error.high)],
        "calibrated": {
            "mean": null(error.calibrated),
            "exceeded_in_5_percent": null(error.calibrated_high),
        },
        "curve": _rows(report.curve),
        "histogram": _rows(report.histogram),
        "by_class": {str(row.pop("label")): row for row in _rows(report.by_class)},
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.to_dict("records")
    return [{str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()} for row in rows]
