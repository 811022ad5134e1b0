"""What the page on calibration shows: whether a confidence of 80 % is right in 80 % of the cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import FEWEST, Score, null, selection_json
from monitor_core.reports.reviews import MIDDLES, labels_of
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, RIGHT, WRONG
from monitor_core.scores.intervals import DRAWS, SEED
from monitor_core.scores.shares import Floats, ratio, wilson
from monitor_core.settings.settings import Settings

Bins = Literal["equal width", "equal count"]
BINS: tuple[Bins, ...] = get_args(Bins)
DRAWN = 10  # bins of the reliability curve, and of the calibration error
HISTOGRAM = 20  # bins of the histogram
LEAST_ROWS = 100  # with fewer, a perfectly calibrated model shows an error of 7 points and more
OUTCOMES = {"right": RIGHT, "wrong": WRONG}


@dataclass(frozen=True)
class CalibrationError:
    """Expected calibration error, in [0, 1]; NaN with fewer than LEAST_ROWS."""

    value: float
    low: float  # 95 %
    high: float
    calibrated: float  # what a perfectly calibrated model shows on as many rows, on average
    calibrated_high: float  # and what it exceeds in 5 % of the cases

    @property
    def distinct(self) -> bool:
        """Whether a calibrated model would hardly show as much."""
        return self.value > self.calibrated_high


@dataclass(frozen=True)
class CalibrationReport:
    """Confidence against outcome of the reviewed rows of a selection, of one predicted class if a label is given."""

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


def calibration_report(
    store: Store, selection: Selection, label: int | None = None, bins: Bins = "equal width"
) -> CalibrationReport:
    """Rejected rows are wrong. Without reviewed rows: NaN, and tables without rows."""
    days = store.counts.by_day(selection)
    reviewed = [day.confidence[day.confidence[:, 1] != NOT_REVIEWED] for day in days]
    chosen = reviewed if label is None else [rows[rows[:, 0] == label] for rows in reviewed]
    outcomes = by_outcome(chosen)
    right, rows = int(outcomes[RIGHT].sum()), int(outcomes.sum())
    low, high = wilson(np.array(right), np.array(rows))
    accuracy = Score(float(ratio(np.array(right), np.array(rows))), float(low), float(high), rows)
    confidence = float(ratio((outcomes * MIDDLES).sum(), np.array(rows)))
    edges = bin_edges(outcomes.sum(axis=0), bins)
    return CalibrationReport(
        selection,
        label,
        accuracy,
        confidence,
        gap_between(confidence, accuracy),
        calibration_error(outcomes, edges),
        curve(outcomes, edges),
        histogram(outcomes),
        by_class(reviewed, labels_of(days), store.settings),
        sum(int(rows[rows[:, 2] == NO_CONFIDENCE, 3].sum()) for rows in chosen),
        sum(day.bad_confidence for day in days),
    )


def by_outcome(days: Sequence[Ints]) -> Ints:
    """Reviewed rows of each day's `confidence` as documents by outcome and bin, shape (2, bins)."""
    found = np.zeros(2 * CONFIDENCE_BINS)
    for rows in days:
        known = rows[rows[:, 2] != NO_CONFIDENCE]
        found += np.bincount(known[:, 1] * CONFIDENCE_BINS + known[:, 2], known[:, 3], 2 * CONFIDENCE_BINS)
    return found.astype(np.int64).reshape(2, CONFIDENCE_BINS)


def gap_between(confidence: float, accuracy: Score) -> Score:
    """Mean confidence - accuracy. The confidences are what they are: only whether each was right is chance (Wilson)."""
    return Score(
        confidence - accuracy.value, confidence - accuracy.high, confidence - accuracy.low, samples=accuracy.samples
    )


def bin_edges(rows: Ints, bins: Bins) -> Ints:
    """Where the curve's bins begin and end, as numbers of the contract's bins: ascending, from 0 to all of them.

    Of equal count as far as the contract's bins allow it: rows of one of them are not parted.
    """
    if bins == "equal width" or not rows.sum():
        return np.arange(DRAWN + 1) * (CONFIDENCE_BINS // DRAWN)
    wanted = np.arange(1, DRAWN) * rows.sum() / DRAWN
    return np.unique([0, *(np.searchsorted(np.cumsum(rows), wanted) + 1), CONFIDENCE_BINS])


def curve(outcomes: Ints, edges: Ints) -> pd.DataFrame:
    """One row a bin that has rows; a point stands at the mean confidence of its bin. NaN with fewer than FEWEST."""
    right, rows, confidence = _binned(outcomes[RIGHT], outcomes.sum(axis=0), edges)
    interval = wilson(right, rows)
    table = pd.DataFrame(
        {
            "from": edges[:-1] / CONFIDENCE_BINS,
            "to": edges[1:] / CONFIDENCE_BINS,
            "confidence": ratio(confidence, rows),
            "value": ratio(right, rows),
            "low": interval[:, 0],
            "high": interval[:, 1],
            "samples": rows.astype(np.int64),
        }
    )
    table.loc[table["samples"] < FEWEST, ["value", "low", "high"]] = np.nan
    return table[table["samples"] > 0].reset_index(drop=True)


def _binned(right: Any, rows: Any, edges: Ints) -> tuple[Floats, Floats, Floats]:
    """Right ones, rows and the sum of their confidences, in each bin of the last axis."""
    values = (right, rows, rows * MIDDLES)
    first, second, third = (np.add.reduceat(one, edges[:-1], axis=-1, dtype=float) for one in values)
    return first, second, third


def _error(right: Any, rows: Any, edges: Ints) -> Floats:
    in_bin, _, confidence = _binned(right, rows, edges)
    return np.asarray(np.abs(in_bin - confidence).sum(axis=-1) / rows.sum(axis=-1))


def calibration_error(outcomes: Ints, edges: Ints) -> CalibrationError:
    """Naeini, Cooper & Hauskrecht (2015): the mean distance of the bins' accuracy from their confidence.

    It is never below zero, so chance alone raises it: of a calibrated model with 200 rows to about 5 points. That is
    why what such a model shows is drawn too (each row right with its own confidence: Bröcker & Smith 2007). The
    interval is a multinomial bootstrap, moved down by as much as it, drawing twice, is too high; its lower end is 0
    while a calibrated model could show as much.
    """
    total = int(outcomes.sum())
    if total < LEAST_ROWS:
        return CalibrationError(*[np.nan] * 5)
    rng, rows = np.random.default_rng(SEED), outcomes.sum(axis=0)
    found = float(_error(outcomes[RIGHT], rows, edges))
    drawn = rng.multinomial(total, outcomes.ravel() / total, size=DRAWS).reshape(DRAWS, 2, CONFIDENCE_BINS)
    again = _error(drawn[:, RIGHT], drawn.sum(axis=1), edges)
    calibrated = _error(rng.binomial(rows, MIDDLES, size=(DRAWS, CONFIDENCE_BINS)), rows, edges)
    by_chance = float(np.quantile(calibrated, 0.95))
    low, high = np.clip(np.quantile(again, [0.025, 0.975]) - (again.mean() - found), 0, 1)
    return CalibrationError(
        found, float(low) if found > by_chance else 0.0, float(high), float(calibrated.mean()), by_chance
    )


def histogram(outcomes: Ints) -> pd.DataFrame:
    """One row a bin and outcome: from, to, outcome, count."""
    wide = outcomes.reshape(2, HISTOGRAM, -1).sum(axis=2)
    edges = np.arange(HISTOGRAM + 1) / HISTOGRAM
    tables = [
        pd.DataFrame({"from": edges[:-1], "to": edges[1:], "outcome": name, "count": wide[outcome]})
        for name, outcome in OUTCOMES.items()
    ]
    return pd.concat(tables, ignore_index=True)


def by_class(days: Sequence[Ints], labels: Ints, settings: Settings) -> pd.DataFrame:
    """One row a class with reviewed rows, as `CalibrationReport` says; the widest gap first, without a verdict last."""
    rows, right, sums, missing = np.zeros((4, len(labels)))
    for of_day in days:
        known = of_day[of_day[:, 2] != NO_CONFIDENCE]
        others = of_day[of_day[:, 2] == NO_CONFIDENCE]
        at = np.searchsorted(labels, known[:, 0])
        rows += np.bincount(at, known[:, 3], len(labels))
        right += np.bincount(at, known[:, 3] * (known[:, 1] == RIGHT), len(labels))
        sums += np.bincount(at, known[:, 3] * MIDDLES[known[:, 2]], len(labels))
        missing += np.bincount(np.searchsorted(labels, others[:, 0]), others[:, 3], len(labels))
    accuracy, confidence = ratio(right, rows), ratio(sums, rows)
    interval = wilson(right, rows)
    gap, low, high = confidence - accuracy, confidence - interval[:, 1], confidence - interval[:, 0]
    table = pd.DataFrame(
        {
            "label": labels,
            "name": [settings.class_name(label) for label in labels.tolist()],
            "samples": rows.astype(np.int64),
            "missing": missing.astype(np.int64),
            "accuracy": accuracy,
            "confidence": confidence,
            "gap": gap,
            "low": low,
            "high": high,
            "verdict": [verdict(*one) for one in zip(low, high, rows, strict=True)],
        }
    )
    table = table[(rows + missing) > 0]
    order = table["gap"].abs().where(table["samples"] >= FEWEST).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def verdict(low: float, high: float, rows: float) -> str:
    """Of the interval of confidence - accuracy."""
    if rows < FEWEST:
        return "too few samples"
    return "overconfident" if low > 0 else "underconfident" if high < 0 else "within noise"


def gap_sentence(found: CalibrationReport) -> str:
    """Whether the model is too sure of itself, in a sentence."""
    gap, rows = found.gap, found.accuracy.samples
    if rows < FEWEST:
        return f"Not enough data: {rows:,} reviewed samples with a confidence, and {FEWEST} are needed."
    says = f"on average it says {found.confidence:.1%} and is right in {found.accuracy.value:.1%}"
    said = verdict(gap.low, gap.high, rows)
    if said == "within noise":
        between = f"95%: {100 * gap.low:+.1f} to {100 * gap.high:+.1f}"
        return (
            f"As sure as it is right: {says}; the {100 * gap.value:+.1f} points between are within noise ({between})."
        )
    near, far = sorted((abs(gap.low), abs(gap.high)))
    points = f"{100 * abs(gap.value):.1f} points (95%: {100 * near:.1f} to {100 * far:.1f})"
    return f"{said.capitalize()} by {points}: {says}."


def error_sentence(error: CalibrationError) -> str:
    """How the calibration error is to be read; empty without one."""
    if np.isnan(error.value):
        return ""
    chance = f"{100 * error.calibrated:.1f} points on as many samples, and in 1 of 20 cases more than"
    more = "This one shows more than chance." if error.distinct else "This one cannot be told from it."
    return f"A perfectly calibrated model would show {chance} {100 * error.calibrated_high:.1f}. {more}"


def as_json(report: CalibrationReport, time_zone: str) -> dict[str, Any]:
    """As the README documents it: undefined is null."""
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
