"""Periods as people write them: one notation for the sidebar, the web address, settings and the command line."""

import re
from datetime import date

from monitor_core.contract.calendar import END_DAY, FIRST_DAY, NAMED, NUMBER_OF_DAYS, Period, preset
from monitor_core.contract.wording import days, read_period, written

ALL = "all"  # from the first document to today
UP_TO_TODAY = ("today", "7d", "30d", "90d", ALL)  # that are offered first
HOW = f"{', '.join([*NAMED, ALL])}, a number of days up to today such as 14d, or 2026-10-01..2026-10-31"
IN_DAYS = re.compile(r"(\d+)-?d(ays?)?")


def notation(text: str) -> str:
    """Return the one notation of a period: a name, a number of days, "all", or its first and last day.

    Raise ValueError with a sentence that says how to write it.

    >>> notation("Last month"), notation("14 days"), notation("2026-10-01")
    ('last-month', '14d', '2026-10-01..2026-10-01')
    """
    name = re.sub(r"[\s_-]+", "-", text.strip().lower())
    name = IN_DAYS.sub(r"\1d", name) if IN_DAYS.fullmatch(name) else name
    if name == ALL or name in NAMED or NUMBER_OF_DAYS.fullmatch(name):
        return name
    if not text.strip()[:4].isdigit():  # no year
        raise ValueError(f'"{text}" is not a period; write {HOW}.')
    return written(_counted(read_period(text.strip())))


def _counted(period: Period) -> Period:
    for day in (period.first, period.last):
        counted_day(day)
    return period


def counted_day(day: date) -> date:
    """Return the day; raise ValueError if the monitor does not count it."""
    if day < FIRST_DAY:
        raise ValueError(f"{day} is before {FIRST_DAY}, the first day that the monitor counts.")
    if day >= END_DAY:
        raise ValueError(f"{day} is not before {END_DAY}, where the days that the monitor counts end.")
    return day


def is_fixed(name: str) -> bool:
    """Return whether a period in the one notation has the same days whatever the day is.

    >>> is_fixed("2026-10-01..2026-10-31"), is_fixed("7d")
    (True, False)
    """
    return ".." in name


def period_on(name: str, today: date) -> Period:
    """Return the days of a period in the one notation, but for "all", which depends on the documents."""
    return read_period(name) if is_fixed(name) else preset(name, today)


def title(name: str) -> str:
    """Return a period in the one notation as a choice reads.

    >>> title("last-month"), title("14d"), title("2026-10-01..2026-10-31")
    ('last month', '14d', '1 Oct to 31 Oct 2026')
    """
    return days(read_period(name)) if is_fixed(name) else name.replace("-", " ")
