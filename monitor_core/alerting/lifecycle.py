"""The life cycle of an alert: ok, pending, firing, resolved, by daily evaluations. Independent of clock and database.

A rule is judged on every day: provisionally while the day lasts, and finally once it is over; a rule that compares with
a reference mostly only then. `for_evaluations` counts days rather than runs, because the logger judges every two
minutes on nearly the same counts; days without data neither count nor interrupt. An alert opens as soon as today's
counts meet the conditions, and is resolved by a whole day on which the rule does not fire, so that it does not open and
close with each run; an alert of a rule about the current state (`Rule.settles_at_once`) is resolved at once. "No data"
and "check failed" neither close an alert nor reset its count of days.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import EventKind, Severity
from monitor_core.alerting.references import AlertDays
from monitor_core.alerting.rules import Rule
from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, local_day

State = Literal["pending", "firing", "no data", "check failed", "resolved"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's mark on an alert: who, when, and a text."""

    by: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of a rule, or of one class if the rule is about every class."""

    rule: str
    label: int | None
    title: str
    severity: Severity
    state: State
    opened_on: date  # the day that it is first about
    opened_at: datetime
    evaluation: Evaluation  # the last one
    days: int = 0  # in a row on which the rule fired
    counted_on: date | None = None  # the last of them
    grounds_on: date | None = None  # the last whole day on which the rule fired; a corrected label may undo it
    grounds_version: int = 0  # of the rule that fired on that day
    settled_on: date | None = None  # the last whole day that the alert has taken in
    fired_at: datetime | None = None  # None: not yet, or never
    closed_at: datetime | None = None
    found_late: bool = False
    found_at_start: bool = False  # when the rule, or a new version of it, was judged for the first time
    failed: bool = False  # it could not be checked for a time
    changes: int = 0  # of any kind, so that two loggers do not overwrite each other's
    transitions: int = 0
    acknowledged: Mark | None = None
    false_alarm: Mark | None = None
    accepted: Mark | None = None  # as the new normal, which ended the alert
    snoozed_until: datetime | None = None
    notes: tuple[Mark, ...] = ()

    @property
    def id(self) -> str:
        """The key of rule, class and opening day: firing again on that day continues the same alert."""
        of_class = [] if self.label is None else [str(self.label)]
        return "/".join([self.rule, *of_class, self.opened_on.isoformat()])

    @property
    def is_open(self) -> bool:
        return self.state != "resolved"


def days_of_alert(alert: Alert, zone: ZoneInfo) -> AlertDays | None:
    """Return the days that the alert keeps out of references; None if the rule has not fired on a whole day."""
    accepted_on = local_day(alert.accepted.at, zone) if alert.accepted else None
    if alert.is_open:
        return AlertDays(alert.opened_on) if alert.counted_on else None
    if alert.grounds_on is None and accepted_on is None:
        return None
    return AlertDays(alert.opened_on, alert.grounds_on or alert.opened_on, accepted_on)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of an alert's state."""

    kind: EventKind
    before: State | None  # None: the alert is new
    state: State
    at: datetime
    late: bool
    sentence: str

    @property
    def is_notified(self) -> bool:
        """Return whether people are notified of it; changes of a pending alert appear on the pages only."""
        return self.kind.is_notified


def advance(
    rule: Rule, alert: Alert | None, evaluation: Evaluation, now: datetime, found_late: bool = False, whole: bool = True
) -> tuple[Alert | None, Transition | None]:
    """Return the alert after one more evaluation, and its transition if its state changed.

    `alert`: the open one, or one that was opened on this day and resolved. `whole`: the day is over. `found_late`: the
    day has been over for so long that no logger was running when it should have been judged.
    """
    if alert is None or not alert.is_open:
        return _opened(rule, alert, evaluation, now, found_late, whole)
    alert = _with_evaluation(alert, evaluation, whole)
    if evaluation.status == "firing":
        return _fires(rule, alert, now, found_late, whole)
    if evaluation.status == "ok":
        never_fired = alert.state == "check failed" and alert.fired_at is None
        if not (whole or rule.settles_at_once or never_fired):
            return alert, None
        return _moved(alert, _ending(alert.state == "pending"), "resolved", now, found_late)
    if alert.state in ("pending", evaluation.status) or not (whole or evaluation.status == "check failed"):
        return alert, None
    return _moved(alert, EventKind(evaluation.status), evaluation.status, now, found_late)


def _with_evaluation(alert: Alert, evaluation: Evaluation, whole: bool) -> Alert:
    return replace(alert, evaluation=evaluation, settled_on=evaluation.day if whole else alert.settled_on)


def _opened(
    rule: Rule, closed: Alert | None, evaluation: Evaluation, now: datetime, found_late: bool, whole: bool
) -> tuple[Alert | None, Transition | None]:
    if evaluation.status not in ("firing", "check failed"):
        return closed, None
    new = Alert(rule.name, evaluation.label, rule.title, rule.severity, "resolved", evaluation.day, now, evaluation)
    if closed and closed.id == new.id:
        new = replace(closed, closed_at=None, days=0, counted_on=None, fired_at=None)
    new = _with_evaluation(new, evaluation, whole)
    if evaluation.status == "check failed":
        return _moved(new, EventKind.CHECK_FAILED, "check failed", now, found_late)
    return _fires(rule, new, now, found_late, whole)


def _fires(
    rule: Rule, alert: Alert, now: datetime, found_late: bool, whole: bool
) -> tuple[Alert | None, Transition | None]:
    day = alert.evaluation.day
    if alert.counted_on is None or day > alert.counted_on:
        alert = replace(alert, days=alert.days + 1, counted_on=day)
    if whole:
        alert = replace(alert, grounds_on=day, grounds_version=rule.version)
    if alert.state == "firing":
        return alert, None
    if alert.days < rule.for_evaluations and alert.fired_at is None:
        if alert.state == "pending":
            return alert, None
        return _moved(alert, EventKind.PENDING, "pending", now, found_late)
    alert = replace(alert, fired_at=alert.fired_at or now)
    return _moved(alert, EventKind.FIRING, "firing", now, found_late)


def _moved(
    alert: Alert, kind: EventKind, state: State, now: datetime, found_late: bool, sentence: str | None = None
) -> tuple[Alert, Transition]:
    before = alert.state if alert.transitions else None
    moved = replace(
        alert,
        state=state,
        closed_at=now if state == "resolved" else None,
        found_late=alert.found_late or found_late,
        failed=alert.failed or state == "check failed",
        transitions=alert.transitions + 1,
    )
    return moved, Transition(kind, before, state, now, found_late, sentence or alert.evaluation.sentence)


def rejudge(rule: Rule, alert: Alert, again: Evaluation, now: datetime) -> tuple[Alert, Transition | None]:
    """Return an open alert after the day it rests on, the last whole day on which the rule fired, was judged again.

    The verdict on a whole day changes only with its documents: a label is corrected, a document deleted or added late.
    """
    same = alert.grounds_on == again.day and alert.grounds_version == rule.version
    if not alert.is_open or not same or again.status != "ok":
        return alert, None
    fired_on = wording.day(again.day)
    text = f"Documents have changed since the rule fired on {fired_on}; it would not fire on them now. {again.sentence}"
    return _moved(replace(alert, evaluation=again), EventKind.REJUDGED, "resolved", now, False, text)


def accept(alert: Alert, mark: Mark, zone: ZoneInfo) -> tuple[Alert, Transition]:
    """Close an open alert because a person calls its days the new normal, with which the reference begins again."""
    yesterday = local_day(mark.at, zone) - ONE_DAY
    why = f": {mark.text}" if mark.text else ""
    text = (
        f"{mark.by} called this the new normal{why}. The reference begins again with {wording.day(alert.opened_on)}; "
        "the rule learns until it has enough days."
    )
    alert = replace(alert, accepted=mark, settled_on=max(yesterday, alert.settled_on or yesterday))
    return _moved(alert, EventKind.ACCEPTED, "resolved", mark.at, False, text)


def outlived(alert: Alert, change: date, now: datetime) -> tuple[Alert, Transition]:
    """Close an alert of a model that was retrained or deployed again on the day `change`."""
    text = f"A retraining or deployment on {wording.day(change)} ended the alert: it was about the model before."
    return _moved(alert, _ending(alert.fired_at is None), "resolved", now, False, text)


def withdrawn(alert: Alert, why: str, now: datetime) -> tuple[Alert, Transition]:
    """Close an alert whose rule was disabled or removed; `why` is the reason."""
    return _moved(alert, _ending(alert.fired_at is None), "resolved", now, False, why)


def _ending(never_fired: bool) -> EventKind:
    return EventKind.CALMED if never_fired else EventKind.RESOLVED
