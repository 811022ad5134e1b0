"""What is to be told to people, kept until every target has it: at least once, and at most a few times.

A message is what one target is told of one tick, of one day if it is a digest, or of the time in which it was down. It
is stored before it is sent; an event is in one message of a target, which a unique index keeps whoever queues it and
how often. A send is written down before it begins, as one of which nobody knows the end; a clear answer takes that
back. What breaks off or hangs may have arrived, and is sent again until there were `DOUBTFUL_SENDS` of those. A target
is known by its position and kind, never by its address.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import uuid4

from pydantic import SecretStr
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError, OperationFailure

from monitor_core.contract.calendar import local_day
from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.logger import sender
from monitor_core.logger.sender import Outcome, Text
from monitor_core.mongo.connection import Document, answered, place
from monitor_core.mongo.predictions import Store
from monitor_core.settings.addresses import scheme
from monitor_core.settings.settings import Settings

FIRST_PAUSE = timedelta(minutes=1)  # before the second try of a message; then twice as long each time
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP = timedelta(days=3)  # after the first try
DOUBTFUL_SENDS = 5  # that may each have arrived
CLAIM = timedelta(minutes=2)  # much longer than a send: when it has run out, who was at it is dead
DELIVER_SECONDS = 60.0  # of a tick, and one more send
SHOWN = 20  # events in the text of a message
LATE = timedelta(minutes=30)  # a message that waits so long without a try has no worker that knows its target
SHOWN_FAILED = timedelta(days=7)  # how long one that was given up is pointed out
KEPT = 365 * 86_400  # seconds; an event older than that would be told again

Severity = Literal["warning", "critical"]
Kind = Literal["firing", "resolved", "no data", "check failed", "rejudged", "found late"]
RINGS = ("firing", "found late", "still firing")
WORDS = {
    "resolved": "Resolved",
    "no data": "No data",
    "check failed": "Check failed",
    "rejudged": "Judged again",
    "found late": "Found late",
    "still firing": "Still firing",
}


@dataclass(frozen=True)
class Event:
    """Something that happened to an alert."""

    id: str  # unique for ever; an event is told once
    at: datetime
    title: str
    severity: Severity
    class_name: str | None  # None: of all classes
    kind: Kind
    sentence: str
    value: float | None
    low: float | None  # of the value's 95% interval
    high: float | None
    threshold: float | None
    samples: int | None
    period: tuple[date, date] | None  # local days, both included
    link: str  # path and query of the view in the app

    def __post_init__(self) -> None:
        if self.severity not in get_args(Severity) or self.kind not in get_args(Kind):
            raise ValueError(f"there is no event of severity {self.severity} and kind {self.kind}")
        if not self.link.startswith("/"):
            raise ValueError(f"a link is a path that begins with /, not {self.link}")


@dataclass(frozen=True)
class _News:
    """Something to tell."""

    key: str  # a target is told it once
    event: Event
    kind: str  # the event's, or "still firing"


@dataclass(frozen=True)
class Target:
    name: str  # position and kind, such as "1: slack": all that is stored or shown of it
    address: SecretStr
    critical_only: bool = False


@dataclass(frozen=True)
class Message:
    """How one message stands."""

    id: str
    target: str  # a target's name
    title: str
    state: str  # waiting | sent | failed
    attempts: int
    queued_at: datetime
    next_try_at: datetime | None  # None: no more
    sent_at: datetime | None
    error: str | None  # of the last try


@dataclass(frozen=True)
class Delivered:
    """What one call of `deliver` did."""

    sent: int
    failed: int  # tries that did not go well
    error: str | None  # the first one, a sentence


def targets(settings: Settings) -> list[Target]:
    """Who is told; an address in both lists is told once."""
    everything = [Target(_name("", n, one), one) for n, one in enumerate(settings.notify, 1)]
    known = {target.address for target in everything}
    critical = [
        Target(_name("critical ", n, one), one, critical_only=True)
        for n, one in enumerate(settings.notify_critical, 1)
        if one not in known
    ]
    return everything + critical


def _name(list_name: str, position: int, address: SecretStr) -> str:
    return f"{list_name}{position}: {scheme(address.get_secret_value())}"


class Notifier:
    """The collection monitor_notifications."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.messages = store.database["monitor_notifications"]
        self.targets = targets(store.settings)

    @answered
    def create_indexes(self) -> None:
        """Before any message: the first one is not for speed, it is what tells an event once."""
        once = IndexModel([("target", 1), ("keys", 1)], unique=True)
        due, forgotten = IndexModel([("state", 1), ("next_try_at", 1)]), IndexModel("ended_at", expireAfterSeconds=KEPT)
        try:
            self.messages.create_indexes([once, due, forgotten])
        except OperationFailure as failure:
            raise DatabaseUnavailable(
                f"Nobody is notified: MongoDB at {place(self.settings)} would not make the indexes of "
                f"monitor_notifications (error {failure.code}), and without them an event could be told twice. Give "
                f"the worker's user the role readWrite on {self.settings.database}."
            ) from None

    # ---- queue

    @answered
    def queue(self, events: Iterable[Event], firing: Iterable[Event], now: datetime) -> None:
        """What happened, and the "firing" events of alerts that fire still, which are told again when it is time to.

        One message for each target, without what is queued already; so a caller names the events of the last hours
        each time, and need not remember which were queued.
        """
        told = [event for event in events if event.kind != "resolved" or self.settings.notify_resolved]
        news = [_News(event.id, event, event.kind) for event in told] + self._again(firing, now)
        if not self.targets or not news:
            return
        self.create_indexes()
        for target in self.targets:
            known = self._known(target, [one.key for one in news])
            fresh = [one for one in news if one.key not in known]
            self._write(target, [one for one in fresh if self._at_once(one, target)], now)
            for one in fresh:
                if not self._at_once(one, target) and not target.critical_only:
                    self._collect(target, one, now)

    def _again(self, firing: Iterable[Event], now: datetime) -> list[_News]:
        """Those due to be told again; after an outage once, not for each time that was missed."""
        pause = self.settings.notify_repeat
        times = [(event, (now - event.at) // pause) for event in firing] if pause else []
        return [_News(f"{event.id} again {passed}", event, "still firing") for event, passed in times if passed > 0]

    def _at_once(self, news: _News, target: Target) -> bool:
        if news.event.severity == "critical":
            return True
        return self.settings.notify_digest is None and not target.critical_only

    def _write(self, target: Target, news: list[_News], now: datetime) -> None:
        """One message of all; if another worker has queued some of it meanwhile, of the rest.

        What waits for a target that is down is one message too, which is tried again at once for the sake of the news;
        but not one that may have arrived.
        """
        waiting = {"target": target.name, "state": "waiting", "doubtful": 0, "digest": {"$ne": True}}
        while news:
            content: Document = {"keys": [one.key for one in news], "notes": [self._note(one) for one in news]}
            more = {
                "$push": {name: {"$each": values} for name, values in content.items()},
                "$set": {"next_try_at": now},
                "$unset": {"first_try_at": ""},
            }
            try:
                if not self.messages.update_one(waiting | {"keys": {"$nin": content["keys"]}}, more).matched_count:
                    self.messages.insert_one({"_id": uuid4().hex, "attempts": 0} | _new(target, now, now) | content)
            except DuplicateKeyError:
                known = self._known(target, content["keys"])
                news = [one for one in news if one.key not in known]
            else:
                return

    def _collect(self, target: Target, news: _News, now: datetime) -> None:
        """Into the next digest whose sending has not begun."""
        day = self._digest_day(now)
        while True:
            open_one = {"_id": f"{target.name} {day}", "attempts": 0}
            new = {"digest": True} | _new(target, now, self._digest_at(day))
            change = {"$push": {"keys": news.key, "notes": self._note(news)}, "$setOnInsert": new}
            try:
                self.messages.update_one(open_one | {"keys": {"$ne": news.key}}, change, upsert=True)
            except DuplicateKeyError:  # it is in one, or this day's is being sent, or was begun by another just now
                if self._known(target, [news.key]):
                    return
                if not self.messages.find_one(open_one, {"_id": 1}):
                    day += timedelta(days=1)
            else:
                return

    def _known(self, target: Target, keys: list[str]) -> set[str]:
        """Which of them are in a message."""
        asked = {"target": target.name, "keys": {"$in": keys}}
        return {key for found in self.messages.find(asked, {"keys": 1}) for key in found["keys"]}

    def _digest_day(self, now: datetime) -> date:
        today = local_day(now, self.settings.zone)
        return today if now < self._digest_at(today) else today + timedelta(days=1)

    def _digest_at(self, day: date) -> datetime:
        assert self.settings.notify_digest  # noqa: S101 - asked only when there is one
        return datetime.combine(day, self.settings.notify_digest, self.settings.zone).astimezone(UTC)

    def _note(self, news: _News) -> Document:
        """What a message says of it."""
        event, kind = news.event, news.kind
        of_class = f" (class {event.class_name})" if event.class_name is not None else ""
        word = f"{WORDS[kind]}, {event.severity}" if kind in WORDS else event.severity.capitalize()
        heading = " ".join(f"{word}: {event.title}{of_class}".split())
        facts = [heading, event.sentence, _figures(event), _days(event), self.settings.app_url + event.link]
        text = "\n".join(fact for fact in facts if fact)
        return {"event": event.id, "severity": event.severity, "kind": kind, "heading": heading, "text": text}

    # ---- deliver

    @answered
    def deliver(self, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> Delivered:
        """Send what is due; a target that fails is spared for the rest of the call.

        Takes as many times 20 s as targets hang, and is over after 80 s; the rest is the next call's.
        """
        began = time.monotonic()
        by_name = {target.name: target for target in self.targets}
        self._give_up(now)
        sent, errors = 0, dict[str, str]()
        while goes_on() and time.monotonic() - began < DELIVER_SECONDS:
            claimed = self._claim(now + timedelta(seconds=time.monotonic() - began), by_name.keys() - errors.keys())
            if claimed is None:
                break
            target = by_name[claimed["target"]]
            outcome = self._send(target, self._text(claimed))
            self._settle(claimed, outcome, now + timedelta(seconds=time.monotonic() - began))
            if outcome.kind == "sent":
                sent += 1
            else:
                errors[target.name] = f"The notification to {target.name} failed: {outcome}."
        return Delivered(sent, len(errors), next(iter(errors.values()), None))

    def _claim(self, now: datetime, names: Iterable[str]) -> Document | None:
        """The message that is due longest, with the send that now begins counted as one that may arrive."""
        asked = {"state": "waiting", "target": {"$in": sorted(names)}, "next_try_at": {"$lte": now}}
        begun = {
            "$set": {"next_try_at": now + CLAIM},
            "$inc": {"attempts": 1, "doubtful": 1},
            "$min": {"first_try_at": now},
        }
        return self.messages.find_one_and_update(
            asked, begun, sort=[("due_at", 1)], return_document=ReturnDocument.AFTER
        )

    def _send(self, target: Target, text: Text) -> Outcome:
        return sender.send(target.address.get_secret_value(), text, self.settings.notify_allow_private)

    def _settle(self, message: Document, outcome: Outcome, now: datetime) -> None:
        asked = {"_id": message["_id"], "state": "waiting"}
        if outcome.kind == "sent":
            self.messages.update_one(asked, {"$set": {"state": "sent", "ended_at": now, "error": None}})
            return
        pause = min(FIRST_PAUSE * 2 ** min(message["attempts"] - 1, 20), LONGEST_PAUSE)
        over = now - message["first_try_at"] >= GIVE_UP or (outcome.doubtful and message["doubtful"] >= DOUBTFUL_SENDS)
        change: Document = {"next_try_at": now + pause, "error": f"{outcome}"}
        if over:
            change |= {"state": "failed", "ended_at": now}
        asked["attempts"] = message["attempts"]  # else another worker, to whom we looked dead, is at it
        self.messages.update_one(asked, {"$set": change, "$inc": {"doubtful": 0 if outcome.doubtful else -1}})

    def _give_up(self, now: datetime) -> None:
        """What broke off too often, and what is for targets that the settings have no more."""
        due = {"state": "waiting", "next_try_at": {"$lte": now}}
        ended = {"state": "failed", "ended_at": now}
        broke_off = {"doubtful": {"$gte": DOUBTFUL_SENDS}}
        self.messages.update_many(due | broke_off, {"$set": ended | {"error": str(Outcome("broken"))}})
        gone = {"target": {"$nin": [target.name for target in self.targets]}, "due_at": {"$lte": now - GIVE_UP}}
        self.messages.update_many(due | gone, {"$set": ended | {"error": "the settings have this target no more"}})

    def _text(self, message: Document) -> Text:
        notes = _shown(message)
        texts = [note["text"] for note in notes[:SHOWN]]
        if len(notes) > SHOWN:
            texts.append(f"… and {len(notes) - SHOWN} more: {self.settings.app_url}")
        return Text(f"Prediction monitor: {_title(message)}", "\n\n".join(texts), _severity(notes))

    # ---- what a person sees

    @answered
    def latest(self, most: int = 50) -> list[Message]:
        """The newest first."""
        return [_message(found) for found in self.messages.find().sort("queued_at", -1).limit(most)]

    @answered
    def undelivered(self, now: datetime) -> list[Message]:
        """What failed at least once or is late, and what was given up in the last week; the newest first."""
        late = {"attempts": 0, "next_try_at": {"$lte": now - LATE}}
        trouble = [
            {"state": "waiting", "$or": [{"error": {"$ne": None}}, late]},
            {"state": "failed", "ended_at": {"$gt": now - SHOWN_FAILED}},
        ]
        return [_message(found) for found in self.messages.find({"$or": trouble}).sort("queued_at", -1)]

    def test(self) -> Iterable[tuple[str, Outcome]]:
        """Send each target a test message, and say how it went; nothing is stored."""
        text = Text("Prediction monitor: test", f"Notifications arrive here.\n{self.settings.app_url}")
        for target in self.targets:
            yield target.name, self._send(target, text)


def _new(target: Target, now: datetime, due_at: datetime) -> Document:
    return {
        "target": target.name,
        "state": "waiting",
        "doubtful": 0,  # sends that may have arrived
        "queued_at": now,
        "due_at": due_at,
        "next_try_at": due_at,
        "error": None,
    }


def _figures(event: Event) -> str:
    """The value with its interval, the threshold and the samples, as far as they are known."""
    parts = [f"value {_number(event.value)}"] if _is_number(event.value) else []
    if parts and _is_number(event.low) and _is_number(event.high):
        parts[0] += f" (95% interval {_number(event.low)} to {_number(event.high)})"
    if _is_number(event.threshold):
        parts.append(f"threshold {_number(event.threshold)}")
    if event.samples is not None:
        parts.append(f"{event.samples} samples")
    return ", ".join(parts).capitalize()


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _number(value: float | None) -> str:
    return f"{value:.4g}"


def _days(event: Event) -> str:
    if event.period is None:
        return ""
    first, last = event.period
    return f"{first}" if first == last else f"{first} to {last}"


def _shown(message: Document) -> list[Document]:
    """An alert that was told and is firing still is told once."""
    first = {note["event"]: note for note in reversed(message["notes"])}
    return [note for note in message["notes"] if first[note["event"]] is note]


def _title(message: Document) -> str:
    notes = _shown(message)
    if len(notes) == 1:
        return str(notes[0]["heading"])
    counts = Counter(note["severity"] if note["kind"] in RINGS else note["kind"] for note in notes)
    digest = "Digest of " if message.get("digest") else ""
    return f"{digest}{len(notes)} alerts: " + ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _severity(notes: list[Document]) -> sender.Severity:
    """The worst that rings; good news only if all of it is."""
    ringing = {note["severity"] for note in notes if note["kind"] in RINGS}
    if ringing:
        return "failure" if "critical" in ringing else "warning"
    return "success" if all(note["kind"] == "resolved" for note in notes) else "info"


def _message(found: Document) -> Message:
    values: dict[str, Any] = {name: found[name] for name in ("target", "state", "attempts", "queued_at", "error")}
    ended = found.get("ended_at")
    return Message(
        id=str(found["_id"]),
        title=_title(found),
        next_try_at=found["next_try_at"] if found["state"] == "waiting" else None,
        sent_at=ended if found["state"] == "sent" else None,
        **values,
    )
