"""The alerts and what happened to them: written by the logger, read and marked by people.

An alert is one document, and so is a look's whole effect on it: its state and its events are written at once, and only
if nobody else has written it since it was read. The events are then copied to monitor_alert_events, each by its own id.
So two loggers, or one that dies anywhere, make each alert and each event once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.lifecycle import Alert, Mark
from monitor_core.contract.calendar import CLOCK_TOLERANCE, Period, local_day
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import Document, answered, of_model, storable
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store

PAGE = 50  # alerts at a time
IS_NOTICED = ("firing", "no data", "check failed")  # states of an open alert that ask for attention
KEPT = timedelta(days=730)  # closed alerts, and events
ALERT = TypeAdapter(Alert)


@dataclass(frozen=True)
class Filter:
    """A choice of alerts; None: any."""

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
        """Make them before any alert: the first one is not for speed, it is what allows one open alert of a kind."""
        of_one = [("rule", 1), ("label", 1)]
        self.documents.create_index(of_one, name="one_open", unique=True, partialFilterExpression={"open": True})
        self.documents.create_index("closed_at")
        self.happened.create_index([("alert", 1), ("at", 1)])
        self.happened.create_index("at")
        self.happened.create_index("notified", partialFilterExpression={"notified": False})

    # ---- reading

    @answered
    def page(self, chosen: Filter = Filter(), page: int = 0) -> tuple[list[Alert], int]:
        """Return a page of them, the open ones first, the newest first, and how many there are."""
        query = _query(chosen)
        documents = self.documents.find(query).sort([("open", -1), ("opened_at", -1), ("_id", 1)])
        return [
            read_alert(document) for document in documents.skip(page * PAGE).limit(PAGE)
        ], self.documents.count_documents(query)

    @answered
    def open_alerts(self) -> list[Alert]:
        """Return the critical ones first, the newest first."""
        alerts = [
            read_alert(document)
            for document in self.documents.find({"open": True}).sort([("opened_at", -1), ("_id", 1)])
        ]
        return sorted(alerts, key=lambda alert: (alert.severity != "critical", alert.state == "pending"))

    @answered
    def open_count(self) -> dict[str, int]:
        """Count by severity the alerts that ask for attention: not those that only threaten to fire."""
        query = {"open": True, "state": {"$in": list(IS_NOTICED)}}
        return {
            severity: self.documents.count_documents(query | {"severity": severity})
            for severity in ("warning", "critical")
        }

    @answered
    def alert(self, alert_id: str) -> Alert:
        """Return one, or say that there is none."""
        document = self.documents.find_one({"_id": alert_id})
        if not document:
            raise MonitorError(f'There is no alert "{alert_id}"; `python -m monitor_core alerts list` names them.')
        return read_alert(document)

    @answered
    def events(self, alert_id: str) -> list[Event]:
        """Return all that happened to it, in order."""
        events = [read_event(document) for document in self.happened.find({"alert": alert_id})]
        return sorted(events, key=lambda event: event.number)

    # ---- marks

    def acknowledge(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """Mark it as known to somebody: it stays open, and is not repeated."""
        return self._mark(alert_id, {"$set": {"acknowledged": storable(Mark(by, now, text))}})

    def note(self, alert_id: str, text: str, by: str, now: datetime) -> Alert:
        """Add a note."""
        return self._mark(alert_id, {"$push": {"notes": storable(Mark(by, now, text))}})

    def snooze(self, alert_id: str, until: datetime, by: str, now: datetime) -> Alert:
        """Notify nobody before then; of what still holds people are notified afterwards."""
        note = storable(Mark(by, now, f"Snoozed until {until.astimezone(self.settings.zone):%Y-%m-%d %H:%M %Z}."))
        return self._mark(alert_id, {"$set": {"snoozed_until": until, "snoozed_at": now}, "$push": {"notes": note}})

    @answered
    def false_alarm(self, alert_id: str, by: str, now: datetime, text: str = "") -> Alert:
        """Start the evidence that accuracy is falling again from nothing; other rules go on as they are."""
        alert = self._mark(alert_id, {"$set": {"false_alarm": storable(Mark(by, now, text))}})
        self.book.restart(alert.rule, local_day(now, self.settings.zone))
        return alert

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
    def of_other_rules(self, rules: Iterable[str]) -> list[Alert]:
        """Return the open alerts of all rules but these."""
        return [
            read_alert(document) for document in self.documents.find({"open": True, "rule": {"$nin": sorted(rules)}})
        ]

    @answered
    def write(self, before: Alert | None, after: Alert, events: list[Event]) -> bool:
        """Write an alert with its events at once; False if somebody else has written it since it was read."""
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
        """Copy the events that are only in their alerts yet."""
        for document in self.documents.find({"unpublished.0": {"$exists": True}}, {"unpublished": 1}):
            for event in document["unpublished"]:
                self.happened.update_one({"_id": event["_id"]}, {"$setOnInsert": event | self.of_model}, upsert=True)
            ids = [event["_id"] for event in document["unpublished"]]
            self.documents.update_one({"_id": document["_id"]}, {"$pull": {"unpublished": {"_id": {"$in": ids}}}})

    @answered
    def forget(self, now: datetime) -> None:
        """Delete what is too old to interest anybody."""
        self.documents.delete_many({"closed_at": {"$lt": now - KEPT}})
        self.happened.delete_many({"at": {"$lt": now - KEPT}})

    # ---- for notifications

    @answered
    def unnotified(self) -> list[Event]:
        """Return the events that people are to be notified of, by alert and in order.

        An event of a kind that this version does not know waits for the version that knows it.
        """
        waiting = [read_event(document) for document in self.happened.find({"notified": False})]
        waiting = [event for event in waiting if event.kind.is_known]
        return sorted(waiting, key=lambda event: (event.alert, event.at, event.number))

    @answered
    def snoozed(self, now: datetime) -> set[str]:
        """Return the ids of the alerts that nobody is to be notified of now.

        A snooze that begins in the future was meant by a clock that was ahead, and would last longer than was asked.
        """
        begun = {"snoozed_at": {"$not": {"$gt": now + CLOCK_TOLERANCE}}}
        snoozed = self.documents.find({"snoozed_until": {"$gt": now}} | begun, {"_id": 1})
        return {document["_id"] for document in snoozed}

    @answered
    def was_notified(self, alert_id: str) -> bool:
        """Return whether people were notified of anything that happened to it."""
        return self.happened.find_one({"alert": alert_id, "notified": True}, {"_id": 1}) is not None

    @answered
    def firing_unanswered(self) -> list[Alert]:
        """Return those that fire and that nobody has acknowledged or called a false alarm."""
        query = {"open": True, "state": "firing", "acknowledged": None, "false_alarm": None}
        return [read_alert(document) for document in self.documents.find(query)]

    @answered
    def withhold(self, events: Iterable[Event]) -> None:
        """Let nobody be notified of them."""
        ids = [event.id for event in events]
        self.happened.update_many({"_id": {"$in": ids}, "notified": False}, {"$set": {"notified": None}})

    @answered
    def mark_notified(self, ids: list[str]) -> None:
        """Remember that their messages are safely queued."""
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
    """Return an alert as MongoDB keeps it, but for its id."""
    return cast(Document, storable(alert)) | {"open": alert.is_open}


def read_alert(document: Document) -> Alert:
    """Return the alert that a document holds."""
    return ALERT.validate_python({f.name: document[f.name] for f in fields(Alert) if f.name in document})


def event_document(event: Event) -> Document:
    """Return an event as MongoDB keeps it."""
    document = cast(Document, storable(event))
    return {"_id": document.pop("id")} | document


def read_event(document: Document) -> Event:
    """Return the event that a document holds."""
    shared = {f.name: document[f.name] for f in fields(Event) if f.name in document}
    period = Period(*(date.fromisoformat(document["period"][end]) for end in ("first", "last")))
    read = {"id": document["_id"], "day": date.fromisoformat(document["day"]), "period": period}
    return Event(**shared | read | {"kind": EventKind.stored(document["kind"])})
