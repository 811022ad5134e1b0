"""Second opinions: the reviews of the audit that another person is asked for again, without seeing the first answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor_core.contract.calendar import local_day
from monitor_core.contract.selection import NOT_REVIEWED, Sample
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.reviewing.log import LoggedReview, ReviewLog
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import AuditReport, chances, name_of_sample
from monitor_core.reports.queue.informative import QueueEntry
from monitor_core.reports.queue.review_next import AUDIT, ReviewQueue
from monitor_core.scores.audit import AuditPlan, hashed, plan_on

WITHOUT_LOGIN = timedelta(days=1)  # after which anybody is asked, where nobody knows who is another person


@dataclass(frozen=True)
class ToReview:
    """A prediction that a person is asked to review, and its first review if this is a second opinion."""

    entry: QueueEntry
    first: LoggedReview | None = None


def to_review(store: Store, queue: ReviewQueue, name: str, who: str | None, now: datetime) -> tuple[ToReview, ...]:
    """Return what a person reviews of a list of the queue; `who`: their login, None without one.

    The second opinions are among the audit's predictions by their dates, so that nothing distinguishes them.
    """
    entries = [ToReview(entry) for entry in queue.lists[name]]
    if name == AUDIT:
        entries = sorted([*entries, *second_opinions(store, queue.audit, who, now)], key=_age)
    return tuple(entries)


def second_opinions(store: Store, audit: AuditReport, who: str | None, now: datetime) -> Iterator[ToReview]:
    """Yield the reviewed predictions of the audit that this person may be asked for."""
    if not (audit.in_force and store.settings.reviewing and store.settings.second_opinion):
        return
    zone, period = store.settings.zone, audit.selection.period
    for first in _latest(ReviewLog(store).read(since=period.bounds(zone)[0])):
        sample = first.sample
        day = local_day(sample.predicted_at, zone) if sample.predicted_at else None
        plan = plan_on(audit.plans, day) if day and period.first <= day <= period.last else None
        if plan and first.first is None and _is_another(first, who, now) and is_asked_twice(store, plan, sample):
            yield ToReview(QueueEntry(sample, (chances(plan, sample),)), first)


def is_asked_twice(store: Store, plan: AuditPlan, sample: Sample) -> bool:
    """Return whether a second opinion is asked for, which is a function of the file name, as the audit is."""
    name = name_of_sample(sample)
    is_drawn = hashed(f"{plan.salt} second opinion", name) < store.settings.second_opinion
    return is_drawn and plan.draws(name, sample.confidence)


def _latest(newest_first: list[LoggedReview]) -> Iterator[LoggedReview]:
    """Yield the latest review of each prediction."""
    seen = set[bytes]()
    for review in newest_first:
        if review.state == "done" and id_key(review.sample.id) not in seen:
            seen.add(id_key(review.sample.id))
            yield review


def _is_another(first: LoggedReview, who: str | None, now: datetime) -> bool:
    return now - first.at >= WITHOUT_LOGIN if who is None else who != first.by


def _age(of: ToReview) -> tuple[bool, float, str]:
    at = of.entry.sample.predicted_at
    return at is None, at.timestamp() if at else 0.0, of.entry.sample.file


def is_as_listed(of: ToReview, sample: Sample, held: object) -> bool:
    """Return whether nobody has reviewed it since the list was made."""
    if of.first:
        return held == of.first.after
    listed = of.entry.sample
    same = (listed.target, listed.outcome, listed.reviewed_at if listed.outcome != NOT_REVIEWED else None)
    return same == (sample.target, sample.outcome, sample.reviewed_at if sample.outcome != NOT_REVIEWED else None)
