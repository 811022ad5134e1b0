"""Periods of whole local days and their UTC bounds."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_DAY = date(2000, 1, 1)  # an instant before it is a clock that was never set (0001, 1970), not a prediction
END_DAY = date(2100, 1, 1)  # nor is one from here on: the end of time of some database, or a wrong unit
NUMBER_OF_DAYS = re.compile(r"([1-9]\d{0,3})d")  # up to today
LONGEST_MONTH = 31  # days
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
CLOCK_TOLERANCE = timedelta(minutes=5)  # an instant further ahead than that was written by a wrong clock


@dataclass(frozen=True, slots=True)
class Period:
    """A range of local days, both ends included.

    >>> Period(date(2026, 10, 1), date(2026, 10, 31)).days[-1]
    datetime.date(2026, 10, 31)
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period ends on or after its first day, not from {self.first} to {self.last}")

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the UTC instants [start, end) of the period's days in the zone."""
        return start_of(self.first, zone), start_of(self.last + ONE_DAY, zone)

    def pieces(self, days: int) -> "list[Period]":
        """Split the period into consecutive periods of at most `days` days."""
        firsts = [self.first + timedelta(days=n) for n in range(0, len(self), days)]
        return [Period(first, min(first + timedelta(days=days - 1), self.last)) for first in firsts]

    def previous(self) -> "Period":
        """Return the period of the same length and weekdays before this one: earlier by the fewest whole weeks.

        Weekends are otherwise compared with working days, in sums as in charts.

        >>> Period(date(2026, 10, 8), date(2026, 10, 14)).previous().first
        datetime.date(2026, 10, 1)
        >>> Period(date(2026, 10, 1), date(2026, 10, 30)).previous().first
        datetime.date(2026, 8, 27)
        """
        earlier = -(-len(self) // 7) * timedelta(weeks=1)
        return Period(self.first - earlier, self.last - earlier)


def stretches(days: Iterable[date]) -> list[Period]:
    """Group ascending days into periods of consecutive days.

    >>> [len(period) for period in stretches([date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 9)])]
    [2, 1]
    """
    periods: list[Period] = []
    for day in days:
        if periods and day - periods[-1].last == ONE_DAY:
            periods[-1] = Period(periods[-1].first, day)
        else:
            periods.append(Period(day, day))
    return periods


def preset(name: str, today: date) -> Period:
    """Return the period of a name or a number of days; raise ValueError for any other.

    Weeks begin on Monday, and what has not ended yet ends today. "all" is none of them, because it depends on the
    documents.

    >>> preset("7d", date(2026, 10, 7)).first, preset("last-month", date(2026, 10, 7)).last
    (datetime.date(2026, 10, 1), datetime.date(2026, 9, 30))
    """
    if name in NAMED:
        return NAMED[name](today)
    number = NUMBER_OF_DAYS.fullmatch(name)
    if not number:
        raise ValueError(f'"{name}" is not a period that depends on the day')
    return Period(max(today - timedelta(days=int(number[1]) - 1), min(FIRST_DAY, today)), today)


def _of_week(day: date) -> Period:
    monday = day - day.weekday() * ONE_DAY
    return Period(monday, monday + 6 * ONE_DAY)


def _of_months(day: date, number: int) -> Period:
    """Return the calendar month, or quarter, or other part of the year of so many months, that contains a day."""
    first = date(day.year, (day.month - 1) // number * number + 1, 1)
    return Period(first, (first + (number * LONGEST_MONTH) * ONE_DAY).replace(day=1) - ONE_DAY)


def _until(today: date, of: Callable[[date], Period]) -> Period:
    return Period(of(today).first, today)


def _before(today: date, of: Callable[[date], Period]) -> Period:
    return of(of(today).first - ONE_DAY)


def _of_month(day: date) -> Period:
    return _of_months(day, 1)


def _of_quarter(day: date) -> Period:
    return _of_months(day, 3)


NAMED: dict[str, Callable[[date], Period]] = {  # by today
    "today": lambda today: Period(today, today),
    "yesterday": lambda today: Period(today - ONE_DAY, today - ONE_DAY),
    "this-week": lambda today: _until(today, _of_week),
    "last-week": lambda today: _before(today, _of_week),
    "this-month": lambda today: _until(today, _of_month),
    "last-month": lambda today: _before(today, _of_month),
    "this-quarter": lambda today: _until(today, _of_quarter),
    "last-quarter": lambda today: _before(today, _of_quarter),
}


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which a local day begins, also where the clock skips or repeats midnight."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the local day of an instant in the zone."""
    return instant.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class SteadyClock:
    """An interval in which the UTC offset of the zone is constant."""

    until: datetime  # UTC, excluded
    midnight: datetime  # the UTC instant of a local midnight by this offset, at or before the stretch
    day: date  # the local day that begins there


@lru_cache(maxsize=1024)
def steady_clocks(period: Period, zone: ZoneInfo) -> tuple[SteadyClock, ...]:
    """Split the period into intervals of constant UTC offset, in order.

    Within an interval a single division maps an instant to its local day, also on days of 23 and 25 hours, and without
    the database's own time zones.

    >>> madrid = ZoneInfo("Europe/Madrid")
    >>> [clock.until.isoformat() for clock in steady_clocks(Period(date(2026, 10, 24), date(2026, 10, 26)), madrid)]
    ['2026-10-25T01:00:00+00:00', '2026-10-26T23:00:00+00:00']
    """
    start, end = period.bounds(zone)
    clocks = []
    for until in [*_offset_changes(start, end, zone), end]:
        offset = _offset(start, zone)
        day = (start + offset).date()
        clocks.append(SteadyClock(until, datetime.combine(day, time(), UTC) - offset, day))
        start = until
    return tuple(clocks)


def starts_of_hours(period: Period, zone: ZoneInfo) -> list[datetime]:
    """Return the UTC instants at which the local hours of the period begin: 23, 24 or 25 a day.

    Where the clock goes back, an hour occurs twice; on Lord Howe, where it goes back by 30 minutes, half an hour does.

    >>> len(starts_of_hours(Period(date(2026, 10, 25), date(2026, 10, 25)), ZoneInfo("Europe/Madrid")))
    25
    """
    begun, start = [], period.bounds(zone)[0]
    for clock in steady_clocks(period, zone):
        hour = clock.midnight + (start - clock.midnight) // ONE_HOUR * ONE_HOUR
        while hour < clock.until:
            begun.append(max(hour, start))
            hour += ONE_HOUR
        start = clock.until
    return begun


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - a zone always gives one to an aware instant
    return offset


def _offset_changes(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants in (start, end) at which the zone's UTC offset changes, to the second."""
    while start < end:
        then = min(start + ONE_DAY, end)
        if _offset(start, zone) != _offset(then, zone):
            change = _bisect(start, then, zone)
            if change < end:
                yield change
        start = then


def _bisect(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high
