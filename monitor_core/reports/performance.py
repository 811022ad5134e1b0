"""The scores of a selection, as on the five tabs and in the command `report`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import TOGETHER
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.scores import intervals
from monitor_core.scores.confusion import ConfusionCounts, Ints, Tallies
from monitor_core.scores.counts import Counts, Intervals
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRICS, ON_TABS, Metric
from monitor_core.scores.shares import FEWEST, Floats, ratio
from monitor_core.settings.settings import Settings

MOST_LISTED = 60  # classes with a bar or a row of their own; more, and no browser draws the matrix
MOST_SHOWN = 15  # classes in a pie; the rest is one slice
OTHERS = "other classes"
REJECTED = "rejected"
NOT_STORED: Mapping[date, Intervals] = {}
SCORE_COLUMNS = {"": "value", "_low": "low", "_high": "high", "_samples": "samples"}  # by how they end, by class
WIDE = 0.10  # half-width; a score known no better is shown as uncertain


@dataclass(frozen=True)
class Score:
    """A score with its 95% interval; NaN if undefined."""

    value: float
    low: float
    high: float
    samples: int  # rows it rests on

    @property
    def uncertain(self) -> bool:
        """Return whether the interval reaches more than 10 percentage points to each end, or is undefined."""
        return not (self.high - self.low) / 2 <= WIDE

    @property
    def is_shown(self) -> bool:
        return self.samples >= FEWEST and not math.isnan(self.value)


@dataclass(frozen=True)
class Change:
    """The change of a score from the previous period."""

    difference: float
    low: float
    high: float

    @property
    def within_noise(self) -> bool:
        return self.low <= 0 <= self.high


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
    total = confusion.total()
    names = {label: settings.class_name(label) for label in confusion.labels}
    return Performance(
        selection,
        settings.time_zone,
        counts,
        names,
        _scores(confusion, total),
        _by_class(total, names),
        series(confusion, counts.intervals),
    )


def _score(value: Any, interval: Floats, samples: Any) -> Score:
    return Score(float(value), float(interval[0]), float(interval[1]), int(samples))


def _scores(confusion: ConfusionCounts, total: Tallies) -> dict[str, Score]:
    of = intervals.overall_intervals(confusion.matrix_cells(), len(confusion.labels), others=confusion.others)
    return {
        metric.name(average): _score(metric.overall(total, average), of[metric.name(average)], total.reviewed)
        for metric in METRICS
        for average in metric.averages
    }


def _by_class(total: Tallies, names: dict[int, str]) -> pd.DataFrame:
    table: dict[str, Any] = {
        "label": list(names),
        "name": list(names.values()),
        "support": total.support,
        "predicted": total.predicted,
    }
    for metric in CLASS_METRICS:
        table |= _columns(metric.key, metric.of(total), metric.interval_of(total))
        table |= {f"{metric.key}_samples": metric.rests_on(total)}
    return pd.DataFrame(table).iloc[total.others :].reset_index(drop=True)


def series(confusion: ConfusionCounts, stored: Mapping[date, Intervals] = NOT_STORED) -> pd.DataFrame:
    """Return one row for each day: day, reviewed, and value, low and high of each score; NaN without reviews.

    Column names are plain, such as `macro_f1_low`, because dots and brackets are operators in Altair.
    """
    tallies = confusion.daily()
    table: dict[str, Any] = {"day": pd.to_datetime(list(confusion.days)), "reviewed": tallies.reviewed}
    drawn = [
        _day_intervals(cells, confusion, stored.get(day, {}))
        for day, cells in zip(confusion.days, confusion.cells_of_days(), strict=True)
    ]
    for metric in METRICS:
        for average in metric.averages:
            name = metric.name(average)
            if metric in intervals.DRAWN:
                bounds = np.array([day[name] for day in drawn]).reshape(-1, 2)
            else:
                bounds = metric.interval_of(tallies)
            table |= _columns(name, metric.overall(tallies, average), bounds)
    return pd.DataFrame(table)


def _day_intervals(cells: Ints, confusion: ConfusionCounts, stored: Intervals) -> Intervals:
    """Return the stored intervals, with those of metrics that have none stored computed.

    They are computed from the day's own classes, so that they do not depend on the period.
    """
    lacking = [m for m in intervals.DRAWN if any(m.name(average) not in stored for average in m.averages)]
    if not lacking:
        return stored
    named = np.unique(cells[:, :2])
    named = named[named < len(confusion.labels)]  # not the index of what is rejected
    own = np.column_stack([np.searchsorted(named, cells[:, :2]), cells[:, 2]])
    return stored | intervals.drawn_intervals(own, len(named), lacking, int((named < confusion.others).sum()))


def _columns(name: str, value: Floats, interval: Floats) -> dict[str, Floats]:
    return {name: value, f"{name}_low": interval[..., 0], f"{name}_high": interval[..., 1]}


def changes(
    now: Performance, before: Performance, average: str, metrics: Iterable[Metric] = ON_TABS
) -> dict[str, Change | None]:
    """Return each metric's change from the previous period, by key; None if either score is undefined."""
    earlier = before.overall(average)
    return {key: _change(score, earlier[key]) for key, score in now.overall(average, metrics).items()}


def _change(now: Score, before: Score) -> Change | None:
    if not (now.is_shown and before.is_shown):
        return None
    interval = difference_interval(
        now.value, np.array([now.low, now.high]), before.value, np.array([before.low, before.high])
    )
    return Change(now.value - before.value, float(interval[0]), float(interval[1]))


def class_samples(now: Performance) -> pd.DataFrame:
    """Return the samples by true class, most first: name, count, share; the smallest are one row "other classes"."""
    table = pd.DataFrame({"name": list(now.names.values()), "count": now.confusion.total().support})
    return largest(table)


def largest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the largest classes with their shares, most first; the others are one row "other classes"."""
    table = table[table["count"] > 0].sort_values("count", ascending=False, kind="stable")
    rest = table.iloc[MOST_SHOWN:]
    if len(rest):
        other = pd.DataFrame({"name": [OTHERS], "count": [rest["count"].sum()]})
        table = pd.concat([table.iloc[:MOST_SHOWN], other])
    table["share"] = ratio(table["count"].to_numpy(), np.array(table["count"].sum()))
    return table.reset_index(drop=True)


def class_mix(now: Performance) -> pd.DataFrame:
    """Return the samples by day and true class: day, name, count, share of the day; days without reviews are absent."""
    largest = set(class_samples(now)["name"])
    names = [name if name in largest else OTHERS for name in now.names.values()]
    named, place = np.unique(np.array(names, object), return_inverse=True)
    counts = now.confusion.daily().support @ (place[:, None] == np.arange(len(named)))  # (days, names)
    day, name = np.nonzero(counts)
    days = pd.to_datetime(list(now.confusion.days))
    table = pd.DataFrame({"day": days[day], "name": named[name], "count": counts[day, name]})
    table["share"] = table["count"] / table.groupby("day")["count"].transform("sum")
    return table


def listed_classes(now: Performance) -> list[str]:
    """Return the classes that are shown individually: all or, of very many, those with the most mistakes."""
    total = now.confusion.total()
    mistakes = total.support + total.predicted - 2 * total.hits
    mistakes[: total.others] = -1  # no class
    most = np.sort(np.argsort(-mistakes, kind="stable")[: min(MOST_LISTED, len(mistakes) - total.others)])
    names = list(now.names.values())
    return [names[i] for i in most]


def class_scores(now: Performance) -> pd.DataFrame:
    """Return one row for each listed class and metric: name, metric, value, low, high, samples."""
    tables = []
    for metric in CLASS_METRICS:
        table = class_table(now, metric)
        tables.append(table[table["name"].isin(listed_classes(now))].drop(columns="label").assign(metric=metric.key))
    return pd.concat(tables, ignore_index=True)


def class_table(now: Performance, metric: Metric) -> pd.DataFrame:
    """Return one row for each class: label, name, value, low, high, samples."""
    columns = {f"{metric.key}{end}": name for end, name in SCORE_COLUMNS.items()}
    return now.by_class[["label", "name", *columns]].rename(columns=columns)


def confusion_table(now: Performance) -> pd.DataFrame:
    """Return one row for each cell of the listed classes: target, prediction (names), count, share, most.

    `share` is of all the target's samples, `most` the largest count. Rejected samples are the last target.
    """
    names = listed_classes(now)
    rows = [i for i, name in enumerate(now.names.values()) if name in set(names)]
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
    bounds = {f"{key}_interval": [null(score.low), null(score.high)] for key, score in scores.items()}
    return {key: null(score.value) for key, score in scores.items()} | bounds


def _class_json(row: dict[Any, Any]) -> dict[str, Any]:
    scores = {m.key: null(row[m.key]) for m in CLASS_METRICS}
    bounds = {f"{key}_interval": _bounds_json(row, key) for key in scores}
    return {"name": row["name"]} | scores | {"support": row["support"], "predicted": row["predicted"]} | bounds


def _day_json(row: dict[Any, Any]) -> dict[str, Any]:
    scores: dict[str, Any] = {"validated": row["reviewed"]}
    for metric in METRICS:
        if not metric.by_class:
            scores |= {metric.key: null(row[metric.key]), f"{metric.key}_interval": _bounds_json(row, metric.key)}
    return scores | {average: {m.key: null(row[m.name(average)]) for m in CLASS_METRICS} for average in AVERAGES}


def _bounds_json(row: dict[Any, Any], name: str) -> list[float | None]:
    return [null(row[f"{name}_low"]), null(row[f"{name}_high"])]


def selection_json(selection: Selection, time_zone: str) -> dict[str, str]:
    """Return the selection as it is written in every JSON report."""
    days = {"first": selection.period.first.isoformat(), "last": selection.period.last.isoformat()}
    return days | {"time_zone": time_zone, "basis": selection.basis}


def null(value: float) -> float | None:
    """Return a number for JSON: undefined is null."""
    return None if math.isnan(value) else float(value)
