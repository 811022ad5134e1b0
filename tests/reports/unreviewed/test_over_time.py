"""The accuracy over all predictions over time, against the estimate of each point's own days."""

from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.unreviewed import CHOICES, DAYS, days_of, draw
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.unreviewed.over_time import MOST_DAYS, OverAllByTime, over_all_by, read_over_all_by
from monitor_core.scores.raking import accuracy_over_all

FIRST = date(2026, 9, 7)  # a Monday


def test_each_point_is_the_estimate_of_its_days() -> None:
    random = np.random.default_rng(1)
    drawn = draw(4000, "sharp", random)
    counts = days_of(drawn, CHOICES["prefers unsure"](drawn, random))
    counted = {FIRST + timedelta(at): of for at, of in enumerate(counts)}
    period = Period(FIRST, FIRST + timedelta(DAYS - 1))
    by_week = over_all_by(period, counted, "week", period.last)
    assert by_week.table["value"].tolist() == [accuracy_over_all(counts[:end]).value for end in (7, 14, 21, 28)]
    assert by_week.each == "the 28 days up to the end of an ISO week"
    october = Period(date(2026, 10, 1), period.last)
    by_month = over_all_by(october, counted, "month", period.last)
    assert by_month.table["value"].tolist() == [accuracy_over_all(counts[24:]).value]
    assert by_month.each == "a month"
    last = Period(period.last, period.last)
    by_day = over_all_by(last, counted, "day", last.last)
    assert by_day.table["value"].tolist() == [accuracy_over_all(counts).value]
    assert by_day.gaps == ""
    assert by_day.each == "the 28 days up to a day"
    reviewed = CHOICES["prefers unsure"](draw(4000, "sharp", r := np.random.default_rng(1)), r)
    assert by_day.table["samples"].tolist() == [int(reviewed.sum())]


def test_gaps_are_counted_with_their_reasons() -> None:
    random = np.random.default_rng(1)
    drawn = draw(600, "sharp", random)
    counts = days_of(drawn, CHOICES["old first"](drawn, random))
    counted = {FIRST + timedelta(at): of for at, of in enumerate(counts)}
    by_month = over_all_by(Period(FIRST, FIRST + timedelta(60)), counted, "month", FIRST + timedelta(60))
    assert by_month.table["value"].isna().tolist() == [False, True, True]  # the third has no predictions
    assert by_month.gaps.startswith("A gap is a month without an estimate: 1 of 2, because ")


@pytest.mark.parametrize(("days", "unit"), [(MOST_DAYS, "day"), (MOST_DAYS + 1, "ISO week")])
def test_of_an_empty_database_there_are_no_points_to_say_anything_of(store: Store, days: int, unit: str) -> None:
    period = Period(FIRST, FIRST + timedelta(days - 1))
    by: OverAllByTime = read_over_all_by(store, Selection(period, "validated"), "hour", period.last)
    assert (by.unit, by.gaps, by.table["value"].notna().sum()) == (unit, "", 0)
