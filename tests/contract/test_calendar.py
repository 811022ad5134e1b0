"""Whole local days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_core.contract.calendar import Period, preset, start_of, steady_clocks
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
