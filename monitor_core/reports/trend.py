"""The trend of a score: its value over the days up to each point of a chart, with its interval."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.selection import Selection
from monitor_core.reports.granularity import Granularity
from monitor_core.reports.performance import Performance
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.design import DayGroups
from monitor_core.scores.grouped import GroupedCounts
from monitor_core.scores.intervals import overall_intervals
from monitor_core.scores.metrics import Average, Metric
from monitor_core.scores.rolling import windows_up_to
from monitor_core.scores.shares import FEWEST, Floats

WEEK, FOUR_WEEKS = 7, 28  # days of a trend
LONG = 84  # days from which four weeks are few
WEEK_SAMPLES = 50  # of the median week: with fewer, the trend is of four weeks


def trend_days(by: Granularity, now: Performance) -> int:
    """Return over how many days the trend of these scores goes; 0: their chart has none.

    Points of hours, and of few weeks, are a course themselves, and so are months.
    """
    days = len(now.selection.period)
    if by == "week" and days >= LONG:
        return FOUR_WEEKS
    if by != "day":
        return 0
    weekly = np.convolve(now.confusion.daily().reviewed, np.ones(min(WEEK, days)), "valid")
    return WEEK if days < LONG and np.median(weekly) >= WEEK_SAMPLES else FOUR_WEEKS


def with_days_before(selection: Selection, days: int) -> Selection:
    """Return the selection with the days before it that the first point's trend includes."""
    first = max(selection.period.first - timedelta(days=days - 1), FIRST_DAY)
    return replace(selection, period=Period(first, selection.period.last))


def trends_of(
    counts: ConfusionCounts, last_days: Sequence[date], days: int, metrics: Sequence[Metric], average: Average
) -> dict[str, pd.DataFrame]:
    """Return trend, trend_low, trend_high and trend_samples of each metric, by name; NaN of few samples.

    A row is of the days up to one of `last_days`, which are days of the counts. A window that would begin before the
    counts has no trend.
    """
    ends = np.array([(day - counts.days[0]).days for day in last_days], np.int64)
    whole = ends >= days - 1
    parts = [_of_windows(*part, metrics, average) for part in windows_up_to(counts, ends[whole], days)]
    tables = {}
    for name in (metric.name(average) for metric in metrics):
        numbers = np.full((len(ends), 4), np.nan)
        numbers[whole] = np.concatenate([part[name] for part in parts]) if parts else np.zeros((0, 4))
        numbers[~(numbers[:, 3] >= FEWEST), :3] = np.nan
        tables[name] = pd.DataFrame(numbers, columns=["trend", "trend_low", "trend_high", "trend_samples"])
    return tables


def _of_windows(
    counts: ConfusionCounts, groups: DayGroups, metrics: Sequence[Metric], average: Average
) -> dict[str, Floats]:
    """Return value, low, high and number of samples of each window, shape (windows, 4), of each metric by name.

    Without a value, its bounds.
    """
    tallies, numbers = GroupedCounts(counts, groups).total, {}
    intervals = overall_intervals(counts, groups, metrics, average)
    for metric in metrics:
        name, value = metric.name(average), metric.overall(tallies, average)
        ends = np.where(np.isnan(value)[:, None], metric.overall_bounds(tallies, average), intervals[name].bounds)
        numbers[name] = np.column_stack([value, ends, tallies.reviewed])
    return numbers
