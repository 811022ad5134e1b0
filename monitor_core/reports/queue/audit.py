"""The audit of some days: its plans, its predictions that wait for review, and the accuracy estimated from it."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, local_day, start_of, stretches
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import NOT_REVIEWED, Sample, Selection
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import (
    AuditCounts,
    AuditPlan,
    audited_accuracy,
    plan_on,
    ranges_and_probabilities,
)
from monitor_core.scores.delays import hours_of_reviews
from monitor_core.scores.raking import Estimate

DAYS_BEFORE = 60  # whose predictions and reviews a plan, and the typical time to review, are computed from
LARGEST_SHARE = 0.5  # of an audit: beyond it, review everything
ASSUMES_CHANCE = "chance alone decided which of them are reviewed for it"


@dataclass(frozen=True)
class AuditReport:
    """The audit of a selection's days."""

    selection: Selection  # by prediction day
    plans: tuple[AuditPlan, ...]  # that are in force on any of the days
    days: Period | None  # complete days with an audit, which the estimate is about; None if there are none
    waiting: tuple[Sample, ...]  # the audit's predictions of all days that are not reviewed, the oldest first
    drawn: int  # predictions of the audit, of all days
    estimate: Estimate  # of the complete days
    counts: AuditCounts  # of the complete days
    delay_hours: float  # within which 90% of the latest reviews were made

    @property
    def in_force(self) -> bool:
        return bool(self.plans)

    @property
    def is_headline(self) -> bool:
        """Return whether the estimate is about all days of the period but those at its end that are incomplete."""
        return self.days is not None and not self.estimate.refused and self.days.first <= self.selection.period.first

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
        of = f"{wording.count(e.predictions, 'prediction')} made {wording.during(self.days)}"
        if e.refused:
            return f"The accuracy over all {of} cannot be estimated from the audit, because {e.refused}."
        value = wording.estimate(e.value, e.low, e.high)
        return (
            f"The accuracy over all {of} is estimated at {value} from the {e.samples:,} reviewed of the audit, for "
            f"{ASSUMES_CHANCE}."
        )


def audit_report(store: Store, selection: Selection, now: datetime) -> AuditReport:
    """Return the audit of the selection's period and segments, from the documents as they are now."""
    selection = replace(selection, basis="predicted")
    plans = AuditPlans(store).read()
    period = selection.period
    of_days = {day: plan for day in period.days if (plan := plan_on(plans, day))}
    in_force = tuple(dict.fromkeys(of_days.values()))
    delay = _typical_delay(store, now) if in_force else 0.0
    complete = _complete_days(list(of_days), now - timedelta(hours=delay), store)
    tally = _Tally(in_force, complete)
    for sample, day in _samples(store, selection, of_days):
        tally.add(sample, day, of_days[day])
    counts = tally.counts()
    waiting = tuple(sorted(tally.waiting, key=_age))
    return AuditReport(selection, in_force, complete, waiting, tally.drawn, audited_accuracy(counts), counts, delay)


def change_share(store: Store, share: float, by: str, now: datetime, since: date | None = None) -> AuditPlan:
    """Store a plan with another share of predictions, and return it.

    It begins today or, where an audit is in force, tomorrow, for membership on a day never changes; `since`: another
    day, which may be past if no audit was in force from then on.
    """
    if not 0 <= share <= LARGEST_SHARE:
        raise MonitorError(f"The audit's share is from 0 to {LARGEST_SHARE:.0%} of the predictions, not {share:.0%}.")
    plans, today = AuditPlans(store), local_day(now, store.settings.zone)
    stored = plans.read()
    begins = _first_day(since, today, stored)
    before = Period(today - timedelta(days=DAYS_BEFORE - 1), today)
    days = store.counts.by_day(Selection(before, "predicted"))
    salt = stored[-1].salt if stored else secrets.token_hex(16)  # the same: a larger share keeps who was drawn
    plan = AuditPlan(begins, salt, share, *ranges_and_probabilities(days, share), by, now)
    plans.add(plan)
    return plan


def _first_day(since: date | None, today: date, stored: Sequence[AuditPlan]) -> date:
    """Return the first day of a further plan: not one that had an audit."""
    earliest = today + ONE_DAY if plan_on(stored, today) else max((plan.since for plan in stored), default=since)
    if since and earliest and since < earliest:
        raise MonitorError(
            f"The audit's members of a day never change afterwards, and it has had some on days from "
            f"{wording.day(stored[0].since)} on: another share can begin on {wording.day(earliest)} at the earliest."
        )
    return max(since or today, earliest or today)


def plan_in_words(plan: AuditPlan) -> str:
    """Say which share a plan draws, since when, and by whom it was made."""
    by = f" (set by {plan.by})" if plan.by else ""
    since = wording.day(plan.since)
    if not plan.share:
        return f"The audit ends with the predictions before {since}{by}."
    drawn = f"The audit draws {wording.percent(plan.share)} of the predictions made from {since} on{by}"
    if not plan.is_by_confidence:
        return f"{drawn}, of every confidence alike."
    low, high = (wording.percent(of(plan.probabilities)) for of in (min, max))
    return f"{drawn}: by confidence {low} to {high}, more where the model was more often wrong."


def name_of_sample(sample: Sample) -> str:
    """Return what the audit knows a sample by: its file name or, without one, its id."""
    return sample.file or str(sample.id)


def chances(plan: AuditPlan, sample: Sample) -> str:
    """Say how probable it was that the plan draws the sample.

    The share is that of predictions of about the same confidence.
    """
    place = plan.range_of(sample.confidence)
    share = wording.percent(plan.probabilities[place])
    if not plan.is_by_confidence:
        return f"drawn by chance, as {share} of all predictions are"
    if place == 0:
        return f"drawn by chance, as {share} of the predictions without confidence are"
    low, high = (0, *plan.bounds, 200)[place - 1 : place + 1]
    return f"drawn by chance, as {share} of the predictions with a confidence of {low / 2:g}–{high / 2:g}% are"


def _age(sample: Sample) -> tuple[datetime, str]:
    assert sample.predicted_at is not None  # noqa: S101 - it is what the search went by
    return sample.predicted_at, sample.file


def _samples(store: Store, selection: Selection, of_days: dict[date, AuditPlan]) -> Iterator[tuple[Sample, date]]:
    """Yield the samples of days with an audit, each with its local day of prediction."""
    if not of_days:
        return
    within = Period(min(of_days), max(of_days))
    for sample in Search(store, replace(selection, period=within)).all():
        if sample.predicted_at is not None and (day := local_day(sample.predicted_at, store.settings.zone)) in of_days:
            yield sample, day


def _typical_delay(store: Store, now: datetime) -> float:
    """Return the hours within which 90% of the latest reviews were made; 0 without reviews."""
    today = local_day(now, store.settings.zone)
    days = Period(today - timedelta(days=DAYS_BEFORE - 1), today)
    return hours_of_reviews(store.counts.by_day(Selection(days, "validated")))["90%"] or 0.0


def _complete_days(days: Sequence[date], until: datetime, store: Store) -> Period | None:
    """Return the last consecutive days with an audit that are complete."""
    over = [day for day in days if start_of(day + ONE_DAY, store.settings.zone) <= until]
    return stretches(over)[-1] if over else None


class _Tally:
    """The audit's predictions, counted by plan and range."""

    def __init__(self, plans: Sequence[AuditPlan], complete: Period | None) -> None:
        self.starts: dict[AuditPlan, int] = {}
        self.probability: list[float] = []
        for plan in plans:
            self.starts[plan] = len(self.probability)
            self.probability += plan.probabilities
        self.complete = complete
        self.rows = np.zeros((4, len(self.probability)), np.int64)  # predictions, drawn, reviewed, right
        self.waiting: list[Sample] = []
        self.drawn = 0

    def add(self, sample: Sample, day: date, plan: AuditPlan) -> None:
        is_drawn = plan.draws(name_of_sample(sample), sample.confidence)
        is_reviewed = is_drawn and sample.outcome != NOT_REVIEWED
        self.drawn += is_drawn
        if is_drawn and not is_reviewed:
            self.waiting.append(sample)
        if self.complete and self.complete.first <= day <= self.complete.last:
            place = self.starts[plan] + plan.range_of(sample.confidence)
            self.rows[:, place] += (1, is_drawn, is_reviewed, is_reviewed and sample.outcome == "right")

    def counts(self) -> AuditCounts:
        return AuditCounts(np.array(self.probability), *self.rows)
