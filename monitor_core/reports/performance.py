"""The scores of a selection, as on the five tabs and in the command `report`."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import TOGETHER
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.score import Change, Score, null
from monitor_core.scores import intervals
from monitor_core.scores.around_bounds import around_class_bounds, around_overall_bounds
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.counts import Counts
from monitor_core.scores.design import DayGroups
from monitor_core.scores.differences import difference_of_bounds
from monitor_core.scores.grouped import GroupedCounts
from monitor_core.scores.intervals import Interval
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRICS, ON_TABS, Metric
from monitor_core.scores.shares import FEWEST, Floats, ratio
from monitor_core.settings.settings import Settings

MOST_LISTED = 60  # classes with series of their own in Prometheus, or a row of a chart
MOST_SHOWN = 12  # classes in a pie, as there are colours; the rest is one slice
OTHERS = "other classes"
REJECTED = "rejected"
SCORE_COLUMNS = {"": "value", "_low": "low", "_high": "high", "_samples": "samples"}  # by how they end, by class
AROUND = {"_least": "least", "_most": "most"}


@dataclass(frozen=True)
class Performance:
    """The scores of a selection: everything that the performance pages and the command `report` show."""

    selection: Selection
    time_zone: str
    counts: Counts
    names: dict[int, str]  # of the labels in the counts
    scores: dict[str, Score]  # of the whole selection by name, such as "accuracy" and "macro_f1"
    # One row a class: label, name, support, predicted; and of each metric by class its value under its key, _low, _high
    # and _samples.
    by_class: pd.DataFrame
    daily: pd.DataFrame  # one row a day, as `series` says

    @property
    def confusion(self) -> ConfusionCounts:
        return self.counts.confusion

    @property
    def rejected(self) -> int:
        return int(self.confusion.total().rejected)

    def headline(self, average: str) -> dict[str, Score]:
        """Return the four headline scores by the metric's key."""
        return self.overall(average, ON_TABS)

    def overall(self, average: str, metrics: Iterable[Metric] = METRICS) -> dict[str, Score]:
        """Return the metrics' scores of the whole selection, by the metric's key."""
        return {metric.key: self.scores[metric.name(average)] for metric in metrics}


def read_performance(store: Store, selection: Selection, exact: bool = False) -> Performance:
    """Return the selection's scores; `exact`: count all documents now."""
    return performance_of(store.counts.of(selection, exact), selection, store.settings)


def performance_of(counts: Counts, selection: Selection, settings: Settings) -> Performance:
    """Return the scores computed from counts; an empty selection gives NaN and empty tables, not an error."""
    confusion = counts.confusion
    names = {label: settings.class_name(label) for label in confusion.labels}
    return Performance(
        selection,
        settings.time_zone,
        counts,
        names,
        overall_scores(confusion),
        _by_class(confusion, names),
        series(confusion),
    )


def overall_scores(confusion: ConfusionCounts, metrics: Sequence[Metric] = METRICS) -> dict[str, Score]:
    """Return the metrics' scores of all samples, by name, such as "accuracy" and "macro_f1"."""
    total, of, scores = confusion.total(), intervals.overall_intervals(confusion, metrics=metrics), {}
    for metric in metrics:
        for average in metric.averages:
            value, name = metric.overall(total, average), metric.name(average)
            ends = np.where(np.isnan(value), metric.overall_bounds(total, average), of[name].bounds[0])
            scores[name] = _score(value, ends, of[name], total.reviewed)
            if scores[name].has_bounds:
                around = around_overall_bounds(metric, average, confusion).bounds[0].tolist()
                scores[name] = replace(scores[name], around=(around[0], around[1]))
    return scores


def _score(value: Any, ends: Floats, interval: Interval, samples: Any) -> Score:
    (low, high), wider = ends.tolist(), interval.wider
    few, classes = (0 if number is None else int(number[0]) for number in (interval.few, interval.classes))
    effect, widened = float(wider.effect[0]), float(wider.factor[0])
    return Score(float(value), low, high, int(samples), effect, widened, few, classes)


def _by_class(confusion: ConfusionCounts, names: dict[int, str]) -> pd.DataFrame:
    total = confusion.total()
    table: dict[str, Any] = {
        "label": list(names),
        "name": list(names.values()),
        "support": total.support,
        "predicted": total.predicted,
    }
    for metric in CLASS_METRICS:
        of_classes = intervals.class_intervals(metric, confusion)
        interval = of_classes.bounds[0]
        around = around_class_bounds(metric, total, interval, of_classes.wider)
        table |= _columns(metric.key, metric.of(total), interval, metric.bounds_of(total))
        table |= {f"{metric.key}_samples": metric.rests_on(total)}
        table |= {f"{metric.key}_least": around[:, 0], f"{metric.key}_most": around[:, 1]}
    return pd.DataFrame(table).iloc[total.others :].reset_index(drop=True)


def series(confusion: ConfusionCounts, groups: DayGroups | None = None, days: tuple[date, ...] = ()) -> pd.DataFrame:
    """Return one row for each day: day, reviewed, and value, low and high of each score; NaN without reviews.

    Column names are plain, such as `macro_f1_low`, because dots and brackets are operators in Altair. `groups`: groups
    of days, such as weeks, each of which has a row at one of `days`.
    """
    groups, days = groups or DayGroups.single(len(confusion.days)), days or confusion.days
    tallies = GroupedCounts(confusion, groups).total
    table: dict[str, Any] = {"day": pd.to_datetime(list(days)), "reviewed": tallies.reviewed}
    of = intervals.overall_intervals(confusion, groups)
    for metric in METRICS:
        for average in metric.averages:
            name = metric.name(average)
            bounds = metric.overall_bounds(tallies, average)
            table |= _columns(name, metric.overall(tallies, average), of[name].bounds, bounds)
    return pd.DataFrame(table)


def _columns(name: str, value: Floats, interval: Floats, bounds: Floats) -> dict[str, Floats]:
    ends = np.where(np.isnan(value)[..., None], bounds, interval)
    return {name: value, f"{name}_low": ends[..., 0], f"{name}_high": ends[..., 1]}


def changes(
    now: Performance, before: Performance, average: str, metrics: Iterable[Metric] = ON_TABS
) -> dict[str, Change | None]:
    """Return each metric's change from the previous period, by key; None if either score is undefined."""
    earlier = before.overall(average)
    return {key: _change(score, earlier[key]) for key, score in now.overall(average, metrics).items()}


def _change(now: Score, before: Score) -> Change | None:
    if not (now.is_comparable and before.is_comparable):
        return None
    ends = [np.array(pair) for score in (now, before) for pair in score.ends]
    difference, low, high = difference_of_bounds(*ends)
    return Change(float(difference), float(low), float(high), now.has_bounds or before.has_bounds)


def class_samples(now: Performance) -> pd.DataFrame:
    """Return the samples by true class, most first: name, count, share; the smallest are one row "other classes"."""
    table = pd.DataFrame({"name": list(now.names.values()), "count": now.confusion.total().support})
    return largest(table)


def all_class_samples(now: Performance) -> pd.DataFrame:
    """Return each class's samples: name, count, share."""
    table = now.by_class[["name", "support"]].rename(columns={"support": "count"})
    return table.assign(share=ratio(table["count"].to_numpy(), np.array(now.confusion.total().support.sum())))


def largest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the largest classes with their shares, most first; the others are one row "other classes"."""
    table = table[table["count"] > 0].sort_values("count", ascending=False, kind="stable")
    return with_rest(table, np.arange(len(table)) < MOST_SHOWN)


def with_rest(table: pd.DataFrame, is_separate: Any) -> pd.DataFrame:
    """Return name, count and share of these classes that occur, and of the others as one row."""
    rest = table.loc[~is_separate, "count"].sum()
    table = table[is_separate & (table["count"] > 0)]
    if rest:
        table = pd.concat([table, pd.DataFrame({"name": [OTHERS], "count": [rest]})])
    table["share"] = ratio(table["count"].to_numpy(), np.array(table["count"].sum()))
    return table.reset_index(drop=True)


def class_mix(now: Performance) -> pd.DataFrame:
    """Return the samples by day and true class: day, name, count, share of the day; without days of few samples."""
    largest = set(class_samples(now)["name"])
    names = [name if name in largest else OTHERS for name in now.names.values()]
    named, place = np.unique(np.array(names, object), return_inverse=True)
    counts = now.confusion.daily().support @ (place[:, None] == np.arange(len(named)))  # (days, names)
    day, name = np.nonzero(counts)
    days = pd.to_datetime(list(now.confusion.days))
    table = pd.DataFrame({"day": days[day], "name": named[name], "count": counts[day, name]})
    total = table.groupby("day")["count"].transform("sum")
    return table.assign(share=table["count"] / total)[total >= FEWEST].reset_index(drop=True)


def listed_classes(now: Performance) -> list[str]:
    """Return the classes that are shown individually: all or, of very many, those with the most mistakes."""
    total = now.confusion.total()
    mistakes = total.support + total.predicted - 2 * total.hits
    mistakes[: total.others] = -1  # no class
    most = np.sort(np.argsort(-mistakes, kind="stable")[: min(MOST_LISTED, len(mistakes) - total.others)])
    names = list(now.names.values())
    return [names[i] for i in most]


def class_table(now: Performance, metric: Metric) -> pd.DataFrame:
    """Return one row for each class: label, name, value, low, high, samples, ends; of few samples only their number."""
    return compared_class_table(now, metric).drop(columns=["least", "most"])


def compared_class_table(now: Performance, metric: Metric) -> pd.DataFrame:
    """Return `class_table` with least and most: low and high, or the ends of the interval around bounds."""
    columns = {f"{metric.key}{end}": name for end, name in (SCORE_COLUMNS | AROUND).items()}
    table = now.by_class[["label", "name", *columns]].rename(columns=columns)
    table.loc[table["samples"] < FEWEST, ["value", "low", "high", *AROUND.values()]] = np.nan
    return table


def confusion_table(now: Performance, places: Sequence[int]) -> pd.DataFrame:
    """Return one row for each cell of the classes at these places: target, prediction (names), count, share, most.

    `share` is of all the target's samples, `most` the largest count. Rejected samples are the last target.
    """
    all_names = list(now.names.values())
    names, rows = [all_names[i] for i in places], list(places)
    targets = [*names, REJECTED] if now.rejected else names
    dense = now.confusion.matrix_of(rows)[: len(targets)]
    whole = np.append(now.confusion.total().support[rows], now.rejected)[: len(targets)]
    return pd.DataFrame(
        {
            "target": np.repeat(np.array(targets, object), len(names)),
            "prediction": names * len(targets),
            "count": dense.ravel(),
            "share": ratio(dense, whole[:, None]).ravel(),
            "most": dense.max(initial=0),
        }
    )


def whole_period(store: Store, basis: Any, today: date) -> Period:
    """Return the days from the first document to today; only today if there are no documents."""
    first = store.first_day(basis) or today
    return Period(min(first, today), today)


def as_json(report: Performance) -> dict[str, Any]:
    """Return the report as documented; undefined values are null, and `by_day` has only days with reviews."""
    return {
        "period": selection_json(report.selection, report.time_zone),
        "documents": report.counts.documents,
        "validated": report.counts.validated,
        "rejected": report.rejected,
        "design_effect": report.scores["accuracy"].design_effect,
        "not_reviewed": report.counts.not_reviewed,
        **_scores_json({metric.key: report.scores[metric.key] for metric in METRICS if not metric.by_class}),
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
