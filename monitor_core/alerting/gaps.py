"""Typical gaps: how long predictions or reviews usually stay away, as over a weekend."""

import math
from datetime import date

import numpy as np

from monitor_core.contract.wording import count
from monitor_core.drift.reference import WEEK
from monitor_core.scores.confusion import Ints

LEARNED_DAYS = 60
OFTEN = 6  # gaps up to the same weekday, of which the longest is taken for an outage


def days_without(documents: Ints) -> Ints:
    """Return how many days each day ends without documents, itself included; 0 on a day with some, shape (days,).

    >>> days_without(np.array([0, 3, 0, 0, 5])).tolist()
    [1, 0, 1, 2, 0]
    """
    days = np.arange(len(documents))
    last = np.maximum.accumulate(np.where(documents > 0, days, -1))
    return days - last


def typical_gap(documents: Ints) -> int:
    """Return the longest typical gap up to the weekday of the last day, given the documents of each day.

    It is the longest of the last LEARNED_DAYS before the present gap, by weekday: a gap of two days may be typical on a
    Sunday and not on a Thursday. Of OFTEN gaps or more it is the second longest, so that no outage becomes typical.
    """
    filled = np.flatnonzero(documents)
    if not len(filled):
        return 0
    gaps, last = days_without(documents), len(documents) - 1
    same_weekday = np.arange(last - WEEK, max(-1, last - WEEK - LEARNED_DAYS), -WEEK)
    lengths = gaps[same_weekday[(same_weekday <= filled[-1]) & (same_weekday > filled[0])]]
    longest = np.sort(lengths)[::-1]
    return int(longest[1] if len(longest) >= OFTEN else max(longest, default=0))


def gap_in_words(days: int, noun: str, typical: int, allowed: float, day: date) -> str:
    """Say how long nothing came, and how long is typical up to the day's weekday, or what is allowed if that is longer.

    >>> gap_in_words(2, "predictions", 3, 3, date(2026, 11, 29))
    '2 days without predictions; the longest typical gap up to a Sunday is 3 days.'
    >>> gap_in_words(2, "predictions", 0, 1, date(2026, 11, 26))
    '2 days without predictions; up to 1 day is allowed, and there is usually no gap up to a Thursday.'
    >>> gap_in_words(0, "reviews", 0, 3, date(2026, 11, 26))
    'No whole day has passed without reviews.'
    """
    if not days:
        return f"No whole day has passed without {noun}."
    without, weekday = f"{count(days, 'day')} without {noun}", f"{day:%A}"
    longest = f"the longest typical gap up to a {weekday} is {count(typical, 'day')}"
    if allowed <= typical:
        return f"{without}; {longest}."
    is_allowed = f"up to {count(math.ceil(allowed), 'day')} {'is' if allowed <= 1 else 'are'} allowed"
    return f"{without}; {is_allowed}, and {longest if typical else f'there is usually no gap up to a {weekday}'}."


def gap_days(threshold: float) -> int:
    """Return how many days back the typical gaps are learned, beyond a gap that may still last."""
    return LEARNED_DAYS + 2 * WEEK + math.ceil(threshold) + 2
