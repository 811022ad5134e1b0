"""The scores of a selection as JSON, as documented in docs/json.md."""

import math
from typing import Any

from monitor_core.contract.documents import TOGETHER
from monitor_core.contract.selection import Selection
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import Score, null
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRIC, METRICS


def as_json(report: Performance) -> dict[str, Any]:
    """Return the report as documented; undefined values are null, and `by_day` has only days with reviews."""
    return {
        "period": selection_json(report.selection, report.time_zone),
        "documents": report.counts.documents,
        "validated": report.counts.validated,
        "rejected": report.rejected,
        "design_effect": report.score(METRIC["accuracy"], "macro").design_effect,
        "not_reviewed": report.counts.not_reviewed,
        **_scores_json(report.overall("macro", [metric for metric in METRICS if not metric.by_class])),
        **{average: _average_json(report, average) for average in AVERAGES},
        "by_class": {str(row["label"]): _class_json(row) for row in report.by_class.to_dict("records")},
        "by_day": {
            row["day"].date().isoformat(): _day_json(row)
            for row in report.daily[report.daily["reviewed"] > 0].to_dict("records")
        },
        "confusion": _confusion_json(report),
        "excluded": report.counts.excluded,
        "noticed": report.counts.noticed,
        **({"sealed_days": [day.isoformat() for day in report.counts.preserved]} if report.counts.preserved else {}),
    }


def _confusion_json(report: Performance) -> dict[str, Any]:
    """Return the whole matrix; the rare classes that are counted together come last, by what they are called."""
    labels, others = report.confusion.labels, report.confusion.others
    rows = [*range(others, len(labels)), *range(others)]
    counts = report.confusion.matrix_of(rows).tolist()
    texts = [TOGETHER.get(labels[i], labels[i]) for i in rows]
    return {"labels": texts, "counts": counts[:-1], "rejected": counts[-1]}


def _average_json(report: Performance, average: str) -> dict[str, Any]:
    return _scores_json(report.overall(average, CLASS_METRICS))


def _scores_json(scores: dict[str, Score]) -> dict[str, Any]:
    values = {key: null(score.value) for key, score in scores.items()}
    for key, score in scores.items():
        values |= _ends_json(key, score.value, score.low, score.high)
    return values | {"no_interval": {key: s.interval_in_words() for key, s in scores.items() if s.classes_with_few}}


def _class_json(row: dict[Any, Any]) -> dict[str, Any]:
    scores = {m.key: null(row[m.key]) for m in CLASS_METRICS}
    table = {"name": row["name"]} | scores | {"support": row["support"], "predicted": row["predicted"]}
    for key in scores:
        table |= _ends_json(key, *(row[f"{key}{end}"] for end in ("", "_low", "_high")))
    return table


def _day_json(row: dict[Any, Any]) -> dict[str, Any]:
    scores: dict[str, Any] = {"validated": row["reviewed"]}
    for metric in METRICS:
        if not metric.by_class:
            key, ends = metric.key, ("", "_low", "_high")
            scores |= {key: null(row[key])} | _ends_json(key, *(row[f"{key}{end}"] for end in ends))
    return scores | {average: _day_average_json(row, average) for average in AVERAGES}


def _day_average_json(row: dict[Any, Any], average: str) -> dict[str, Any]:
    """Return the averages of a day, without their intervals; without a value, its bounds where there are any."""
    scores: dict[str, Any] = {}
    for metric in CLASS_METRICS:
        value, low, high = (row[f"{metric.name(average)}{end}"] for end in ("", "_low", "_high"))
        ends = _ends_json(metric.key, value, low, high)
        scores |= {metric.key: null(value)} | {name: of for name, of in ends.items() if name.endswith("_bounds")}
    return scores


def _ends_json(key: str, value: float, low: float, high: float) -> dict[str, Any]:
    """Return the interval of a value; without a value, also its bounds where there are any."""
    ends, unknown = [null(low), null(high)], [None, None]
    if not math.isnan(value) or math.isnan(low):
        return {f"{key}_interval": ends}
    return {f"{key}_interval": unknown, f"{key}_bounds": ends}


def selection_json(selection: Selection, time_zone: str) -> dict[str, str]:
    """Return the selection as it is written in every JSON report."""
    days = {"first": selection.period.first.isoformat(), "last": selection.period.last.isoformat()}
    return days | {"time_zone": time_zone, "basis": selection.basis}
