"""The review budget: the reviews that it takes to find a fall of accuracy or to measure it; how long today's take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from monitor_core.alerting.references import NO_ALERTS, AlertsOf, alerted_days
from monitor_core.contract import wording
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period
from monitor_core.drift.accuracy import CLASS_FLOOR
from monitor_core.drift.forecast import (
    MOST_VOLUME,
    VOLUME_DAYS,
    can_forecast,
    days_to_prove,
    days_to_prove_by_class,
    reviews_for_interval,
    reviews_to_prove,
)
from monitor_core.drift.reference import WEEK, Reference
from monitor_core.drift.rules import BY_KEY
from monitor_core.drift.series import Reviews
from monitor_core.drift.series import reviews as reviews_of
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.store import Store
from monitor_core.scores.daily import daily_table

ACCURACY = BY_KEY["accuracy"].alert.name
DROPS = (2, 5, 10)  # percentage points of accuracy
WITHIN = (7, 14, 30)  # days in which they would be found
HALF_WIDTHS, MEASURED_DAYS = (5, 2, 1), 30  # percentage points of an interval, and days of the accuracy
NO_ALARM = "never: the rule fires from 5 on"
OVER_A_YEAR, NOT_POSSIBLE = "over a year", f"over {MOST_VOLUME:.0f} times as many"
BUDGET_HELP = (
    "Found after: days until the accuracy rule fires, at today's volume. Within so many days: the reviews a day with "
    "which it fires in time. Both are approximate: about half of such falls are found sooner. A fall by 2 percentage "
    "points is the smallest for which it fires, and may take far longer."
)


@dataclass(frozen=True)
class Budget:
    """The time to find a fall of accuracy at today's volume, and the reviews a day that would find it sooner."""

    reviews_a_day: float  # in the last four weeks
    table: pd.DataFrame  # one row a fall, in words; empty while the accuracy rule has no reference
    of_intervals: str  # reviews a day for an interval of some width; empty while there is no reference

    @property
    def is_learning(self) -> bool:
        return self.table.empty


def read_budget(store: Store, today: date) -> Budget:
    """Return the budget by the stored days before `today`, by review date."""
    stored = store.history.read("validated", Period(FIRST_DAY, today - ONE_DAY))
    if not stored:
        return Budget(0.0, pd.DataFrame(), "")
    table = daily_table(Period(min(stored), max(stored)), stored, store.settings.class_names)
    names = [store.settings.class_name(label) for label in table.labels]
    alerts = Alerts(store).alert_days([ACCURACY]).get(ACCURACY, NO_ALERTS)
    return review_budget(reviews_of(table), forecast_reference(alerts, max(stored)), names)


def forecast_reference(alerts: AlertsOf, last: date) -> Reference:
    """Return the reference of forecasts on the last day: that of the accuracy rule, without the days of its alerts."""
    return replace(Reference(), alerted=alerted_days(alerts.get(None, ()), last, WEEK))


def review_budget(reviews: Reviews, reference: Reference, names: Sequence[str], preset: str = "balanced") -> Budget:
    """Return the budget; `names`: those of the classes, in the labels' order."""
    a_day = float(reviews.n[-VOLUME_DAYS:].mean())
    if not can_forecast(reviews, reference):
        return Budget(a_day, pd.DataFrame(), "")
    rows = [_row(drop, reviews, reference, names, preset) for drop in DROPS]
    return Budget(a_day, pd.DataFrame(rows), _of_intervals(reviews, reference))


def _row(drop: int, reviews: Reviews, reference: Reference, names: Sequence[str], preset: str) -> dict[str, str]:
    overall = days_to_prove(drop, reviews, reference, preset)
    by_class = days_to_prove_by_class(drop, reviews, reference, preset)
    needed = {within: reviews_to_prove(drop, within, reviews, reference, preset) for within in WITHIN}
    return {
        "Fall by": f"{drop} percentage points",
        "Found after": _days(overall),
        "In one class alone": NO_ALARM if drop < 100 * CLASS_FLOOR else _of_classes(by_class, names),
        **{f"Within {within} days": _reviews(of) for within, of in needed.items()},
    }


def _days(days: int | None) -> str:
    return OVER_A_YEAR if days is None else wording.count(days, "day")


def _of_classes(days: Sequence[int | None], names: Sequence[str]) -> str:
    """Return the time of the class that is found soonest, and of the one that is found last."""
    order = sorted(range(len(days)), key=lambda at: (days[at] is None, days[at] or 0))
    if not order or days[order[0]] is None:
        return OVER_A_YEAR
    soonest, latest = order[0], order[-1]
    if days[soonest] == days[latest]:
        return _days(days[soonest])
    return f"{_days(days[soonest])} ({names[soonest]}) to {_days(days[latest])} ({names[latest]})"


def _reviews(number: float | None) -> str:
    return NOT_POSSIBLE if number is None else f"{np.ceil(number):,.0f}"


def _of_intervals(reviews: Reviews, reference: Reference) -> str:
    needed = {points: reviews_for_interval(points, MEASURED_DAYS, reviews, reference) for points in HALF_WIDTHS}
    parts = [f"±{points} with {np.ceil(number):,.0f}" for points, number in needed.items() if number is not None]
    few = [f"±{points}" for points, number in needed.items() if number is None]
    accuracy = f"The 95% interval of the accuracy over {MEASURED_DAYS} days"
    measured = f"{accuracy} is about {wording.listed(parts)} reviews a day" if parts else ""
    beyond = f"{accuracy} cannot be {wording.listed(few, 'or')}, because days differ too much" if few else ""
    return " ".join(f"{sentence}." for sentence in (measured, beyond) if sentence)
