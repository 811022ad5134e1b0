"""The comparison of two selections as JSON."""

import math
from typing import Any

import pandas as pd

from monitor_core.reports import performance as reports
from monitor_core.reports.comparison import (
    BEYOND,
    FEW,
    NO_VALUE,
    NOISE,
    class_shares,
    compared_class_scores,
    is_unknowable,
)
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import Change
from monitor_core.scores.metrics import AVERAGES, METRIC, METRICS


def as_json(now: Performance, other: Performance) -> dict[str, Any]:
    """Return the comparison as documented in docs/command-line.md; shares, not percentage points; undefined is null."""
    period = other.selection.period
    by_average: dict[str, Any] = {}
    for average in AVERAGES:
        for key, change in reports.changes(now, other, average, METRICS).items():
            place = by_average.setdefault(average, {}) if METRIC[key].by_class else by_average
            few = NO_VALUE if is_unknowable(METRIC[key], average, now, other) else FEW
            place[key] = change_as_json(other.overall(average)[key].value, change, few)
    return {
        "period": {"first": period.first.isoformat(), "last": period.last.isoformat()},
        "where": dict(other.selection.where),
        "validated": other.counts.validated,
        **by_average,
        "by_class": _classes_json(compared_class_scores(now, other)),
        "class_shares": {str(row["label"]): _row_json(row) for row in class_shares(now, other).to_dict("records")},
    }


def _classes_json(table: pd.DataFrame) -> dict[str, Any]:
    by_class: dict[str, Any] = {}
    for row in table.to_dict("records"):
        by_class.setdefault(str(row["label"]), {"name": row["name"]})[row["metric"]] = _row_json(row)
    return by_class


def _row_json(row: dict[Any, Any]) -> dict[str, Any]:
    names = ("other_value", "difference", "difference_low", "difference_high")
    before, difference, low, high = (None if math.isnan(row[name]) else float(row[name]) for name in names)
    return {"other": before, "difference": difference, "interval": [low, high], "verdict": row["verdict"]}


def change_as_json(before: float, change: Change | None, few: str) -> dict[str, Any]:
    """Return the change from a score's value `before`; `few` says why there is none."""
    other = None if math.isnan(before) else before
    if change is None:
        return {"other": other, "difference": None, "interval": [None, None], "verdict": few}
    verdict = NOISE if change.within_noise else BEYOND
    return {"other": other, "difference": change.difference, "interval": [change.low, change.high], "verdict": verdict}
