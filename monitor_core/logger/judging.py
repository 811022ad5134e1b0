"""Judgement of the alert rules on the history, with the resulting alerts and events.

A rule's `judged_through` is advanced after its alerts are written; judging a day twice gives the same result.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from monitor_core.alerting.evaluation import bases, evaluate
from monitor_core.alerting.facts import Facts
from monitor_core.alerting.judgement import AlertChange, Judgement, oldest_day, withdrawal
from monitor_core.alerting.rules import Rule
from monitor_core.contract.calendar import ONE_DAY, local_day
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports.facts import facts, restarts_of


@dataclass(frozen=True)
class Judged:
    """The result of judging the rules once."""

    rules: int  # judged
    waiting: tuple[str, ...]  # rules that wait for the history to be whole
    transitions: int


class Judge:
    """The judge of all enabled rules, of which those judged longest ago come first."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.book = Rulebook(store)
        self.alerts = Alerts(store)

    def evaluate_all(self, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> Judged:
        """Judge the rules on today and on the days since each was last judged; repeating this changes nothing."""
        self.alerts.create_indexes()
        self.book.seed(now)
        self.alerts.publish()
        rules = [rule for rule in self.book.rules() if rule.enabled]
        unusable = {rule.name for rule in self.book.unusable() if rule.enabled}  # their alerts stay as they are
        transitions = self._withdraw({rule.name for rule in rules} | unusable, now)
        judged, waiting = 0, list[str]()
        rules = self._due(rules, now)
        if rules:
            through, judged_at = self._judged_through(now), self.book.judged_at()
            history = self._facts(rules, through, now)
            restarts = restarts_of(self.store, history)
            for rule in sorted(rules, key=lambda rule: judged_at[rule.name]):
                if not goes_on() and judged:  # one at least, or a history that is long to read would leave none
                    break
                if any(history.missing[basis] for basis in bases(rule)):
                    waiting.append(rule.name)
                    continue
                transitions += self._judge(rule, history, restarts(rule), through[rule.name], now)
                judged += 1
        self.alerts.publish()
        self.alerts.forget(now)
        return Judged(judged, tuple(waiting), transitions)

    def _due(self, rules: list[Rule], now: datetime) -> list[Rule]:
        """Return the rules that have a day to judge, or an open alert that a corrected label may undo.

        Rules that judge whole days mostly have not: the long history that they need is then not read.
        """
        through, yesterday = self.book.judged_through(), local_day(now, self.settings.zone) - ONE_DAY
        alerted = {alert.rule for alert in self.alerts.open_alerts()}
        waiting = [
            rule
            for rule in rules
            if rule.compares and not rule.opens_early and through[rule.name] == yesterday and rule.name not in alerted
        ]
        self.book.note_nothing_to_judge([rule.name for rule in waiting], now)
        return [rule for rule in rules if rule not in waiting]

    def _judged_through(self, now: datetime) -> dict[str, date | None]:
        """Return the last whole day that each rule was judged on; None: it is judged for the first time.

        Future days were judged by a clock that was ahead; they will be judged again once they are over.
        """
        yesterday = local_day(now, self.settings.zone) - ONE_DAY
        return {name: min(day, yesterday) if day else None for name, day in self.book.judged_through().items()}

    def _facts(self, rules: list[Rule], through: dict[str, date | None], now: datetime) -> Facts:
        """Return the facts of the days since the rules were judged, and of the days that open alerts rest on."""
        grounds = (alert.grounds_on for alert in self.alerts.open_alerts() if alert.grounds_on)
        first = min([*(day or date.min for day in through.values()), *grounds])
        alerts = self.alerts.alert_days([rule.name for rule in rules if rule.compares])
        return facts(self.store, rules, max(first, self._oldest(now)), now, alerts)

    def _oldest(self, now: datetime) -> date:
        return oldest_day(local_day(now, self.settings.zone))

    def _judge(self, rule: Rule, history: Facts, restarts: set[date], through: date | None, now: datetime) -> int:
        """Update the rule's alerts; return the number of their transitions.

        A rule, or a version of it, that was never judged is judged back, as far as after an outage.
        """
        first = max(through + ONE_DAY if through else history.begins(bases(rule)) or date.max, self._oldest(now))
        stored = self.alerts.of_rule(rule.name, date.min if rule.compares else first)
        judgement = Judgement(rule, stored, now, self.settings.zone, history.model_changes, through is None)
        evaluations = judgement.judge(
            first, lambda day, alerts: evaluate(rule, history, day, restarts=restarts, alerts=alerts)
        )
        for change, notified_of in judgement.changed():
            if not self._write(rule, change, notified_of):
                return 0  # another logger has written the alert: the next run begins with what that wrote
        self.book.note_judged(rule.name, judgement.today - ONE_DAY, evaluations, now)
        return judgement.transitions

    def _write(self, rule: Rule | None, change: AlertChange, notified_of: str | None) -> bool:
        label = change.after.label
        class_name = None if label is None else self.settings.class_name(label)
        return self.alerts.write(change.before, change.after, change.events(rule, class_name, notified_of))

    def _withdraw(self, enabled: set[str], now: datetime) -> int:
        """Close the alerts of rules that are disabled or removed."""
        changes = [withdrawal(alert, now) for alert in self.alerts.of_other_rules(enabled)]
        return sum(self._write(None, change, change.news) for change in changes)
