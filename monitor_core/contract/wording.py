"""Numbers, intervals, days and durations in words, written alike on pages, in messages, commands and HTML reports.

Shares in [0, 1] are written in percent, differences of shares in percentage points, undefined values as "–".
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import CLOCK_TOLERANCE, Period

UNDEFINED = "–"
POINT = "percentage point"


@dataclass(frozen=True, slots=True)
class Scale:
    """The notation of one kind of number; the functions below take it as `scale`."""

    factor: int
    digits: int
    sign: str  # behind a number
    unit: str  # of a difference, with its blank; takes a plural s


SHARES = Scale(100, 1, "%", f" {POINT}")
CORRELATIONS = Scale(1, 3, "", "")  # from -1 to 1


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number and its noun.

    >>> count(1, "sample"), count(1203, "sample"), count(2, "class", "classes")
    ('1 sample', '1,203 samples', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float | None) -> str:
    """Return a share as a percentage.

    >>> percent(0.7234), percent(1.0), percent(float("nan"))
    ('72.3%', '100.0%', '–')
    """
    return UNDEFINED if share is None or math.isnan(share) else f"{share:.1%}"


def small_percent(share: float | None) -> str:
    """Return a share that may be very small, but is not written as zero unless it is.

    >>> small_percent(0.0123), small_percent(0.0004), small_percent(0.0)
    ('1.2%', 'less than 0.1%', '0.0%')
    """
    return "less than 0.1%" if share is not None and 0 < share < 0.0005 else percent(share)


def number(value: float | None, scale: Scale = SHARES) -> str:
    """Return a value on its scale.

    >>> number(0.7234), number(-0.0521, CORRELATIONS), number(None)
    ('72.3%', '−0.052', '–')
    """
    if value is None or math.isnan(value):
        return UNDEFINED
    return _minus(f"{_scaled(value, scale)}{scale.sign}")


def interval(low: float | None, high: float | None, scale: Scale = SHARES) -> str:
    """Return a 95% interval.

    >>> interval(0.604, 0.8172), interval(-0.1, 0.25, CORRELATIONS)
    ('95% interval 60.4–81.7', '95% interval −0.100 to 0.250')
    """
    return f"95% interval {bounds(low, high, scale)}"


def bounds(low: float | None, high: float | None, scale: Scale = SHARES) -> str:
    """Return the bounds of an interval.

    >>> bounds(0.604, 0.8172), bounds(-0.05, 0.1), bounds(None, None)
    ('60.4–81.7', '−5.0 to 10.0', '–')
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return UNDEFINED
    between = "–" if low >= 0 else " to "  # a dash before a minus sign would be read as one of two
    return f"{_minus(_scaled(low, scale))}{between}{_minus(_scaled(high, scale))}"


def between(low: float | None, high: float | None, scale: Scale = SHARES) -> str:
    """Return the lowest and the highest possible value as one, with their sign; a single number if they are equal.

    >>> between(0.83, 0.912), between(0.9, 0.90001), between(None, None), between(-0.1, 0.25, CORRELATIONS)
    ('83.0–91.2%', '90.0%', '–', '−0.100 to 0.250')
    """
    text = bounds(low, high, scale)
    if text == UNDEFINED or number(low, scale) == number(high, scale):
        return number(low, scale) if text != UNDEFINED else text
    return f"{text}{scale.sign}"


def estimate(
    value: float | None, low: float | None, high: float | None, samples: int | None = None, scale: Scale = SHARES
) -> str:
    """Return a value with its interval and its number of samples.

    >>> estimate(0.7234, 0.604, 0.8172, 65)
    '72.3% (95% interval 60.4–81.7, 65 samples)'
    >>> estimate(float("nan"), float("nan"), float("nan"), 0)
    '– (0 samples)'
    """
    text = number(value, scale)
    parts = [] if text == UNDEFINED else [interval(low, high, scale)]
    parts += [] if samples is None else [count(samples, "sample")]
    return f"{text} ({', '.join(parts)})" if parts else text


def signed_points(difference: float | None, scale: Scale = SHARES) -> str:
    """Return a signed difference without its unit; a difference of shares is in percentage points.

    >>> signed_points(0.0312), signed_points(-0.005), signed_points(None), signed_points(0.0312, CORRELATIONS)
    ('+3.1', '−0.5', '–', '+0.031')
    """
    if difference is None or math.isnan(difference):
        return UNDEFINED
    return _minus(_scaled(difference, scale, "+"))


def signed_count(difference: int) -> str:
    """Return a difference of two counts.

    >>> signed_count(1203), signed_count(-12), signed_count(0)
    ('+1,203', '−12', '0')
    """
    return _minus(f"{difference:+,}")


def points(difference: float, low: float | None = None, high: float | None = None, scale: Scale = SHARES) -> str:
    """Return the absolute difference in percentage points, followed by the interval of the signed difference if given.

    >>> points(-0.031)
    '3.1 percentage points'
    >>> points(-0.031, -0.05, -0.012)
    '3.1 percentage points (95% interval −5.0 to −1.2)'
    """
    size = _scaled(abs(difference), scale)
    text = f"{size}{_unit(size, scale)}"
    return text if low is None or high is None else f"{text} ({_signed_interval(low, high, scale)})"


def margin(half_width: float, scale: Scale = SHARES) -> str:
    """Return how far a number may be off to each end.

    >>> margin(0.1), margin(0.1, CORRELATIONS)
    ('±10 percentage points', '±0.1')
    """
    return f"±{scale.factor * half_width:g}{scale.unit and f'{scale.unit}s'}"


def difference(value: float, low: float, high: float, scale: Scale = SHARES) -> str:
    """Return a signed difference with its unit and its interval.

    >>> difference(0.004, -0.02, 0.03)
    '+0.4 percentage points, 95% interval −2.0 to +3.0'
    >>> difference(-0.031, -0.05, -0.012, CORRELATIONS)
    '−0.031, 95% interval −0.050 to −0.012'
    """
    signed = signed_points(value, scale)
    return f"{signed}{_unit(signed, scale)}, {_signed_interval(low, high, scale)}"


def moved_by(difference: float, low: float | None = None, high: float | None = None, scale: Scale = SHARES) -> str:
    """Return a difference of two shares as a verb phrase: how far the first has risen or fallen.

    >>> moved_by(-0.031, -0.05, -0.012)
    'fell by 3.1 percentage points (95% interval −5.0 to −1.2)'
    """
    return f"{'rose' if difference > 0 else 'fell'} by {points(difference, low, high, scale)}"


def day(local: date) -> str:
    """Return a day as it is written in sentences; tables use ISO 8601.

    >>> day(date(2026, 11, 3))
    '3 Nov 2026'
    """
    return f"{local.day} {local:%b %Y}"


def days(period: Period) -> str:
    """Return the first and last day of a period.

    >>> days(Period(date(2026, 10, 1), date(2026, 10, 31))), days(Period(date(2026, 10, 1), date(2026, 10, 1)))
    ('1 Oct to 31 Oct 2026', '1 Oct 2026')
    >>> days(Period(date(2025, 12, 1), date(2026, 1, 1)))
    '1 Dec 2025 to 1 Jan 2026'
    """
    first, last = period.first, period.last
    if first == last:
        return day(last)
    return f"{first.day} {first:%b} to {day(last)}" if first.year == last.year else f"{day(first)} to {day(last)}"


def during(period: Period) -> str:
    """Return the days of a period as an adverbial phrase.

    >>> during(Period(date(2026, 10, 1), date(2026, 10, 31))), during(Period(date(2026, 10, 1), date(2026, 10, 1)))
    ('from 1 Oct to 31 Oct 2026', 'on 1 Oct 2026')
    """
    return f"{'on' if period.first == period.last else 'from'} {days(period)}"


def clock_difference(ours: datetime, database: datetime) -> str:
    """Say how far this machine's clock is from the database's; empty while the difference is negligible."""
    if abs(ours - database) <= CLOCK_TOLERANCE:
        return ""
    way = "ahead of" if ours > database else "behind"
    return (
        f"This machine's clock is {duration(abs(ours - database))} {way} the database's, by which days are counted; "
        "set the wrong one right."
    )


def instant(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as local date and time.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 11, 3, 23, 5, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
    '4 Nov 2026, 00:05'
    """
    local = at.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"


def hours(number: float | None) -> str:
    """Return a duration that is given in hours.

    >>> hours(0.2), hours(7.25), hours(60), hours(None)
    ('12 minutes', '7.2 hours', '2.5 days', '–')
    """
    if number is None or math.isnan(number):
        return UNDEFINED
    if number < 1:
        return count(round(60 * number), "minute")
    return f"{number:.1f} hours" if number < 48 else f"{number / 24:.1f} days"


def duration(span: timedelta, at_least: int = 1) -> str:
    """Return a duration in whole units: the largest unit of which there are at least `at_least`.

    >>> duration(timedelta(hours=3, minutes=20)), duration(timedelta(seconds=40)), duration(timedelta(days=1))
    ('3 hours', '40 seconds', '1 day')
    >>> duration(timedelta(minutes=90), at_least=2)
    '90 minutes'
    """
    seconds = abs(span.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= at_least * size:
            return count(int(seconds // size), unit)
    return count(int(seconds), "second")


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago an instant was.

    >>> ago(datetime(2026, 10, 1, 9), datetime(2026, 10, 1, 12, 20)), ago(datetime(2026, 10, 1), datetime(2026, 10, 1))
    ('3 hours ago', 'just now')
    """
    return "just now" if now - then < timedelta(minutes=1) else f"{duration(now - then)} ago"


def listed(items: Iterable[str], last: str = "and") -> str:
    """Join items as an English list.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *others, end = items
    return f"{', '.join(others)} {last} {end}" if others else end


def read_period(text: str) -> Period:
    """Parse a period as written on the command line; raise ValueError with a sentence that explains the format.

    >>> read_period("2026-10-01..2026-10-31").last, len(read_period("2026-10-01"))
    (datetime.date(2026, 10, 31), 1)
    >>> len(read_period("2026-10-01:2026-10-02"))
    2
    """
    first, separator, last = text.partition("..")
    if not separator:
        first, separator, last = text.partition(":")  # how `--period` was written until version 0.1
    try:
        begins = date.fromisoformat(first)
        ends = date.fromisoformat(last) if separator else begins
    except ValueError:
        raise ValueError(f'"{text}" is not a period; write it as 2026-10-01..2026-10-31.') from None
    if ends < begins:
        raise ValueError(f'"{text}" ends before it begins; write {ends}..{begins}.')
    return Period(begins, ends)


def written(period: Period) -> str:
    """Return a period in the notation of the command line.

    >>> written(Period(date(2026, 10, 1), date(2026, 10, 31)))
    '2026-10-01..2026-10-31'
    """
    return f"{period.first}..{period.last}"


def _scaled(value: float, scale: Scale, sign: str = "") -> str:
    return f"{scale.factor * value:{sign}.{scale.digits}f}"


def _unit(size: str, scale: Scale) -> str:
    """Return the unit of a difference: in the singular for one, else in the plural."""
    return "" if not scale.unit else scale.unit + ("" if size.lstrip("+−") == "1.0" else "s")


def _signed_interval(low: float, high: float, scale: Scale) -> str:
    return f"95% interval {signed_points(low, scale)} to {signed_points(high, scale)}"


def _minus(number: str) -> str:
    """Return a number with a typographic minus sign, and zero without a sign."""
    return number.lstrip("+-") if not number.strip("+-0.%") else number.replace("-", "−")


def superseded(number: int, of: str = "") -> str:
    """Say how many documents do not count because each file counts once.

    >>> superseded(1, "of the period")
    '1 document of the period does not count, because a newer one is about the same file (MONITOR_COUNT_FILES_ONCE).'
    """
    documents, do = count(number, "document"), "does" if number == 1 else "do"
    return (
        f"{documents}{of and f' {of}'} {do} not count, because a newer one is about the same file "
        "(MONITOR_COUNT_FILES_ONCE)."
    )
