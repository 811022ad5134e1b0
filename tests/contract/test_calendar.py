"""Whole local days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_core.contract.calendar import FIRST_DAY, Period, preset, start_of, steady_clocks
from tests.documents import at

ZONES = ["UTC", "Europe/Madrid", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"]


def test_a_period_holds_both_its_ends() -> None:
    assert len(Period(date(2026, 10, 1), date(2026, 10, 31))) == 31
    assert Period(date(2026, 10, 1), date(2026, 10, 1)).days == (date(2026, 10, 1),)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-10-02 to 2026-10-01"):
        Period(date(2026, 10, 2), date(2026, 10, 1))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 1), 24)])
def test_a_local_day_has_23_24_or_25_hours(day: date, hours: int) -> None:
    start, end = Period(day, day).bounds(ZoneInfo("Europe/Madrid"))
    assert end - start == timedelta(hours=hours)


def test_a_day_without_a_midnight_begins_when_the_clock_has_jumped() -> None:
    """In São Paulo the 4th of November 2018 began at 01:00."""
    assert start_of(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == at(2018, 11, 4, 3)


def test_the_preset_of_seven_days_ends_today() -> None:
    assert preset("7d", date(2026, 10, 7)) == Period(date(2026, 10, 1), date(2026, 10, 7))
    assert preset("9999d", date(2026, 10, 7)) == Period(FIRST_DAY, date(2026, 10, 7))


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("today", "2026-03-01", "2026-03-01", "2026-03-01"),
        ("yesterday", "2028-03-01", "2028-02-29", "2028-02-29"),
        ("this-week", "2026-12-03", "2026-11-30", "2026-12-03"),  # a Thursday
        ("this-week", "2026-11-30", "2026-11-30", "2026-11-30"),
        ("last-week", "2027-01-03", "2026-12-21", "2026-12-27"),  # a Sunday
        ("this-month", "2026-02-28", "2026-02-01", "2026-02-28"),
        ("last-month", "2026-03-31", "2026-02-01", "2026-02-28"),
        ("last-month", "2026-01-01", "2025-12-01", "2025-12-31"),
        ("this-quarter", "2026-12-31", "2026-10-01", "2026-12-31"),
        ("last-quarter", "2026-02-14", "2025-10-01", "2025-12-31"),
        ("last-quarter", "2026-04-01", "2026-01-01", "2026-03-31"),
    ],
)
def test_a_named_period_has_the_days_of_the_calendar(name: str, today: str, first: str, last: str) -> None:
    assert preset(name, date.fromisoformat(today)) == Period(date.fromisoformat(first), date.fromisoformat(last))


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.sampled_from(["week", "month", "quarter"]))
def test_a_last_period_ends_where_the_present_one_begins_and_is_whole(today: date, unit: str) -> None:
    """By pandas' calendar."""
    now = pd.Timestamp(today).to_period({"week": "W-SUN", "month": "M", "quarter": "Q"}[unit])
    before = now - 1
    assert preset(f"this-{unit}", today) == Period(now.start_time.date(), today)
    assert preset(f"last-{unit}", today) == Period(before.start_time.date(), before.end_time.date())


@pytest.mark.parametrize("name", ["", "0d", "7", "d", "all", "00007d", "next-week"])
def test_no_other_name_is_a_period(name: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        preset(name, date(2026, 10, 7))


@given(st.dates(date(2001, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_the_previous_period_has_the_same_weekdays_and_is_the_nearest_such(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days))
    before = period.previous()
    assert [day.weekday() for day in before.days] == [day.weekday() for day in period.days]
    assert before.last < period.first <= before.last + timedelta(days=7)


@given(
    st.sampled_from(ZONES), st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(0, 500), st.floats(0, 0.999999)
)
def test_steady_clocks_give_every_instant_the_day_that_python_gives_it(
    name: str, first: date, days: int, share: float
) -> None:
    zone, period = ZoneInfo(name), Period(first, first + timedelta(days=days))
    start, end = period.bounds(zone)
    instants = [start, end - timedelta(milliseconds=1), start + (end - start) * share]
    clocks = steady_clocks(period, zone)
    instants += [clock.until - timedelta(seconds=1) for clock in clocks] + [clock.until for clock in clocks[:-1]]
    assert clocks[-1].until == end
    for instant in instants:
        clock = next(clock for clock in clocks if instant < clock.until)
        assert clock.day + (instant - clock.midnight) // timedelta(days=1) * timedelta(days=1) == local(instant, zone)


def local(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(UTC).astimezone(zone).date()
