"""The accuracy over all predictions by day, week or month, beside that of the reviewed ones alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import EVERY, Bucket, Granularity, buckets
from monitor_core.reports.trend import FOUR_WEEKS, with_days_before
from monitor_core.reports.unreviewed.audited import AuditedAccuracy, read_audited_accuracy
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.raking import Estimate, accuracy_over_all
from monitor_core.scores.shares import FEWEST

MOST_DAYS = 31  # of a chart by day, each point of which takes milliseconds
COLUMNS = (
    *("day", "label", "first", "last", "value", "low", "high"),
    *("refused", "samples", "predictions", "of_reviewed", "audited"),
)


@dataclass(frozen=True)
class OverAllByTime:
    """The accuracy over all predictions at each point of a chart."""

    period: Period
    granularity: Granularity
    days: int  # that each point is of, but by month
    # One row a point: day (the middle of its days), label, first, last; value, low, high (NaN where it is refused),
    # refused (the reason), samples, predictions; of_reviewed (of the reviewed ones alone; NaN of few), audited (whether
    # the value is that of the audit alone).
    table: pd.DataFrame

    @property
    def each(self) -> str:
        """Return what a point is of."""
        if self.granularity == "month":
            return self.a_unit
        return f"the {self.days} days up to {'a day' if self.granularity == 'day' else f'the end of {self.a_unit}'}"

    @property
    def is_audited(self) -> bool:
        """Return whether any point is of the audit alone."""
        return bool(self.table["audited"].any())

    @property
    def unit(self) -> str:
        return EVERY[self.granularity]

    @property
    def a_unit(self) -> str:
        return f"{'an' if self.unit[0] in 'hI' else 'a'} {self.unit}"

    @property
    def gaps(self) -> str:
        """Say at how many points with predictions there is no estimate, and why; empty if at none."""
        there = self.table[self.table["predictions"] > 0]
        reasons = there.loc[there["refused"] != "", "refused"].value_counts(sort=False)
        if reasons.empty:
            return ""
        why = ", ".join(f"{reason} ({number:,})" for reason, number in reasons.items())
        return f"A gap is {self.a_unit} without an estimate: {reasons.sum():,} of {len(there):,}, because {why}."


def read_over_all_by(store: Store, selection: Selection, granularity: Granularity, today: date) -> OverAllByTime:
    """Return the accuracy of the predictions made in the selection's period, in its segments, over time.

    By hour it is by day, and by day it is by week if the period is long: each point needs many reviews.
    """
    selection = replace(selection, basis="predicted")
    granularity = "day" if granularity == "hour" else granularity
    if granularity == "day" and len(selection.period) > MOST_DAYS:
        granularity = "week"
    counted = selection if granularity == "month" else with_days_before(selection, FOUR_WEEKS)
    days = dict(zip(counted.period.days, store.counts.by_day(counted), strict=True))
    return over_all_by(selection.period, days, granularity, today, read_audited_accuracy(store, counted))


def over_all_by(
    period: Period,
    days: Mapping[date, DayCounts],
    granularity: Granularity,
    today: date,
    audited: AuditedAccuracy | None = None,
) -> OverAllByTime:
    """Return the same, given the counts of each prediction day, which begin four weeks earlier but for months.

    `audited`: the accuracy from the audit, whose estimate comes first.
    """
    rows = []
    for bucket in buckets(period, granularity, today):
        first = bucket.first if granularity == "month" else bucket.last - timedelta(FOUR_WEEKS - 1)
        of = {day: days[day] for day in Period(first, bucket.last).days if day in days}
        made = [day for day, counts in of.items() if counts.documents]
        of_audit = audited.of(Period(made[0], made[-1])) if audited and made else None
        estimate = of_audit or accuracy_over_all(list(of.values()))
        rows.append((*_row(bucket, list(of.values()), estimate), of_audit is not None))
    return OverAllByTime(period, granularity, FOUR_WEEKS, pd.DataFrame(rows, columns=list(COLUMNS)))


def _row(bucket: Bucket, of: list[DayCounts], estimate: Estimate) -> tuple[object, ...]:
    right = sum(int(day.cells[day.cells[:, 0] == day.cells[:, 1], 2].sum()) for day in of)
    reviewed = sum(day.reviewed for day in of)
    alone = right / reviewed if reviewed >= FEWEST else float("nan")
    dates = (pd.Timestamp(bucket.middle), bucket.label, pd.Timestamp(bucket.first), pd.Timestamp(bucket.last))
    e = estimate
    return (*dates, e.value, e.low, e.high, e.refused, e.samples, e.predictions, alone)
