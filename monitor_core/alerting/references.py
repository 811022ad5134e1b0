"""The reference of a rule on a day: days of its own alerts are in none, until a person calls them the new normal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from monitor_core.alerting.facts import Facts
from monitor_core.alerting.rules import Rule
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period
from monitor_core.drift.reference import Reference


@dataclass(frozen=True, slots=True)
class AlertDays:
    """The days of an alert, as far as references depend on them."""

    opened_on: date
    last: date | None = None  # the last whole day on which the rule fired; None: the alert is open
    accepted_on: date | None = None  # the day on which a person called it the new normal


AlertsOf = Mapping[int | None, tuple[AlertDays, ...]]  # a rule's alerts by class; None: of all classes
NO_ALERTS: AlertsOf = MappingProxyType({})


def accepted_since(alerts: Iterable[AlertDays], day: date) -> date | None:
    """Return the day from which on everything is normal, by what people have said up to `day`; None: nobody has."""
    accepted = (alert.opened_on for alert in alerts if alert.accepted_on and alert.accepted_on <= day)
    return max(accepted, default=None)


def alerted_days(alerts: Iterable[AlertDays], day: date, gap: int) -> tuple[Period, ...]:
    """Return the days that are in no reference of `day`: those of alerts, and those before the new normal.

    The reference of the opening day ends a gap before it and stays so while the alert is open.
    """
    alerts = tuple(alerts)
    begin = accepted_since(alerts, day)
    periods = [] if begin is None else [Period(FIRST_DAY, begin - ONE_DAY)]
    for alert in alerts:
        if alert.accepted_on is None or alert.accepted_on > day:
            periods.append(Period(alert.opened_on - timedelta(gap - 1), alert.last or date.max))
    return tuple(sorted(periods, key=lambda period: period.first))


def reference_on(rule: Rule, facts: Facts, day: date, gap: int, alerts: Iterable[AlertDays] = ()) -> Reference:
    """Return the reference of a rule on a day. `gap`: days, including this one, that are not yet part of it.

    The new normal takes the place of a fixed period, and of the training set's counts.
    """
    alerts, retrained = tuple(alerts), facts.retrained_before(day)
    begin, alerted = accepted_since(alerts, day), alerted_days(alerts, day, gap)
    anchor = facts.anchor(rule.basis, max(filter(None, (retrained, begin)), default=None))
    reference = rule.reference.resolved(retrained, gap, anchor)
    if reference.kind in ("period", "training") and begin:
        reference = Reference("trailing", reference.length, gap, None, None, reference.excluded, reference.weekends)
    return replace(reference, alerted=alerted)


def counted_back(day: date, count: int, alerted: Iterable[Period]) -> date:
    """Return the first of so many days before `day` that are not those of alerts.

    >>> counted_back(date(2026, 3, 20), 10, [Period(date(2026, 3, 12), date(2026, 3, 15))])
    datetime.date(2026, 3, 6)
    """
    first = day
    for period in sorted(alerted, key=lambda period: period.last, reverse=True):
        room = (first - period.last).days - 1
        if room >= count:
            break
        count -= max(room, 0)
        if period.first <= FIRST_DAY:
            return min(first, period.last + ONE_DAY)
        first = min(first, period.first)
    return first - timedelta(count)
