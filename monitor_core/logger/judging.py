"""Watch: judges the rules on the performance history, and keeps the alerts and what happened to them.

An alert is one document, and so is a run's whole effect on it: its state and its transitions are written at once, and
only if nobody else has written it since it was read. The transitions are then copied to monitor_alert_events, each by
its own id. So two workers, or one that dies anywhere, make each alert and each event once. A rule's `judged_through`
is moved on after its alerts: what is judged again says the same again.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from monitor_core.alerting.evaluation import Evaluation, bases, begins, evaluate
from monitor_core.alerting.facts import Facts, last_before, table
from monitor_core.alerting.lifecycle import Alert, Transition, advance, rejudge, withdrawn
from monitor_core.alerting.rules import Rule, rule_from
from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, Selection, local_day, start_of
from monitor_core.logger.history import History
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.predictions import Store
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.reports.training import training_counts
from monitor_core.scores.counts import DayCounts

MOST_DAYS_BACK = 92  # after an outage; what is older interests nobody any more
LATE = timedelta(hours=24)  # after the end of a day: then nobody looked when it should have been seen
KEPT = timedelta(days=730)  # closed alerts, and events
MOST_EVALUATIONS = 100  # kept of a rule's last look: of each class, the firing ones first
PAGES: dict[str, str] = {"score": "/metrics", "drift": "/drift", "distance": "/drift", "now": "/"}
ALERT = TypeAdapter(Alert)
EVALUATIONS = TypeAdapter(list[Evaluation])


@dataclass(frozen=True)
class Judged:
    """What one look came to."""

    rules: int  # judged
    waiting: tuple[str, ...]  # rules that wait for the history to be whole
    transitions: int


@dataclass(frozen=True)
class Latest:
    """What a rule said last."""

    rule: Rule
    at: datetime
    evaluations: tuple[Evaluation, ...]


@dataclass
class Change:
    """What a run does to one alert."""

    before: Alert | None  # as it was read
    after: Alert
    transitions: list[tuple[int, Transition, Evaluation]]

    @property
    def is_late(self) -> bool:
        return any(transition.late and transition.is_told for _, transition, _ in self.transitions)

    @property
    def news(self) -> str | None:
        """The event that somebody may have to hear of.

        Of what began and ended in one run only what was found late: there was nothing to be done.
        """
        is_news = self.is_late or self.before is not None or self.after.is_open
        told = [number for number, transition, _ in self.transitions if transition.is_told]
        return f"{self.after.id}#{told[-1]}" if told and is_news else None


class Watch:
    """The collections monitor_alerts and monitor_alert_events; the rules are in `book`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.book = Rulebook(store)
        self.history = History(store)
        self.alerts = store.database["monitor_alerts"]
        self.events = store.database["monitor_alert_events"]

    @answered
    def create_indexes(self) -> None:
        of_one = [("rule", 1), ("label", 1)]
        self.alerts.create_index(of_one, name="one_open", unique=True, partialFilterExpression={"open": True})
        self.alerts.create_index("closed_at")
        self.events.create_index([("alert", 1), ("at", 1)])
        self.events.create_index("at")
        self.events.create_index("notified", partialFilterExpression={"notified": False})

    # ---- what is known

    def facts(self, rules: Iterable[Rule], first: date, now: datetime, live: bool = False) -> Facts:
        """What judging these rules needs on each day from `first` until now.

        `live`: count today's documents if the history does not have them yet.
        """
        rules, today = list(rules), local_day(now, self.settings.zone)
        asked = {c.metric for rule in rules for c in rule.conditions}
        retrainings = tuple(one.day for one in Annotations(self.store).read(["retraining"]))
        first_days = {basis: self.store.first_day(basis) for basis in _all_bases(rules)}
        found: dict[Basis, dict[date, DayCounts]] = {}
        spans: dict[Basis, Period] = {}
        for basis, first_day in first_days.items():
            asking = [rule for rule in rules if basis in bases(rule)]
            start = min(begins(r, first, last_before(retrainings, first - timedelta(r.readiness_days))) for r in asking)
            spans[basis] = Period(min(max(start, first_day or today, self._oldest(today)), today), today)
            found[basis] = self.history.read(basis, spans[basis])
            if live and today not in found[basis]:
                found[basis][today] = self._count(basis, today)
        waiting = self.store.waiting() if "worker_lag_seconds" in asked else None
        lag = (now - (waiting.oldest_review_at or now)).total_seconds() if waiting else None
        return Facts(
            {basis: table(spans[basis], days) for basis, days in found.items()},
            whole_through=today - ONE_DAY,
            first_day=first_days,
            class_names=self.settings.class_names,
            training=lambda: training_counts(self.settings, self.store).counts,
            retrainings=retrainings,
            worker_lag_seconds=lag,
            undated=self._undated(rules, today) if "undated_documents" in asked else {},
            missing={basis: len(spans[basis]) - len({*days, today}) for basis, days in found.items()},
        )

    def _oldest(self, today: date) -> date:
        kept = self.settings.history_days
        return max(today - timedelta(kept - 1), FIRST_DAY) if kept else FIRST_DAY

    def _count(self, basis: Basis, day: date) -> DayCounts:
        selection = Selection(Period(day, day), basis)
        return self.store.days(selection)[0]

    def _undated(self, rules: list[Rule], today: date) -> dict[Basis, int]:
        names: dict[Basis, str] = {"validated": "undated_review", "predicted": "undated_prediction"}
        return {
            basis: self.store.counts(Selection(Period(today, today), basis)).excluded[names[basis]]
            for basis in {rule.basis for rule in rules}
        }

    def _restarts(self, facts: Facts) -> Callable[[Rule], set[date]]:
        of_rule = self.book.restarts()
        return lambda rule: {*of_rule.get(rule.name, []), *facts.retrainings}

    # ---- judging

    def evaluate_all(
        self, now: datetime, goes_on: Callable[[], bool] = lambda: True, seconds: float | None = None
    ) -> Judged:
        """Judge every enabled rule on the days since its last judgement and on today; `seconds`: begin no rule after.

        Doing it twice does it once.
        """
        began = time.monotonic()
        self.create_indexes()
        self.book.seed(now)
        self._publish()
        rules = [rule for rule in self.book.rules() if rule.enabled]
        done = self._withdraw({rule.name for rule in rules}, now)
        judged, waiting = 0, []
        if rules:
            through, open_alerts, longest_ago = self._judged_through(now), self._open(), self._judged_at()
            first = min([*through.values(), *(a.grounds_on for a in open_alerts if a.grounds_on)])
            facts = self.facts(rules, max(first, self._back(now)), now)
            restarts = self._restarts(facts)
            for rule in sorted(rules, key=lambda rule: longest_ago[rule.name]):
                if not goes_on() or (seconds is not None and time.monotonic() - began >= seconds):
                    break
                if any(facts.missing[basis] for basis in bases(rule)):
                    waiting.append(rule.name)
                    continue
                done += self._judge(rule, facts, restarts(rule), through[rule.name], now)
                judged += 1
        self._publish()
        self._forget(now)
        return Judged(judged, tuple(waiting), done)

    def _back(self, now: datetime) -> date:
        return local_day(now, self.settings.zone) - timedelta(MOST_DAYS_BACK)

    @answered
    def _judged_through(self, now: datetime) -> dict[str, date]:
        """The last day that each rule was judged on when it was over; a new rule begins with today."""
        yesterday = local_day(now, self.settings.zone) - ONE_DAY
        found = self.book.current.find({}, {"judged_through": 1})
        known = {one["_id"]: one.get("judged_through") for one in found}
        return {name: date.fromisoformat(day) if day else yesterday for name, day in known.items()}

    @answered
    def _judged_at(self) -> dict[str, datetime]:
        """Those that a look had no time for are first in the next one."""
        found = self.book.current.find({}, {"evaluated_at": 1})
        return {one["_id"]: one.get("evaluated_at") or datetime.min.replace(tzinfo=UTC) for one in found}

    @answered
    def _open(self) -> list[Alert]:
        return [read_alert(found) for found in self.alerts.find({"open": True})]

    @answered
    def _judge(self, rule: Rule, facts: Facts, restarts: set[date], through: date, now: datetime) -> int:
        """The rule's alerts through the days; how many transitions that made."""
        today = local_day(now, self.settings.zone)
        first = max(through + ONE_DAY, self._back(now))
        since = {"$gte": first.isoformat()}
        known = {"$or": [{"open": True}, {"settled_on": since}, {"evaluation.day": since}]}
        run = _Run(rule, [read_alert(found) for found in self.alerts.find({"rule": rule.name} | known)], now)
        run.rejudge(lambda day: evaluate(rule, facts, day, restarts) if day >= self._back(now) else [])
        evaluations: list[Evaluation] = []
        for day in Period(min(first, today), today).days:
            whole = day < today
            if whole and rule.of_this_moment:
                continue
            late = whole and now - start_of(day + ONE_DAY, self.settings.zone) > LATE
            evaluations = evaluate(rule, facts, day, restarts)
            run.judge(day, evaluations, late, whole)
        if not self._write(rule, run):
            return 0  # somebody else has written one of them: the next look begins with what he wrote
        kept = sorted(evaluations, key=lambda one: not one.fires)[:MOST_EVALUATIONS]
        self.book.current.update_one(
            {"_id": rule.name},
            {
                "$max": {"judged_through": (today - ONE_DAY).isoformat()},
                "$set": {"evaluated_at": now, "evaluations": [plain(one) for one in kept]},
            },
        )
        return sum(len(change.transitions) for change in run.changes.values())

    def _write(self, rule: Rule, run: "_Run") -> bool:
        """Each changed alert with its transitions, in the order of their opening: one must close before the next."""
        changes = sorted(run.changes.values(), key=lambda one: one.after.opened_on)
        # Of one rule and class only the last event is told: after an outage one message, not thirty.
        told = {change.after.label: change.news for change in changes if change.news}
        for change in changes:
            events = [
                self._event(rule, change.after, *one, told.get(change.after.label), change.is_late)
                for one in change.transitions
            ]
            if change.after != change.before and not self._write_one(change, events):
                return False
        return True

    def _write_one(self, change: Change, events: list[Document]) -> bool:
        before, after = change.before, replace(change.after, changes=change.after.changes + 1)
        document = alert_document(after)
        if before is None:
            try:
                self.alerts.insert_one({"_id": after.id} | document | {"unpublished": events})
            except DuplicateKeyError:
                return False
            return True
        unchanged = {"_id": after.id, "changes": before.changes}
        written = {"$set": document, "$push": {"unpublished": {"$each": events}}}
        return bool(self.alerts.update_one(unchanged, written).matched_count)

    def _event(
        self,
        rule: Rule | None,
        alert: Alert,
        number: int,
        transition: Transition,
        evaluation: Evaluation,
        told: str | None,
        late: bool,
    ) -> Document:
        """`told`: the event that somebody is to hear of."""
        event_id, sentence = f"{alert.id}#{number}", transition.sentence
        late = late and told == event_id
        if late:
            end = f", and resolved on {evaluation.day}" if transition.state == "resolved" else ""
            sentence = f"Found late, nobody looked: it rang on {alert.opened_on}{end}. {sentence}"
        return {
            "_id": event_id,
            "alert": alert.id,
            "at": transition.at,
            "rule": alert.rule,
            "title": alert.title,
            "severity": alert.severity,
            "label": alert.label,
            "class_name": None if alert.label is None else self.settings.class_name(alert.label),
            "kind": "found late" if late else transition.kind,
            "before": transition.before,
            "state": transition.state,
            "sentence": sentence,
            "link": link(rule, evaluation.period) if rule else "/",
            "notified": False if told == event_id else None,  # None: nobody is to hear of it
            **{k: v for k, v in plain(evaluation).items() if k not in ("label", "sentence", "status")},
        }

    @answered
    def _publish(self) -> None:
        """Copy the transitions that are only in their alerts yet."""
        for found in self.alerts.find({"unpublished.0": {"$exists": True}}, {"unpublished": 1}):
            for event in found["unpublished"]:
                self.events.update_one({"_id": event["_id"]}, {"$setOnInsert": event}, upsert=True)
            ids = [event["_id"] for event in found["unpublished"]]
            self.alerts.update_one({"_id": found["_id"]}, {"$pull": {"unpublished": {"_id": {"$in": ids}}}})

    @answered
    def _withdraw(self, enabled: set[str], now: datetime) -> int:
        """Close the alerts of rules that are gone."""
        closed = 0
        for found in self.alerts.find({"open": True, "rule": {"$nin": sorted(enabled)}}):
            alert = read_alert(found)
            after, transition = withdrawn(alert, "The rule was disabled or removed.", now)
            change = Change(alert, after, [(after.transitions, transition, after.evaluation)])
            event = self._event(None, after, *change.transitions[0], change.news, False)
            closed += self._write_one(change, [event])
        return closed

    @answered
    def _forget(self, now: datetime) -> None:
        self.alerts.delete_many({"closed_at": {"$lt": now - KEPT}})
        self.events.delete_many({"at": {"$lt": now - KEPT}})

    # ---- looking without writing

    def check(self, rules: Iterable[Rule], now: datetime, period: Period | None = None) -> dict[str, list[Evaluation]]:
        """What each rule says now, or of a period as its window; by name."""
        rules = [self._over(rule, period) for rule in rules]
        if not rules:
            return {}
        day = min(period.last, local_day(now, self.settings.zone)) if period else local_day(now, self.settings.zone)
        facts = self.facts(rules, day, now, live=True)
        restarts = self._restarts(facts)
        return {rule.name: self._evaluated(rule, facts, day, restarts(rule)) for rule in rules}

    def _over(self, rule: Rule, period: Period | None) -> Rule:
        return rule.model_copy(update={"window_days": min(len(period), 366)}) if period else rule

    def _evaluated(self, rule: Rule, facts: Facts, day: date, restarts: set[date]) -> list[Evaluation]:
        missing = max(facts.missing[basis] for basis in bases(rule))
        if not missing:
            return evaluate(rule, facts, day, restarts)
        text = (
            f"The performance history lacks {missing} of the days that the rule needs: let the worker make them, or "
            "run `python -m monitor_core history rebuild`."
        )
        return [Evaluation(None, day, "check failed", text, Period(day, day))]

    def test(self, rule: Rule, period: Period, now: datetime) -> list[tuple[date, list[Evaluation]]]:
        """What the rule would have said on each day of the past, by what is known today; days to come left out."""
        today = local_day(now, self.settings.zone)
        if period.first > today:
            return []
        period = Period(period.first, min(period.last, today))
        facts = self.facts([rule], period.first, now, live=True)
        restarts = self._restarts(facts)(rule)
        return [(day, self._evaluated(rule, facts, day, restarts)) for day in period.days]

    @answered
    def latest(self) -> list[Latest]:
        """What each enabled rule said when the worker looked last."""
        found = self.book.current.find({"removed": False, "rule.enabled": True, "evaluated_at": {"$ne": None}})
        return [
            Latest(
                rule_from(one["rule"]),
                one["evaluated_at"],
                tuple(EVALUATIONS.validate_python(one.get("evaluations", []))),
            )
            for one in found.sort("_id", 1)
        ]


class _Run:
    """One rule's alerts in the making."""

    def __init__(self, rule: Rule, known: list[Alert], now: datetime) -> None:
        self.rule, self.now = rule, now
        self.stored = {alert.id: alert for alert in known}
        self.open = {alert.label: alert for alert in known if alert.is_open}
        self.closed = {alert.id: alert for alert in known if not alert.is_open}
        self.settled: dict[int | None, date] = {}  # the last whole day that an earlier run has judged, or gone beyond
        for alert in known:
            days = [alert.evaluation.day - ONE_DAY, self.settled.get(alert.label), alert.settled_on]
            self.settled[alert.label] = max(day for day in days if day)
        self.changes: dict[str, Change] = {}

    def rejudge(self, evaluated: Callable[[date], list[Evaluation]]) -> None:
        for day in sorted({alert.grounds_on for alert in self.open.values() if alert.grounds_on}):
            for again in evaluated(day):
                alert = self.open.get(again.label)
                if alert:
                    self._take(*rejudge(self.rule, alert, again, self.now), again)

    def judge(self, day: date, evaluations: list[Evaluation], late: bool, whole: bool) -> None:
        for evaluation in self._completed(day, evaluations):
            label = evaluation.label
            if whole and label in self.settled and day <= self.settled[label]:
                continue  # another worker has, or this one did, and died before it could say so
            current = self.open.get(label)
            if current is None:
                fresh = Alert(self.rule.name, label, "", "", "resolved", day, self.now, evaluation)
                current = self.closed.get(fresh.id)
            alert, transition = advance(self.rule, current, evaluation, self.now, late, whole)
            if alert:
                self._take(alert, transition, evaluation)

    def _completed(self, day: date, evaluations: list[Evaluation]) -> Iterator[Evaluation]:
        """And of the open alerts that no evaluation is about."""
        yield from evaluations
        failed = next((one for one in evaluations if one.status == "check failed"), None)
        told = {one.label for one in evaluations}
        for label, alert in list(self.open.items()):
            if label in told:
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


def _all_bases(rules: list[Rule]) -> set[Basis]:
    return set().union(*(bases(rule) for rule in rules))


def link(rule: Rule, period: Period) -> str:
    """Path and query of the app's view of what a rule saw."""
    query = [("period", "custom"), ("range", period.first), ("range", period.last)]
    return f"{PAGES.get(rule.conditions[0].what.kind, '/')}?" + urlencode([*query, ("basis", BASES[rule.basis].title)])


def plain(value: Any) -> Any:
    """As MongoDB keeps it: dates as text, instants as they are, dataclasses as documents."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return [plain(one) for one in value] if isinstance(value, tuple | list) else value


def alert_document(alert: Alert) -> Document:
    return cast(Document, plain(alert)) | {"open": alert.is_open}


def read_alert(found: Document) -> Alert:
    return ALERT.validate_python({f.name: found[f.name] for f in fields(Alert) if f.name in found})
