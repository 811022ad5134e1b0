"""The accuracy over all predictions, estimated from the audit alone: from predictions that chance drew for review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from math import nan

from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, local_day, start_of, stretches
from monitor_core.contract.moments import asked_once
from monitor_core.contract.selection import Selection
from monitor_core.mongo.reviewing.tallies import audit_by_day, plans_of
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import ASSUMES_CHANCE, AuditCounts, audit_counts, audited_accuracy
from monitor_core.scores.confusion import Ints
from monitor_core.scores.delays import hours_of_reviews
from monitor_core.scores.raking import Estimate

NOT_COUNTED = "the logger has not counted all of its days yet, or the documents of some are gone"
DAYS_BEFORE = 60  # whose reviews the typical time to review is computed from


@dataclass(frozen=True)
class AuditedAccuracy:
    """The accuracy over all predictions of the complete days of a period with an audit."""

    period: Period
    days: Period | None  # complete ones with an audit, which the estimate is about; None if there are none
    tables: Mapping[date, Ints]  # `DayCounts.audit` of these days
    delay_hours: float  # within which 90% of the latest reviews were made

    @cached_property
    def counts(self) -> AuditCounts:
        return audit_counts(self.tables.values())

    @cached_property
    def estimate(self) -> Estimate:
        counted = audited_accuracy(self.counts)
        if self.is_counted or self.days is None:
            return counted
        return Estimate(NOT_COUNTED, nan, nan, nan, counted.samples, counted.predictions)

    @property
    def is_counted(self) -> bool:
        """Return whether all complete days are counted: the logger may not have got to all of them."""
        return self.days is not None and len(self.tables) == len(self.days)

    def why_not(self, first: date) -> str:
        """Return why the estimate is not about all days from the first to the incomplete ones; empty if it is."""
        if self.days is None:
            return "it has no complete day in the period yet"
        if first < self.days.first:
            return f"it draws predictions only from {wording.day(self.days.first)} on"
        return self.estimate.refused

    def of(self, days: Period) -> Estimate | None:
        """Return the estimate of some days without the incomplete ones at their end; None if there is none."""
        if self.days is None or not self.is_counted or not self.days.first <= days.first <= self.days.last:
            return None
        estimate = audited_accuracy(audit_counts(table for day, table in self.tables.items() if day in days.days))
        return None if estimate.refused else estimate

    @property
    def sentence(self) -> str:
        """Say the accuracy over all predictions with its window, counts and interval, or why there is none."""
        if self.days is None:
            within = wording.hours(self.delay_hours)
            return (
                "The audit has no complete day in the period yet: a day is complete once the time has passed within "
                f"which 90% of the latest reviews were made ({within})."
            )
        e = self.estimate
        if e.refused == NOT_COUNTED:
            return f"The audit has no estimate yet, because {NOT_COUNTED}."
        of = f"{wording.count(e.predictions, 'prediction')} made {wording.during(self.days)}"
        if e.refused:
            return f"The accuracy over all {of} cannot be estimated from the audit, because {e.refused}."
        return f"{audited_in_words(of, e)}."


def audited_in_words(of: str, estimate: Estimate) -> str:
    """Say the accuracy over all predictions from the audit, without a full stop; `of`: how many, and when made."""
    value = wording.estimate(estimate.value, estimate.low, estimate.high)
    return (
        f"The accuracy over all {of} is estimated at {value} from the {estimate.samples:,} reviewed of the audit, for "
        f"{ASSUMES_CHANCE}"
    )


def read_audited_accuracy(
    store: Store, selection: Selection, exact: bool = False, now: datetime | None = None
) -> AuditedAccuracy | None:
    """Return the accuracy from the audit of the selection's days; None if there is no audit on any of them.

    `exact`: count all documents now.
    """
    plans = asked_once((store, "plans", selection.period), partial(plans_of, store, selection.period))
    if not plans:
        return None
    now = now or store.now()
    delay = asked_once((store, "typical delay"), partial(typical_delay, store, local_day(now, store.settings.zone)))
    days = _complete_days(list(plans), now - timedelta(hours=delay), store)
    of_days = {day: plans[day] for day in days.days} if days else {}
    return AuditedAccuracy(selection.period, days, audit_by_day(store, selection, of_days, exact), delay)


def typical_delay(store: Store, today: date) -> float:
    """Return the hours within which 90% of the latest reviews were made; 0 without reviews."""
    days = Period(today - timedelta(days=DAYS_BEFORE - 1), today)
    return hours_of_reviews(store.counts.by_day(Selection(days, "validated")))["90%"] or 0.0


def _complete_days(days: Sequence[date], until: datetime, store: Store) -> Period | None:
    """Return the last consecutive days with an audit that are complete."""
    over = [day for day in days if start_of(day + ONE_DAY, store.settings.zone) <= until]
    return stretches(over)[-1] if over else None
