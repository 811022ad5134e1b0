"""A rule's alerts through days of evaluations: which of them change, and what of that is an event. No database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event, EventKind, link
from monitor_core.alerting.lifecycle import Alert, Transition, advance, rejudge, withdrawn
from monitor_core.alerting.rules import Rule
from monitor_core.contract.calendar import ONE_DAY, Period, local_day, start_of

MOST_DAYS_BACK = 92  # after an outage; what is older interests nobody any more
LATE = timedelta(hours=24)  # after the end of a day: then nobody looked when it should have been seen
Evaluate = Callable[[date], list[Evaluation]]


@dataclass
class Change:
    """What one look does to one alert."""

    before: Alert | None  # as it was read
    after: Alert
    transitions: list[tuple[int, Transition, Evaluation]]

    @property
    def is_late(self) -> bool:
        return any(transition.late and transition.is_notified for _, transition, _ in self.transitions)

    @property
    def news(self) -> str | None:
        """Return the event that people may have to be notified of.

        Of what began and ended in one look only what was found late: there was nothing to be done.
        """
        is_news = self.is_late or self.before is not None or self.after.is_open
        numbers = [number for number, transition, _ in self.transitions if transition.is_notified]
        return f"{self.after.id}#{numbers[-1]}" if numbers and is_news else None

    def events(self, rule: Rule | None, class_name: str | None, notified_of: str | None) -> list[Event]:
        """Return one event a transition; `notified_of`: the one that people are notified of."""
        return [self._event(rule, class_name, notified_of, *one) for one in self.transitions]

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
        is_late = self.is_late and notified_of == event_id
        if is_late:
            end = f", and resolved on {evaluation.day}" if transition.state == "resolved" else ""
            sentence = f"Found late, nobody looked: it rang on {alert.opened_on}{end}. {sentence}"
        return Event(
            id=event_id,
            alert=alert.id,
            at=transition.at,
            rule=alert.rule,
            title=alert.title,
            severity=alert.severity,
            label=alert.label,
            class_name=class_name,
            kind=EventKind.FOUND_LATE if is_late else transition.kind,
            before=transition.before,
            state=transition.state,
            day=evaluation.day,
            sentence=sentence,
            period=evaluation.period,
            link=link(rule, evaluation.period) if rule else "/",
            value=evaluation.value,
            low=evaluation.low,
            high=evaluation.high,
            threshold=evaluation.threshold,
            samples=evaluation.samples,
            statistic=evaluation.statistic,
            notified=False if notified_of == event_id else None,
        )


class Judgement:
    """One rule's alerts in the making: `known` are those that the database has."""

    def __init__(self, rule: Rule, known: list[Alert], now: datetime, zone: ZoneInfo) -> None:
        self.rule, self.now, self.zone = rule, now, zone
        self.today = local_day(now, zone)
        self.stored = {alert.id: alert for alert in known}
        self.open = {alert.label: alert for alert in known if alert.is_open}
        self.closed = {alert.id: alert for alert in known if not alert.is_open}
        self.settled: dict[int | None, date] = {}  # the last whole day that an earlier look has judged, or gone beyond
        for alert in known:
            days = [alert.evaluation.day - ONE_DAY, self.settled.get(alert.label), alert.settled_on]
            self.settled[alert.label] = max(day for day in days if day)
        self.changes: dict[str, Change] = {}

    def judge(self, first: date, evaluate: Evaluate) -> list[Evaluation]:
        """Judge the grounds of the open alerts again, then each day from `first` on; return today's evaluations."""
        self._rejudge(evaluate)
        evaluations: list[Evaluation] = []
        for day in Period(min(first, self.today), self.today).days:
            whole = day < self.today
            if whole and self.rule.of_this_moment:
                continue
            evaluations = evaluate(day)
            self._judge_day(day, evaluations, whole)
        return evaluations

    def changed(self) -> list[tuple[Change, str | None]]:
        """Each changed alert in the order of their opening, for one must close before the next is open.

        With the event that people are notified of: of one rule and class only the last; after an outage one message,
        not thirty.
        """
        changes = sorted(self.changes.values(), key=lambda one: one.after.opened_on)
        news = {change.after.label: change.news for change in changes if change.news}
        return [(one, news.get(one.after.label)) for one in changes if one.after != one.before]

    @property
    def transitions(self) -> int:
        return sum(len(change.transitions) for change in self.changes.values())

    def _rejudge(self, evaluate: Evaluate) -> None:
        oldest = oldest_day(self.today)
        for day in sorted({alert.grounds_on for alert in self.open.values() if alert.grounds_on}):
            for again in evaluate(day) if day >= oldest else []:
                alert = self.open.get(again.label)
                if alert:
                    self._take(*rejudge(self.rule, alert, again, self.now), again)

    def _judge_day(self, day: date, evaluations: list[Evaluation], whole: bool) -> None:
        late = whole and self.now - start_of(day + ONE_DAY, self.zone) > LATE
        for evaluation in self._completed(day, evaluations):
            label = evaluation.label
            if whole and label in self.settled and day <= self.settled[label]:
                continue  # another logger has, or this one did, and died before it could say so
            current = self.open.get(label)
            if current is None:
                fresh = Alert(self.rule.name, label, "", self.rule.severity, "resolved", day, self.now, evaluation)
                current = self.closed.get(fresh.id)
            alert, transition = advance(self.rule, current, evaluation, self.now, late, whole)
            if alert:
                self._take(alert, transition, evaluation)

    def _completed(self, day: date, evaluations: list[Evaluation]) -> Iterator[Evaluation]:
        """Yield them, and one of each open alert that none of them is about."""
        yield from evaluations
        failed = next((one for one in evaluations if one.status == "check failed"), None)
        labels = {one.label for one in evaluations}
        for label, alert in list(self.open.items()):
            if label in labels:
                continue
            if failed:
                yield replace(failed, label=label)
            elif label is None or not self.rule.of_every_class:
                yield replace(alert.evaluation, day=day, status="ok", sentence="The rule is judged otherwise now.")
            else:
                yield replace(
                    alert.evaluation, day=day, status="no data", sentence="The class does not occur any more."
                )

    def _take(self, alert: Alert, transition: Transition | None, evaluation: Evaluation) -> None:
        before = self.stored.get(alert.id)
        change = self.changes.setdefault(alert.id, Change(before, alert, []))
        change.after = alert
        if alert.is_open:
            self.open[alert.label] = alert
        else:
            self.open.pop(alert.label, None)
            self.closed[alert.id] = alert
        if transition:
            change.transitions.append((alert.transitions, transition, evaluation))


def oldest_day(today: date) -> date:
    """The first day that is still judged after an outage."""
    return today - timedelta(MOST_DAYS_BACK)


def withdrawal(alert: Alert, now: datetime) -> Change:
    """The end of an alert whose rule is gone."""
    after, transition = withdrawn(alert, "The rule was disabled or removed.", now)
    return Change(alert, after, [(after.transitions, transition, after.evaluation)])
