"""The alerts and their events: written by the logger, read and answered by people.

An alert is one document. Its state and events are written together in one atomic write, and only if the alert is
unchanged since it was read. The events are then copied to monitor_alert_events by their ids. So each alert and each
event is created once, even with two loggers, or one that dies at any point.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from monitor_core.alerting.events import Event, EventKind, Severity
from monitor_core.alerting.judgement import acceptance
from monitor_core.alerting.lifecycle import Alert, Mark, days_of_alert
from monitor_core.alerting.references import AlertDays, AlertsOf
from monitor_core.contract import wording
from monitor_core.contract.calendar import CLOCK_TOLERANCE, Period, local_day
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import Document, answered, storable
from monitor_core.mongo.models import of_model
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.place import CLI

PAGE = 50  # alerts at a time
SEVERITIES: tuple[Severity, ...] = ("warning", "critical")
IS_NOTICED = ("firing", "no data", "check failed")  # states of an open alert that ask for attention
KEPT = timedelta(days=730)  # closed alerts, and events
ALERT = TypeAdapter(Alert)


def noticed(open_alerts: Iterable[Alert]) -> dict[str, int]:
    """Count those that need attention by severity, as `Alerts.open_count` does in the database."""
    severities = [alert.severity for alert in open_alerts if alert.state in IS_NOTICED]
    return {severity: severities.count(severity) for severity in SEVERITIES}


@dataclass(frozen=True)
class Filter:
    """A filter of alerts; None admits any value."""

    open: bool | None = None
    rule: str | None = None
    severity: str | None = None
    label: int | None = None
    since: date | None = None  # opened on this day or later
    threatened: bool = False  # with those that never fired


class Alerts:
    """The collections monitor_alerts and monitor_alert_events."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.book = Rulebook(store)
        self.documents = store.ours["monitor_alerts"]
        self.happened = store.ours["monitor_alert_events"]

    @answered
    def create_indexes(self) -> None:
        """Create the indexes; the first one is required for correctness, as it allows only one open alert of a kind."""
        of_one = [("rule", 1), ("label", 1)]
        self.documents.create_index(of_one, name="one_open", unique=True, partialFilterExpression={"open": True})
        self.documents.create_index("closed_at")
        self.happened.create_index([("alert", 1), ("at", 1)])
        self.happened.create_index("at")
        self.happened.create_index("notified", partialFilterExpression={"notified": False})

    # ---- reading

    @answered
    def page(self, chosen: Filter = Filter(), page: int = 0) -> tuple[list[Alert], int]:
        """Return a page of the chosen alerts, open ones first and then the newest, and the total number."""
        query = _query(chosen)
        documents = self.documents.find(query).sort([("open", -1), ("opened_at", -1), ("_id", 1)])
        return [
            read_alert(document) for document in documents.skip(page * PAGE).limit(PAGE)
        ], self.documents.count_documents(query)

    @answered
    def open_alerts(self) -> list[Alert]:
        """Return the open alerts: the critical ones first, then the newest."""
        alerts = [
            read_alert(document)
            for document in self.documents.find({"open": True}).sort([("opened_at", -1), ("_id", 1)])
        ]
        return sorted(alerts, key=lambda alert: (alert.severity != "critical", alert.state == "pending"))

    @answered
    def open_count(self) -> dict[str, int]:
        """Count the alerts that need attention by severity, without pending ones."""
        query = {"open": True, "state": {"$in": list(IS_NOTICED)}}
        return {severity: self.documents.count_documents(query | {"severity": severity}) for severity in SEVERITIES}

    @answered
    def alert(self, alert_id: str) -> Alert:
        """Return the alert of this id; raise an error if there is none."""
        document = self.documents.find_one({"_id": alert_id})
        if not document:
            raise MonitorError(f'There is no alert "{alert_id}"; `{CLI} alerts list` names them.')
        return read_alert(document)

    @answered
    def events(self, alert_id: str) -> list[Event]:
        """Return all events of an alert, in order."""
        events = [read_event(document) for document in self.happened.find({"alert": alert_id})]
        return sorted(events, key=lambda event: event.number)

    # ---- marks

    def acknowledge(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """Acknowledge an alert: it stays open, and no reminders are sent."""
        return self._mark(alert_id, {"$set": {"acknowledged": storable(Mark(by, now, text))}})

    def note(self, alert_id: str, text: str, by: str, now: datetime) -> Alert:
        """Add a note."""
        return self._mark(alert_id, {"$push": {"notes": storable(Mark(by, now, text))}})

    def snooze(self, alert_id: str, until: datetime, by: str, now: datetime) -> Alert:
        """Notify nobody before then; of what still holds people are notified afterwards."""
        note = storable(Mark(by, now, f"Snoozed until {wording.instant(until, self.settings.zone)}."))
        return self._mark(alert_id, {"$set": {"snoozed_until": until, "snoozed_at": now}, "$push": {"notes": note}})

    @answered
    def false_alarm(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """Mark an alert as a false alarm: evidence for falling accuracy restarts at zero, and other rules go on."""
        alert = self._mark(alert_id, {"$set": {"false_alarm": storable(Mark(by, now, text))}})
        self.book.restart(alert.rule, local_day(now, self.settings.zone))
        return alert

    @answered
    def accept(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """Close an open alert: its days are the new normal, with which the rule's reference begins again."""
        while True:
            alert = self.alert(alert_id)
            if not alert.is_open:
                raise MonitorError(f"{alert_id} is not open any more.")
            rule = self.book.rule(alert.rule)
            if not rule.compares:
                raise MonitorError(
                    f'The rule "{rule.name}" has no reference that could begin again: edit its threshold.'
                )
            change = acceptance(alert, Mark(by, now, text), self.settings.zone)
            class_name = None if alert.label is None else self.settings.class_name(alert.label)
            if self.write(alert, change.after, change.events(rule, class_name, change.news)):
                self.publish()
                return self.alert(alert_id)

    @answered
    def _mark(self, alert_id: str, change: Document) -> Alert:
        self.documents.update_one({"_id": alert_id}, change | {"$inc": {"changes": 1}})
        return self.alert(alert_id)

    # ---- for judging

    @answered
    def of_rule(self, rule: str, since: date) -> list[Alert]:
        """Return a rule's open alerts, and the closed ones that were judged on this day or later."""
        on = {"$gte": since.isoformat()}
        query = {"$or": [{"open": True}, {"settled_on": on}, {"evaluation.day": on}]}
        return [read_alert(document) for document in self.documents.find({"rule": rule} | query)]

    @answered
    def alert_days(self, rules: Iterable[str]) -> dict[str, AlertsOf]:
        """Return the days that the alerts of these rules keep out of references, by rule and class."""
        days: dict[str, dict[int | None, tuple[AlertDays, ...]]] = {}
        for document in self.documents.find({"rule": {"$in": sorted(rules)}}):
            alert = read_alert(document)
            if of_alert := days_of_alert(alert, self.settings.zone):
                of_rule = days.setdefault(alert.rule, {})
                of_rule[alert.label] = (*of_rule.get(alert.label, ()), of_alert)
        return dict(days)

    @answered
    def of_other_rules(self, rules: Iterable[str]) -> list[Alert]:
        """Return the open alerts of all rules except these."""
        return [
            read_alert(document) for document in self.documents.find({"open": True, "rule": {"$nin": sorted(rules)}})
        ]

    @answered
    def write(self, before: Alert | None, after: Alert, events: list[Event]) -> bool:
        """Write an alert and its events atomically; return False if it was changed since it was read."""
        after = replace(after, changes=after.changes + 1)
        document, written = alert_document(after) | self.of_model, [event_document(event) for event in events]
        if before is None:
            try:
                self.documents.insert_one({"_id": after.id} | document | {"unpublished": written})
            except DuplicateKeyError:
                return False
            return True
        unchanged = {"_id": after.id, "changes": before.changes}
        change = {"$set": document, "$push": {"unpublished": {"$each": written}}}
        return bool(self.documents.update_one(unchanged, change).matched_count)

    @answered
    def publish(self) -> None:
        """Copy the events that so far exist only in their alerts."""
        for document in self.documents.find({"unpublished.0": {"$exists": True}}, {"unpublished": 1}):
            for event in document["unpublished"]:
                self.happened.update_one({"_id": event["_id"]}, {"$setOnInsert": event | self.of_model}, upsert=True)
            ids = [event["_id"] for event in document["unpublished"]]
            self.documents.update_one({"_id": document["_id"]}, {"$pull": {"unpublished": {"_id": {"$in": ids}}}})

    @answered
    def forget(self, now: datetime) -> None:
        """Delete expired alerts and events."""
        self.documents.delete_many({"closed_at": {"$lt": now - KEPT}})
        self.happened.delete_many({"at": {"$lt": now - KEPT}})

    # ---- for notifications

    @answered
    def unnotified(self) -> list[Event]:
        """Return the events that people have to be notified of, by alert and in order.

        Events of kinds that this version does not know are left for a version that does.
        """
        waiting = [read_event(document) for document in self.happened.find({"notified": False})]
        waiting = [event for event in waiting if event.kind.is_known]
        return sorted(waiting, key=lambda event: (event.alert, event.at, event.number))

    @answered
    def snoozed(self, now: datetime) -> set[str]:
        """Return the ids of the alerts that are snoozed now.

        A snooze that begins in the future is from a clock that was ahead; it is ignored, as it would last too long.
        """
        begun = {"snoozed_at": {"$not": {"$gt": now + CLOCK_TOLERANCE}}}
        snoozed = self.documents.find({"snoozed_until": {"$gt": now}} | begun, {"_id": 1})
        return {document["_id"] for document in snoozed}

    @answered
    def was_notified(self, alert_id: str) -> bool:
        """Return whether people were notified of any event of the alert."""
        return self.happened.find_one({"alert": alert_id, "notified": True}, {"_id": 1}) is not None

    @answered
    def firing_unanswered(self) -> list[Alert]:
        """Return the alerts that fire and that nobody has acknowledged or called a false alarm."""
        query = {"open": True, "state": "firing", "acknowledged": None, "false_alarm": None}
        return [read_alert(document) for document in self.documents.find(query)]

    @answered
    def withhold(self, events: Iterable[Event]) -> None:
        """Withhold the events from notification."""
        ids = [event.id for event in events]
        self.happened.update_many({"_id": {"$in": ids}, "notified": False}, {"$set": {"notified": None}})

    @answered
    def mark_notified(self, ids: list[str]) -> None:
        """Mark the events as notified, once their messages are safely queued."""
        self.happened.update_many({"_id": {"$in": ids}, "notified": False}, {"$set": {"notified": True}})


def _query(chosen: Filter) -> Document:
    query: dict[str, Any] = {
        name: getattr(chosen, name)
        for name in ("open", "rule", "severity", "label")
        if getattr(chosen, name) is not None
    }
    if chosen.since:
        query["opened_on"] = {"$gte": chosen.since.isoformat()}
    if not chosen.threatened:
        query["$or"] = [{"open": True}, {"fired_at": {"$ne": None}}, {"failed": True}]
    return query


def alert_document(alert: Alert) -> Document:
    """Return the document of an alert, without its id."""
    return cast(Document, storable(alert)) | {"open": alert.is_open}


def read_alert(document: Document) -> Alert:
    """Parse the document of an alert."""
    return ALERT.validate_python({f.name: document[f.name] for f in fields(Alert) if f.name in document})


def event_document(event: Event) -> Document:
    """Return the document of an event."""
    document = cast(Document, storable(event))
    return {"_id": document.pop("id")} | document


def read_event(document: Document) -> Event:
    """Parse the document of an event."""
    shared = {f.name: document[f.name] for f in fields(Event) if f.name in document}
    period = Period(*(date.fromisoformat(document["period"][end]) for end in ("first", "last")))
    read = {"id": document["_id"], "day": date.fromisoformat(document["day"]), "period": period}
    return Event(**shared | read | {"kind": EventKind.stored(document["kind"])})
