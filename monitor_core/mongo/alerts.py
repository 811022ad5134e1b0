"""The alerts as people see and mark them, and the events that the notifier is to tell."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from monitor_core.alerting.lifecycle import Alert, Kind, Mark
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.errors import MonitorError
from monitor_core.logger.judging import plain, read_alert
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.predictions import Store
from monitor_core.mongo.rulebook import Rulebook

PAGE = 50  # alerts at a time
IS_NOTICED = ("firing", "no data", "check failed")  # states of an open alert that somebody should look at


@dataclass(frozen=True, slots=True)
class Event:
    """A change of an alert's state, with the figures of that moment: a document of monitor_alert_events."""

    id: str  # the alert's, #, its number
    alert: str
    at: datetime
    rule: str
    title: str
    severity: Literal["warning", "critical"]
    label: int | None  # a class
    class_name: str | None
    kind: Kind
    before: str | None  # states
    state: str
    day: date
    sentence: str
    value: float | None
    low: float | None  # of its 95 % interval
    high: float | None
    threshold: float | None
    samples: int
    period: Period
    link: str  # path and query of the app's view
    notified: bool | None  # None: nobody is to hear of it


@dataclass(frozen=True)
class Wanted:
    """Which alerts are asked for; None: whatever."""

    open: bool | None = None
    rule: str | None = None
    severity: str | None = None
    label: int | None = None
    since: date | None = None  # opened on this day or later
    threatened: bool = False  # with those that never fired


class Feed:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.book = Rulebook(store)
        self.documents = store.database["monitor_alerts"]
        self.happened = store.database["monitor_alert_events"]

    # ---- reading

    @answered
    def alerts(self, wanted: Wanted = Wanted(), page: int = 0) -> tuple[list[Alert], int]:
        """A page of them, the open ones first, the newest first, and how many there are."""
        asked = _filter(wanted)
        found = self.documents.find(asked).sort([("open", -1), ("opened_at", -1), ("_id", 1)])
        return [read_alert(one) for one in found.skip(page * PAGE).limit(PAGE)], self.documents.count_documents(asked)

    @answered
    def open_alerts(self) -> list[Alert]:
        """The critical ones first, the newest first."""
        found = [read_alert(one) for one in self.documents.find({"open": True}).sort([("opened_at", -1), ("_id", 1)])]
        return sorted(found, key=lambda alert: (alert.severity != "critical", alert.state == "pending"))

    @answered
    def open_count(self) -> dict[str, int]:
        """By severity, what somebody should look at: not what only threatens to fire."""
        asked = {"open": True, "state": {"$in": list(IS_NOTICED)}}
        return {
            severity: self.documents.count_documents(asked | {"severity": severity})
            for severity in ("warning", "critical")
        }

    @answered
    def alert(self, alert_id: str) -> Alert:
        found = self.documents.find_one({"_id": alert_id})
        if not found:
            raise MonitorError(f'There is no alert "{alert_id}"; `python -m monitor_core alerts list` names them.')
        return read_alert(found)

    @answered
    def events(self, alert_id: str) -> list[Event]:
        """All that happened to it, in order."""
        found = [_event(one) for one in self.happened.find({"alert": alert_id})]
        return sorted(found, key=lambda event: int(event.id.rpartition("#")[2]))

    # ---- marks

    def acknowledge(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """Somebody knows: it stays open, and is not repeated."""
        return self._mark(alert_id, {"$set": {"acknowledged": plain(Mark(by, now, text))}})

    def note(self, alert_id: str, text: str, by: str, now: datetime) -> Alert:
        return self._mark(alert_id, {"$push": {"notes": plain(Mark(by, now, text))}})

    def snooze(self, alert_id: str, until: datetime, by: str, now: datetime) -> Alert:
        """Nobody is told before then; what still holds is told afterwards."""
        note = plain(Mark(by, now, f"Snoozed until {until.astimezone(self.settings.zone):%Y-%m-%d %H:%M %Z}."))
        return self._mark(alert_id, {"$set": {"snoozed_until": until}, "$push": {"notes": note}})

    @answered
    def false_alarm(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """The evidence that accuracy is falling starts again from nothing; other rules go on as they are."""
        alert = self._mark(alert_id, {"$set": {"false_alarm": plain(Mark(by, now, text))}})
        self.book.restart(alert.rule, local_day(now, self.settings.zone))
        return alert

    @answered
    def _mark(self, alert_id: str, change: Document) -> Alert:
        self.documents.update_one({"_id": alert_id}, change | {"$inc": {"changes": 1}})
        return self.alert(alert_id)

    # ---- for the notifier

    @answered
    def events_to_notify(self, now: datetime) -> list[Event]:
        """What nobody has been told yet and may be told now, in order; `mark_notified` ends that.

        While a rule is muted or an alert snoozed, its events wait. Then its last one is told, if it still means
        something: what rang and was resolved meanwhile is told to nobody.
        """
        waiting = [_event(one) for one in self.happened.find({"notified": False})]
        waiting.sort(key=lambda event: (event.alert, event.at, int(event.id.rpartition("#")[2])))
        quiet, told = self._quiet(now), []
        for alert_id, group in groupby(waiting, key=lambda event: event.alert):
            events = list(group)
            if self._is_quiet(alert_id, events[-1].rule, quiet, now):
                continue
            if len(events) > 1 and events[-1].state == "resolved" and not self._was_told(alert_id):
                self.withhold(events)
                continue
            self.withhold(events[:-1])
            told.append(events[-1])
        return sorted(told, key=lambda event: (event.at, event.id))

    def _quiet(self, now: datetime) -> set[str]:
        """The rules that are muted now."""
        local = now.astimezone(self.settings.zone)
        return {rule.name for rule in self.book.rules() if any(one.holds(local) for one in rule.mute)}

    def _is_quiet(self, alert_id: str, rule: str, muted: set[str], now: datetime) -> bool:
        snoozed = {"_id": alert_id, "snoozed_until": {"$gt": now}}
        return rule in muted or self.documents.find_one(snoozed, {"_id": 1}) is not None

    def _was_told(self, alert_id: str) -> bool:
        return self.happened.find_one({"alert": alert_id, "notified": True}, {"_id": 1}) is not None

    @answered
    def withhold(self, events: list[Event]) -> None:
        """Nobody is to hear of them."""
        ids = [event.id for event in events]
        self.happened.update_many({"_id": {"$in": ids}, "notified": False}, {"$set": {"notified": None}})

    @answered
    def mark_notified(self, ids: list[str]) -> None:
        """The notifier has them in its own keeping."""
        self.happened.update_many({"_id": {"$in": ids}, "notified": False}, {"$set": {"notified": True}})

    @answered
    def still_firing(self, now: datetime) -> list[Event]:
        """The last event that was told of each alert that fires still, and that nobody has acknowledged or silenced."""
        muted, found = self._quiet(now), []
        for one in self.documents.find({"open": True, "state": "firing", "acknowledged": None, "false_alarm": None}):
            alert = read_alert(one)
            silent = alert.rule in muted or (alert.snoozed_until is not None and alert.snoozed_until > now)
            told = [event for event in self.events(alert.id) if event.notified]
            if told and not silent:
                found.append(replace(told[-1], sentence=alert.evaluation.sentence))
        return found


def _filter(wanted: Wanted) -> Document:
    asked: dict[str, Any] = {
        name: getattr(wanted, name)
        for name in ("open", "rule", "severity", "label")
        if getattr(wanted, name) is not None
    }
    if wanted.since:
        asked["opened_on"] = {"$gte": wanted.since.isoformat()}
    if not wanted.threatened:
        asked["$or"] = [{"open": True}, {"fired_at": {"$ne": None}}, {"failed": True}]
    return asked


def _event(found: Document) -> Event:
    known = {f.name: found[f.name] for f in fields(Event) if f.name in found}
    first, last = (date.fromisoformat(found["period"][end]) for end in ("first", "last"))
    return Event(**known | {"id": found["_id"], "day": date.fromisoformat(found["day"]), "period": Period(first, last)})
