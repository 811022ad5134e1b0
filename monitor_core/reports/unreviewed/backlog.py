"""The backlog: predictions waiting for review, by age, inside and outside the period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pandas as pd

from monitor_core.contract.calendar import Period
from monitor_core.scores.counts import DayCounts

AGES = (0, 1, 2, 7, 14, 30, 90, 365)  # days since the prediction, from which an age of the backlog begins
IN_PERIOD, OUTSIDE = "predicted in the period", "predicted before or after it"


@dataclass(frozen=True)
class Backlog:
    """The predictions waiting for review, over all days up to today."""

    table: pd.DataFrame  # age, place (in the period or outside), from, waiting; one row each
    oldest: date | None
    undated: int  # predictions without a usable date, reviewed or not: of no age

    @property
    def waiting(self) -> int:
        return int(self.table["waiting"].sum())

    @property
    def waiting_in_period(self) -> int:
        return int(self.table.loc[self.table["place"] == IN_PERIOD, "waiting"].sum())


def backlog(days: dict[date, DayCounts], period: Period, today: date, undated: int) -> Backlog:
    """Return the predictions waiting for review by age, separately for the period; `undated` ones have no age."""
    waiting = {day: counts.not_reviewed for day, counts in days.items() if counts.not_reviewed and day <= today}
    inside = {day: period.first <= day <= period.last for day in waiting}
    rows = [
        (name, place, begins, sum(count for day, count in waiting.items() if inside[day] is within and day in of_age))
        for name, begins, of_age in _ages(waiting, today)
        for place, within in ((IN_PERIOD, True), (OUTSIDE, False))
    ]
    table = pd.DataFrame(rows, columns=["age", "place", "from", "waiting"])
    return Backlog(table, min(waiting, default=None), undated)


def _ages(waiting: Iterable[date], today: date) -> list[tuple[str, int, set[date]]]:
    """Group days by age; return each group's name, lowest age in days, and days."""
    ages = {day: (today - day).days for day in waiting}
    return [
        (
            age_name(begins, ends),
            begins,
            {day for day, age in ages.items() if begins <= age and (age < (ends or age + 1))},
        )
        for begins, ends in pairwise([*AGES, None])
        if begins is not None
    ]


def age_name(begins: int, ends: int | None) -> str:
    """Return the name of an age group in days, from `begins` up to but excluding `ends`.

    >>> age_name(0, 1), age_name(1, 2), age_name(2, 7), age_name(365, None)
    ('today', '1 day', '2–6 days', '365 days and more')
    """
    if begins == 0:
        return "today"
    if ends is None:
        return f"{begins} days and more"
    return "1 day" if ends == begins + 1 else f"{begins}–{ends - 1} days"
