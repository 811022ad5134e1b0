"""The audit of some days: its plans, its predictions that wait for review, and the accuracy estimated from it."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import NOT_REVIEWED, Sample, Selection
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.reviewing.tallies import name_in_audit, plans_of
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports.unreviewed.audited import AuditedAccuracy, read_audited_accuracy
from monitor_core.scores.audit import AuditPlan, plan_on, ranges_and_probabilities

PLANNED_FROM = 60  # days, whose predictions and reviews a plan is computed from
LARGEST_SHARE = 0.5  # of an audit: beyond it, review everything


@dataclass(frozen=True)
class AuditReport:
    """The audit of a selection's days."""

    selection: Selection  # by prediction day
    plans: tuple[AuditPlan, ...]  # that are in force on any of the days
    waiting: tuple[Sample, ...]  # the audit's predictions of all days that are not reviewed, the oldest first
    drawn: int  # predictions of the audit, of all days
    accuracy: AuditedAccuracy | None  # over all predictions of the complete days; None without an audit

    @property
    def in_force(self) -> bool:
        return bool(self.plans)


def audit_report(store: Store, selection: Selection, now: datetime) -> AuditReport:
    """Return the audit of the selection's period and segments; who waits is read from the documents as they are now."""
    selection = replace(selection, basis="predicted")
    of_days = plans_of(store, selection.period)
    waiting, drawn = list[Sample](), 0
    for sample, day in _samples(store, selection, of_days):
        if of_days[day].draws(name_of_sample(sample), sample.confidence):
            drawn += 1
            waiting += [sample] if sample.outcome == NOT_REVIEWED else []
    in_force = tuple(dict.fromkeys(of_days.values()))
    accuracy = read_audited_accuracy(store, selection, now=now)
    return AuditReport(selection, in_force, tuple(sorted(waiting, key=_age)), drawn, accuracy)


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
    before = Period(today - timedelta(days=PLANNED_FROM - 1), today)
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
    return name_in_audit(sample.file, sample.id)


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
