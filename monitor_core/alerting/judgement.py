"""The alerts of a rule over several days of evaluations: their changes and events. Independent of the database."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event, EventKind, evidence_link
from monitor_core.alerting.lifecycle import (
    Alert,
    Mark,
    Transition,
    accept,
    advance,
    days_of_alert,
    outlived,
    rejudge,
    withdrawn,
)
from monitor_core.alerting.references import AlertDays, AlertsOf
from monitor_core.alerting.rules import Rule
from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, local_day, start_of

MOST_DAYS_BACK = 92  # after an outage; older days are of no interest any more
LATE = timedelta(hours=24)  # after the end of a day: no logger was running when it should have been judged
Evaluate = Callable[[date, AlertsOf], list[Evaluation]]


@dataclass
class AlertChange:
    """The change of one alert in one run."""

    before: Alert | None  # as it was read; None: it is new
    after: Alert
    transitions: list[tuple[int, Transition, Evaluation]]
    at_first_sight: bool = False  # of the rule, or of a new version of it

    @property
    def is_late(self) -> bool:
        return any(transition.late and transition.is_notified for _, transition, _ in self.transitions)

    @property
    def news(self) -> str | None:
        """Return the id of the event that people may be notified of; None if there is none.

        An alert that opens and is resolved within one run is notified only if it was found late: otherwise nobody could
        have acted on it. What was over before the rule was there is no news either.
        """
        is_news = self.is_late or self.before is not None or self.after.is_open
        numbers = [number for number, transition, _ in self.transitions if transition.is_notified]
        return f"{self.after.id}#{numbers[-1]}" if numbers and is_news else None

    def events(self, rule: Rule | None, class_name: str | None, notified_of: str | None) -> list[Event]:
        """Return one event for each transition; `notified_of`: the id of the event that people are notified of."""
        return [self._event(rule, class_name, notified_of, *transition) for transition in self.transitions]

    def _event(
        self,
        rule: Rule | None,
        class_name: str | None,
        notified_of: str | None,
        number: int,
        transition: Transition,
        evaluation: Evaluation,
    ) -> Event:
        alert, event_id, sentence = self.after, f"{self.after.id}#{number}", transition.sentence
        is_notified, kind = notified_of == event_id, transition.kind
        if is_notified and self.at_first_sight and alert.state == "firing":
            kind = EventKind.FOUND_AT_START
            sentence = f"Found at the start: the rule has fired since {wording.day(alert.opened_on)}. {sentence}"
        if is_notified and self.is_late:
            kind = EventKind.FOUND_LATE
            resolved = f" and was resolved on {wording.day(evaluation.day)}" if transition.state == "resolved" else ""
            fired = f"the rule fired on {wording.day(alert.opened_on)}{resolved}"
            sentence = f"Found late, because the logger did not judge it in time: {fired}. {sentence}"
        return Event(
            id=event_id,
            alert=alert.id,
            at=transition.at,
            rule=alert.rule,
            title=alert.title,
            severity=alert.severity,
            label=alert.label,
            class_name=class_name,
            kind=kind,
            before=transition.before,
            state=transition.state,
            day=evaluation.day,
            sentence=sentence,
            period=evaluation.period,
            link=evidence_link(rule, evaluation.period) if rule else "/",
            value=evaluation.value,
            low=evaluation.low,
            high=evaluation.high,
            threshold=evaluation.threshold,
            samples=evaluation.samples,
            statistic=evaluation.statistic,
            notified=False if is_notified else None,
        )


class Judgement:
    """The alerts of one rule while they are judged; `stored` are those in the database.

    `changes`: the days of retrainings and deployments, which end the alerts of a rule that compares.
    `at_first_sight`: the rule, or this version of it, is judged for the first time. What fires was then not found late.
    """

    def __init__(
        self,
        rule: Rule,
        stored: list[Alert],
        now: datetime,
        zone: ZoneInfo,
        changes: Collection[date] = (),
        at_first_sight: bool = False,
    ) -> None:
        self.rule, self.now, self.zone, self.at_first_sight = rule, now, zone, at_first_sight
        self.model_changes = changes if rule.compares else ()
        self.today = local_day(now, zone)
        self.stored = {alert.id: alert for alert in stored}
        self.open = {alert.label: alert for alert in stored if alert.is_open}
        self.closed = {alert.id: alert for alert in stored if not alert.is_open}
        self.settled: dict[int | None, date] = {}  # the last whole day that an earlier run has judged, by class
        for alert in stored:
            days = [alert.evaluation.day - ONE_DAY, self.settled.get(alert.label), alert.settled_on]
            over = [day for day in days if day and day < self.today]  # a day to come was settled by a wrong clock
            if over:
                self.settled[alert.label] = max(over)
        self.changes: dict[str, AlertChange] = {}

    def judge(self, first: date, evaluate: Evaluate) -> list[Evaluation]:
        """Judge again the days that open alerts rest on, then each day from `first`.

        Return the evaluations of today or, of a rule that judges whole days, of the last day that is over.
        """
        self._rejudge(evaluate)
        latest: list[Evaluation] = []
        for day in Period(min(first, self.today), self.today).days:
            if day < self.today and self.rule.of_this_moment:
                continue
            evaluations = evaluate(day, self.alert_days())
            if evaluations:  # none: the rule judges whole days, and today is not over
                self.take(day, evaluations)
                latest = evaluations
        return latest or evaluate(self.today - ONE_DAY, self.alert_days())

    def alert_days(self) -> AlertsOf:
        """Return the days of all alerts so far, by class."""
        alerts = {**self.stored, **{alert_id: change.after for alert_id, change in self.changes.items()}}
        days: dict[int | None, tuple[AlertDays, ...]] = {}
        for alert in alerts.values() if self.rule.compares else ():
            if of_alert := days_of_alert(alert, self.zone):
                days[alert.label] = (*days.get(alert.label, ()), of_alert)
        return days

    def changed(self) -> list[tuple[AlertChange, str | None]]:
        """Return each changed alert, and the id of the event that people are notified of for its rule and class.

        The alerts are in the order of their opening, because one must be closed before the next opens. People are
        notified only of the last event of a rule and class: one message after an outage, not thirty.
        """
        changes = sorted(self.changes.values(), key=lambda change: change.after.opened_on)
        news = {change.after.label: change.news for change in changes if change.news}
        return [(change, news.get(change.after.label)) for change in changes if change.after != change.before]

    @property
    def transitions(self) -> int:
        return sum(len(change.transitions) for change in self.changes.values())

    def _rejudge(self, evaluate: Evaluate) -> None:
        oldest = oldest_day(self.today)
        for day in sorted({alert.grounds_on for alert in self.open.values() if alert.grounds_on}):
            for again in evaluate(day, self.alert_days()) if day >= oldest else []:
                alert = self.open.get(again.label)
                if alert:
                    self._change(*rejudge(self.rule, alert, again, self.now), again)

    def take(self, day: date, evaluations: list[Evaluation]) -> None:
        """Advance the alerts by the evaluations of a day."""
        self._end_outlived(day)
        whole = day < self.today
        late = whole and not self.at_first_sight and self.now - start_of(day + ONE_DAY, self.zone) > LATE
        for evaluation in self._completed(day, evaluations):
            label = evaluation.label
            if whole and label in self.settled and day <= self.settled[label]:
                continue  # another logger has judged it, or this one did, and died before it could note it
            current = self.open.get(label)
            if current is None:
                fresh = Alert(self.rule.name, label, "", self.rule.severity, "resolved", day, self.now, evaluation)
                current = self.closed.get(fresh.id)
            alert, transition = advance(self.rule, current, evaluation, self.now, late, whole)
            if alert:
                self._change(alert, transition, evaluation)

    def _end_outlived(self, day: date) -> None:
        """Close the alerts that opened before the model was changed; what still fires opens another."""
        for alert in list(self.open.values()):
            later = [change for change in self.model_changes if alert.opened_on < change <= day]
            if later:
                self._change(*outlived(alert, max(later), self.now), alert.evaluation)

    def _completed(self, day: date, evaluations: list[Evaluation]) -> Iterator[Evaluation]:
        """Yield the evaluations, followed by one for each open alert that has none among them."""
        yield from evaluations
        failed = next((evaluation for evaluation in evaluations if evaluation.status == "check failed"), None)
        labels = {evaluation.label for evaluation in evaluations}
        for label, alert in list(self.open.items()):
            if label in labels:
                continue
            if failed:
                yield replace(failed, label=label)
            elif label is None or not self.rule.of_every_class:
                text = "The rule has changed: it is now judged for other classes."
                yield replace(alert.evaluation, day=day, status="ok", sentence=text)
            else:
                text = "The class no longer occurs."
                yield replace(alert.evaluation, day=day, status="no data", sentence=text)

    def _change(self, alert: Alert, transition: Transition | None, evaluation: Evaluation) -> None:
        before = self.stored.get(alert.id)
        if before is None and self.at_first_sight:
            alert = replace(alert, found_at_start=True)
        change = self.changes.setdefault(alert.id, AlertChange(before, alert, [], self.at_first_sight))
        change.after = alert
        if alert.is_open:
            self.open[alert.label] = alert
        else:
            self.open.pop(alert.label, None)
            self.closed[alert.id] = alert
        if transition:
            change.transitions.append((alert.transitions, transition, evaluation))


def oldest_day(today: date) -> date:
    """Return the first day that is still judged after an outage."""
    return today - timedelta(MOST_DAYS_BACK)


def acceptance(alert: Alert, mark: Mark, zone: ZoneInfo) -> AlertChange:
    """Return the closing of an alert whose days a person calls the new normal."""
    after, transition = accept(alert, mark, zone)
    return AlertChange(alert, after, [(after.transitions, transition, after.evaluation)])


def withdrawal(alert: Alert, now: datetime) -> AlertChange:
    """Return the closing of an alert whose rule no longer exists."""
    after, transition = withdrawn(alert, "The rule was disabled or removed.", now)
    return AlertChange(alert, after, [(after.transitions, transition, after.evaluation)])
