"""What the page on drift shows: each rule's verdict and course, what moved, and what could be proved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from monitor_core.contract import CONFIDENCE_BINS
from monitor_core.distances import effect_sizes, shares
from monitor_core.drift import DailyCounts, DriftTest, days_to_prove
from monitor_core.drift_inputs import COLUMNS, Column, DriftInputs, drift_inputs
from monitor_core.history import History
from monitor_core.metrics import Floats, ratio
from monitor_core.period import Period
from monitor_core.reference import WEEK, Counts, Reference, counted_days, reference_days
from monitor_core.reports import MOST_SHOWN
from monitor_core.store import Store

TITLES: dict[Column, str] = {
    "accuracy": "Accuracy",
    "prediction": "Predicted classes",
    "target": "Reviewed classes",
    "confidence": "Confidence",
}
SIDES = ("reference", "last 7 days")
DROPS = (2, 5, 10)  # points of accuracy
BINS_DRAWN = 20  # of the confidence
RANGE = (1e-3, 1e3)  # of what is drawn of the proof: beyond, a chart of it shows nothing else
TOO_SMALL = "sure, but too small to matter"


@dataclass(frozen=True)
class RuleReport:
    """What one rule says of the last day, and how it came to it."""

    test: DriftTest
    sentence: str
    course: pd.DataFrame  # as `course` says, one row a day of the period


@dataclass(frozen=True)
class DriftReport:
    """Every rule over a period; the tables compare the week up to the last day with the reference of that day."""

    day: date  # the last one judged
    reference: Period | None  # around the days of the reference; None while there are none
    rules: dict[Column, RuleReport]
    classes: dict[Column, pd.DataFrame]  # prediction, target -> name, side, count, share; as many as can be drawn
    confidence: pd.DataFrame  # from, to, side, count, share
    moved: pd.DataFrame  # one row a class, as `_moved` says
    sizes: pd.DataFrame  # one row each of predicted and reviewed classes and confidence: what, and the effect sizes
    days_to_prove: dict[int, int | None]  # by points that accuracy falls; None: more than a year, or learning
    reviews_a_day: float  # in the last four weeks


def drift_report(store: Store, period: Period, preset: str) -> DriftReport | None:
    """None if the history has no day of the period."""
    inputs = drift_inputs(History(store), period.last)
    if inputs is None or inputs.days[-1] < period.first:
        return None
    names = [store.settings.class_name(label) for label in inputs.labels]
    reference = Reference()
    rules = {column: _rule(inputs, column, reference, preset, period.first, names) for column in COLUMNS}
    sides = {column: _sides(counts, reference) for column, counts in _counts(inputs).items()}
    used = [day for day, one in zip(inputs.days, _used(inputs.days, reference), strict=True) if one]
    return DriftReport(
        inputs.days[-1],
        Period(used[0], used[-1]) if used else None,
        rules,
        {column: _classes(sides[column], names) for column in ("prediction", "target")},
        _confidence(sides["confidence"]),
        _moved(sides, _recalls(inputs, reference), names),
        pd.DataFrame([{"what": TITLES[column], **_sizes(counts)} for column, counts in sides.items()]),
        {drop: days_to_prove(drop, inputs.reviews, reference, preset) for drop in DROPS},
        float(inputs.reviews.n[-4 * WEEK :].mean()),
    )


def _rule(
    inputs: DriftInputs, column: Column, reference: Reference, preset: str, first: date, names: Sequence[str]
) -> RuleReport:
    tests = inputs.tests(column, reference, preset)
    return RuleReport(tests[-1], tests[-1].sentence(names), course([test for test in tests if test.day >= first]))


def course(tests: Sequence[DriftTest]) -> pd.DataFrame:
    """One row a day: day, proof, verdict, evidence, p_value, effect, floor, and state: the verdict, or TOO_SMALL.

    `proof` is how many times what the rule asks for: evidence by its threshold, or the threshold by the p-value. NaN
    while the rule learns or has not enough data.
    """
    table = pd.DataFrame(
        {
            "day": pd.to_datetime([test.day for test in tests]),
            "proof": [_proof(test) for test in tests],
            "verdict": [test.verdict for test in tests],
            "evidence": [test.statistic if test.p_value is None else np.nan for test in tests],
            "p_value": [np.nan if test.p_value is None else test.p_value for test in tests],
            "effect": [np.nan if test.effect is None else test.effect for test in tests],
            "floor": [test.floor for test in tests],
        }
    )
    small = (table["proof"] >= 1) & (table["verdict"] == "stable")
    return table.assign(state=table["verdict"].where(~small, TOO_SMALL), proof=table["proof"].clip(*RANGE))


def _proof(test: DriftTest) -> float:
    if test.verdict not in ("stable", "drifted"):
        return float("nan")
    if test.p_value is None:
        return test.statistic / test.threshold
    return test.threshold / max(test.p_value, 1e-300)


# ---- the last week against the reference


def _counts(inputs: DriftInputs) -> dict[Column, DailyCounts]:
    return {"prediction": inputs.prediction, "target": inputs.target, "confidence": inputs.confidence}


def _used(days: tuple[date, ...], reference: Reference) -> np.ndarray:
    return reference_days(days, reference, days[-1])


def _sides(counts: DailyCounts, reference: Reference) -> Counts:
    """Shape (2, labels): summed over the reference, and over the last week."""
    return _summed(counts.days, counts.counts, reference)


def _summed(days: tuple[date, ...], counts: Counts, reference: Reference) -> Counts:
    week = np.array([day > days[-1] - timedelta(WEEK) for day in days]) & counted_days(days, reference)
    return np.stack([counts[_used(days, reference)].sum(axis=0), counts[week].sum(axis=0)])


def _recalls(inputs: DriftInputs, reference: Reference) -> Floats:
    """Shape (2, labels); NaN without rows."""
    reviews = inputs.reviews
    support = _summed(reviews.days, reviews.support, reference)
    return ratio(support - _summed(reviews.days, reviews.misses, reference), support)


def _classes(sides: Counts, names: Sequence[str]) -> pd.DataFrame:
    """Of very many classes those that moved most, in the order of their numbers."""
    of_sides = np.nan_to_num(shares(sides))
    most = np.sort(np.argsort(-np.abs(of_sides[1] - of_sides[0]), kind="stable")[:MOST_SHOWN])
    tables = [
        pd.DataFrame(
            {"name": [names[i] for i in most], "side": side, "count": sides[at][most], "share": of_sides[at][most]}
        )
        for at, side in enumerate(SIDES)
    ]
    return pd.concat(tables, ignore_index=True)


def _confidence(sides: Counts) -> pd.DataFrame:
    wide = sides.reshape(2, BINS_DRAWN, CONFIDENCE_BINS // BINS_DRAWN).sum(axis=2)
    of_sides, edges = np.nan_to_num(shares(wide)), np.arange(BINS_DRAWN) / BINS_DRAWN
    tables = [
        pd.DataFrame(
            {"from": edges, "to": edges + 1 / BINS_DRAWN, "side": side, "count": wide[at], "share": of_sides[at]}
        )
        for at, side in enumerate(SIDES)
    ]
    return pd.concat(tables, ignore_index=True)


def _moved(sides: dict[Column, Counts], recalls: Floats, names: Sequence[str]) -> pd.DataFrame:
    """One row a class, what moved most first: class, and for predicted, reviewed (shares) and recall the values
    before, now, and points."""
    columns = {"predicted": shares(sides["prediction"]), "reviewed": shares(sides["target"]), "recall": recalls}
    table: dict[str, object] = {"class": list(names)}
    for name, (before, now) in columns.items():
        table |= {f"{name} before": before, f"{name} now": now, f"{name}, points": 100 * (now - before)}
    found = pd.DataFrame(table)
    most = found[[f"{name}, points" for name in columns]].abs().max(axis=1).fillna(0)
    return found.loc[most.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _sizes(sides: Counts) -> dict[str, float]:
    return {name: float(size) for name, size in effect_sizes(sides[0], sides[1]).items()}
