"""The scores of a selection, as on the five tabs and in the command `report`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.score import Change, Score
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
    """The scores of a selection: everything that the performance pages and the command `report` show.

    Each is computed when it is first read, since a page shows only some of them.
    """

    selection: Selection
    time_zone: str
    counts: Counts
    names: dict[int, str]  # of the labels in the counts
    computed: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)  # so far; copies share it
    regrouped: bool = False  # the counts are by hour, week or month, whose intervals are not those of the days
    time_axis: "OverTimeAxis | None" = None  # of charts over time; None: each day is a point

    @property
    def confusion(self) -> ConfusionCounts:
        return self.counts.confusion

    @property
    def scores(self) -> dict[str, Score]:
        """Return all scores of the whole selection by name, such as "accuracy" and "macro_f1"."""
        return {
            metric.name(of): score
            for of in AVERAGES
            for metric, score in zip(METRICS, self.overall(of).values(), strict=True)
        }

    def score(self, metric: Metric, average: str | None) -> Score:
        """Return a score of the whole selection; the average is ignored where the metric has none."""
        return self.overall(average, [metric])[metric.key]

    @property
    def by_class(self) -> pd.DataFrame:
        """Return one row a class: label, name, support, predicted, and the columns of each metric by class.

        These are its value under its key, and with _low, _high and _samples.
        """
        assert not self.regrouped, "the scores are those of the days"  # noqa: S101
        return self._once("by class", lambda: _by_class(self.confusion, self.names))

    @property
    def points(self) -> pd.DataFrame:
        """Return day and reviewed samples of each day, hour, week or month, with its labels if it has any; no score."""
        axis = self._axis
        return self._once("points", lambda: points_of(axis.counts, axis.groups, axis.days).join(axis.labels))

    @property
    def daily(self) -> pd.DataFrame:
        """Return `points` with value, low and high of each score."""
        return self.points.join([self.over_time_of(metric, used) for metric, used in intervals.pairs(METRICS)])

    def over_time_of(self, metric: Metric, average: str | None) -> pd.DataFrame:
        """Return the value, low and high of a score at each of the points, in columns that begin with its name."""
        self.compute_over_time([metric], average)
        table: pd.DataFrame = self.computed[_over_time_of(metric.name(average))]
        return table

    def compute_over_time(self, metrics: Iterable[Metric], average: str | None) -> None:
        """Compute several scores over time together, which takes less than one by one."""
        missing = [metric for metric in metrics if _over_time_of(metric.name(average)) not in self.computed]
        axis = self._axis
        for name, table in scores_over_time(axis.counts, axis.groups, missing, average).items():
            self.computed[_over_time_of(name)] = table

    @property
    def _axis(self) -> "OverTimeAxis":
        return self.time_axis or OverTimeAxis(self.confusion, DayGroups.single(len(self.confusion.days)))

    def _once(self, name: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        if name not in self.computed:
            self.computed[name] = compute()
        table: pd.DataFrame = self.computed[name]
        return table

    @property
    def reviewed_days(self) -> list[date]:
        """Return the days that have reviewed samples."""
        return [self.confusion.days[at] for at in np.flatnonzero(self.confusion.daily().reviewed)]

    @property
    def rejected(self) -> int:
        return int(self.confusion.total().rejected)

    def headline(self, average: str) -> dict[str, Score]:
        """Return the four headline scores by the metric's key."""
        return self.overall(average, ON_TABS)

    def overall(self, average: str | None, metrics: Iterable[Metric] = METRICS) -> dict[str, Score]:
        """Return the metrics' scores of the whole selection, by the metric's key."""
        assert not self.regrouped, "the scores are those of the days"  # noqa: S101 - or its interval would be another
        metrics = tuple(metrics)
        if missing := [metric for metric in metrics if metric.name(average) not in self.computed]:
            self.computed.update(overall_scores(self.confusion, missing, average))
        return {metric.key: self.computed[metric.name(average)] for metric in metrics}


def _over_time_of(score: str) -> str:
    return f"{score} over time"


def read_performance(store: Store, selection: Selection, exact: bool = False) -> Performance:
    """Return the selection's scores; `exact`: count all documents now."""
    return performance_of(store.counts.of(selection, exact), selection, store.settings)


def performance_of(counts: Counts, selection: Selection, settings: Settings) -> Performance:
    """Return the scores of counts; an empty selection gives NaN and empty tables, not an error."""
    names = {label: settings.class_name(label) for label in counts.confusion.labels}
    return Performance(selection, settings.time_zone, counts, names)


def overall_scores(
    confusion: ConfusionCounts, metrics: Sequence[Metric] = METRICS, average: str | None = None
) -> dict[str, Score]:
    """Return the metrics' scores of all samples, by name, such as "accuracy" and "macro_f1".

    `average`: the only average over classes; None: each of them.
    """
    total, of = confusion.total(), intervals.overall_intervals(confusion, metrics=metrics, average=average)
    scores = {}
    for metric, used in intervals.pairs(metrics, average):
        value, name = metric.overall(total, used), metric.name(used)
        ends = np.where(np.isnan(value), metric.overall_bounds(total, used), of[name].bounds[0])
        scores[name] = _score(value, ends, of[name], total.reviewed)
    bounded = [metric for metric, used in intervals.pairs(metrics, average) if scores[metric.name(used)].has_bounds]
    of_targets = intervals.overall_intervals(confusion.with_target, metrics=bounded, average=average)
    for metric, used in intervals.pairs(bounded, average):
        if scores[metric.name(used)].has_bounds:
            around = around_overall_bounds(metric, used, confusion, of_targets[metric.name(used)]).bounds[0].tolist()
            scores[metric.name(used)] = replace(scores[metric.name(used)], around=(around[0], around[1]))
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


@dataclass(frozen=True)
class OverTimeAxis:
    """The points of charts over time: groups of days, each of which is one point."""

    counts: ConfusionCounts  # by day, or by hour
    groups: DayGroups
    days: tuple[date, ...] = ()  # where each point stands; empty: at its day
    labels: pd.DataFrame = field(default_factory=pd.DataFrame)  # label, first, last and whole of each point


def points_of(counts: ConfusionCounts, groups: DayGroups, days: tuple[date, ...] = ()) -> pd.DataFrame:
    """Return day and reviewed samples of each group of days, which stands at one of `days`."""
    reviewed = groups.sums(counts.daily().reviewed)
    return pd.DataFrame({"day": pd.to_datetime(list(days or counts.days)), "reviewed": reviewed})


def scores_over_time(
    counts: ConfusionCounts, groups: DayGroups, metrics: Iterable[Metric] = METRICS, average: str | None = None
) -> dict[str, pd.DataFrame]:
    """Return the value, low and high of each score, by name, one row a group of days; NaN without reviews.

    Column names are plain, such as `macro_f1_low`, because dots and brackets are operators in Altair. `average`: the
    only average over classes; None: each of them.
    """
    scored = intervals.pairs(metrics, average)
    if not scored:
        return {}
    tallies = GroupedCounts(counts, groups).total
    of = intervals.overall_intervals(counts, groups, [*dict.fromkeys(metric for metric, _ in scored)], average)
    tables = {}
    for metric, used in scored:
        name = metric.name(used)
        bounds = metric.overall_bounds(tallies, used)
        tables[name] = pd.DataFrame(_columns(name, metric.overall(tallies, used), of[name].bounds, bounds))
    return tables


def _columns(name: str, value: Floats, interval: Floats, bounds: Floats) -> dict[str, Floats]:
    ends = np.where(np.isnan(value)[..., None], bounds, interval)
    return {name: value, f"{name}_low": ends[..., 0], f"{name}_high": ends[..., 1]}


def changes(
    now: Performance, before: Performance, average: str, metrics: Iterable[Metric] = ON_TABS
) -> dict[str, Change | None]:
    """Return each metric's change from the previous period, by key; None if either score is undefined."""
    metrics = tuple(metrics)
    earlier = before.overall(average, metrics)
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
    others, support = now.confusion.others, now.confusion.total().support
    table = pd.DataFrame({"name": list(now.names.values())[others:], "count": support[others:]})
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
