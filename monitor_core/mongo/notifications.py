"""The queue of messages, kept until every target has them.

An event is in at most one message to a target, which a unique index guarantees. A send is stored as of unknown outcome
before it begins, and cleared by a definite answer.
"""

import gzip
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import uuid4

from pymongo import IndexModel, ReturnDocument
from pymongo.cursor import Cursor
from pymongo.errors import DuplicateKeyError, OperationFailure

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.messages import Attachment, Message, Note
from monitor_core.contract.calendar import ONE_DAY
from monitor_core.contract.errors import DatabaseRefused
from monitor_core.mongo.connection import Document, answered, place, storable
from monitor_core.mongo.failures import NO_RIGHT, message_of, remedy_of, words_of
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

LONGEST_WAIT = timedelta(hours=1)  # between two tries of a message
LATE = timedelta(minutes=30)  # a message that waits so long without a try has no logger that knows its target
SHOWN_FAILED = timedelta(days=7)  # how long one that was given up is pointed out
WITHOUT_FILE: Document = {"$unset": {"attachment": ""}}  # of a message that is sent or given up
KEPT = 365 * 86_400  # seconds; people would hear again of an older event


class Notifications:
    """The collection monitor_notifications."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_notifications"]

    @answered
    def create_indexes(self) -> None:
        """Create the indexes; the first one is required for correctness, as it lets each event be queued once."""
        once = IndexModel([("target", 1), ("keys", 1)], unique=True)
        due, forgotten = IndexModel([("state", 1), ("next_try_at", 1)]), IndexModel("ended_at", expireAfterSeconds=KEPT)
        try:
            self.documents.create_indexes([once, due, forgotten])
        except OperationFailure as failure:
            if failure.code == NO_RIGHT:
                raise
            reason = words_of(failure.code, message_of(failure))
            raise DatabaseRefused(
                f"Nobody is notified: MongoDB at {place(self.settings)} did not create the indexes of "
                f"monitor_notifications ({reason}), without which people could be notified twice of an event. "
                f"{remedy_of(failure.code)}."
            ) from None

    # ---- queue

    @answered
    def queued(self, target: str, keys: Iterable[str]) -> set[str]:
        """Return which of the keys are in a message of the target."""
        wanted_keys = set(keys)
        documents = self.documents.find({"target": target, "keys": {"$in": list(wanted_keys)}}, {"keys": 1})
        return wanted_keys & {key for message in documents for key in message["keys"]}

    @answered
    def queue(self, target: str, notes: Mapping[str, Note], now: datetime) -> None:
        """Queue one message of all notes, by key, without the notes that another logger has queued in the meantime.

        Notes for a target that is down are added to its waiting message, which is then tried again at once, unless it
        may have arrived.
        """
        waiting = {
            "target": target,
            "state": "waiting",
            "doubtful": 0,
            "digest": {"$ne": True},
            "report": {"$ne": True},
        }
        notes = dict(notes)
        while notes:
            content: Document = {"keys": list(notes), "notes": [storable(note) for note in notes.values()]}
            more = {
                "$push": {name: {"$each": values} for name, values in content.items()},
                "$set": {"next_try_at": now},
                "$unset": {"first_try_at": ""},
            }
            try:
                if not self.documents.update_one(waiting | {"keys": {"$nin": content["keys"]}}, more).matched_count:
                    self.documents.insert_one(
                        {"_id": uuid4().hex, "attempts": 0} | _new(target, now, now) | content | self.of_model
                    )
            except DuplicateKeyError:
                queued = self.queued(target, notes)
                notes = {key: note for key, note in notes.items() if key not in queued}
            else:
                return

    @answered
    def collect(
        self, target: str, entry: tuple[str, Note], day: date, due: Callable[[date], datetime], now: datetime
    ) -> None:
        """Add a key and its note to the target's digest of this day or, if that is being sent, of a later day."""
        key, note = entry
        while True:
            open_one = {"_id": f"{target} {day}", "attempts": 0}
            new = {"digest": True} | _new(target, now, due(day)) | self.of_model
            change = {"$push": {"keys": key, "notes": storable(note)}, "$setOnInsert": new}
            try:
                self.documents.update_one(open_one | {"keys": {"$ne": key}}, change, upsert=True)
            except DuplicateKeyError:  # it is in one, or this day's is being sent, or was begun by another just now
                if self.queued(target, [key]):
                    return
                if not self.documents.find_one(open_one, {"_id": 1}):
                    day += ONE_DAY
            else:
                return

    @answered
    def queue_report(self, target: str, note: Note, attachment: Attachment | None, now: datetime) -> None:
        """Queue a report as a message of its own, unless one with its key has been queued for the target."""
        content: Document = {"keys": [note.event], "notes": [storable(note)], "report": True, "attempts": 0}
        if attachment:
            content["attachment"] = {"name": attachment.name, "gzip": gzip.compress(attachment.content)}
        with suppress(DuplicateKeyError):
            self.documents.insert_one({"_id": uuid4().hex} | _new(target, now, now) | content | self.of_model)

    # ---- deliver

    @answered
    def claim(self, now: datetime, until: datetime, targets: Iterable[str]) -> Message | None:
        """Return the message that has been due longest, counting the send that now begins as one that may arrive.

        No other logger can claim it before `until`.
        """
        by_a_wrong_clock = [  # which was ahead: none of these waits so long
            {"attempts": {"$gt": 0}, "next_try_at": {"$gt": now + LONGEST_WAIT}},
            {"attempts": 0, "digest": {"$ne": True}},
            {"next_try_at": {"$gt": now + 2 * ONE_DAY}},
        ]
        due = {"$or": [{"next_try_at": {"$lte": now}}, *by_a_wrong_clock]}
        query = {"state": "waiting", "target": {"$in": sorted(targets)}} | due
        begun = {
            "$set": {"next_try_at": until},
            "$inc": {"attempts": 1, "doubtful": 1},
            "$min": {"first_try_at": now},
        }
        document = self.documents.find_one_and_update(
            query, begun, sort=[("due_at", 1)], return_document=ReturnDocument.AFTER
        )
        return read_message(document) if document else None

    @answered
    def arrived(self, message: Message, now: datetime) -> None:
        """Mark a message as arrived."""
        sent = {"state": "sent", "ended_at": now, "error": None}
        self.documents.update_one({"_id": message.id, "state": "waiting"}, {"$set": sent} | WITHOUT_FILE)

    @answered
    def refused(
        self, message: Message, error: str, doubtful: bool, next_try_at: datetime | None, now: datetime
    ) -> None:
        """Store a failed send; `doubtful`: it may have arrived nevertheless; without a next try it is given up."""
        query = {"_id": message.id, "state": "waiting", "attempts": message.attempts}  # else another logger is at it
        change: Document = {"error": error}
        change |= {"next_try_at": next_try_at} if next_try_at else {"state": "failed", "ended_at": now}
        ended = {} if next_try_at else WITHOUT_FILE
        self.documents.update_one(query, {"$set": change, "$inc": {"doubtful": 0 if doubtful else -1}} | ended)

    @answered
    def give_up_doubtful(self, sends: int, error: str, now: datetime) -> None:
        """Give up messages that are due and may have arrived this many times."""
        self._give_up({"doubtful": {"$gte": sends}}, error, now)

    @answered
    def give_up_others(self, targets: Iterable[str], due_before: datetime, error: str, now: datetime) -> None:
        """Give up messages that have been due for long and are for none of these targets."""
        self._give_up({"target": {"$nin": list(targets)}, "due_at": {"$lte": due_before}}, error, now)

    def _give_up(self, query: Document, error: str, now: datetime) -> None:
        due = {"state": "waiting", "next_try_at": {"$lte": now}}
        given_up = {"$set": {"state": "failed", "ended_at": now, "error": error}}
        self.documents.update_many(due | query, given_up | WITHOUT_FILE)

    # ---- what a person sees

    @answered
    def latest(self, most: int = 50) -> list[Message]:
        """Return the latest messages, the newest first."""
        return [read_message(document) for document in self._newest({}).limit(most)]

    @answered
    def undelivered(self, now: datetime) -> list[Message]:
        """Return messages that failed or are late, and those given up in the last week; the newest first."""
        late = {"attempts": 0, "next_try_at": {"$lte": now - LATE}}
        trouble = [
            {"state": "waiting", "$or": [{"error": {"$ne": None}}, late]},
            {"state": "failed", "ended_at": {"$gt": now - SHOWN_FAILED}},
        ]
        return [read_message(document) for document in self._newest({"$or": trouble})]

    @answered
    def latest_reports(self) -> list[Message]:
        """Return the messages, to each target, of the scheduled report that was queued last."""
        newest = next(self._newest({"report": True}).limit(1), None)
        return [read_message(document) for document in self._newest({"keys": newest["keys"][0]})] if newest else []

    def _newest(self, query: Document) -> Cursor[Document]:
        """Return the messages of a query, the newest first, without their files."""
        return self.documents.find(query, {"attachment": 0}).sort("queued_at", -1)


def _new(target: str, now: datetime, due_at: datetime) -> Document:
    return {
        "target": target,
        "state": "waiting",
        "doubtful": 0,  # sends that may have arrived
        "queued_at": now,
        "due_at": due_at,
        "next_try_at": due_at,
        "error": None,
    }


def read_message(document: Document) -> Message:
    """Parse the document of a message."""
    return Message(
        id=str(document["_id"]),
        target=document["target"],
        notes=tuple(map(_read_note, document["notes"])),
        is_digest=bool(document.get("digest")),
        state=document["state"],
        attempts=document["attempts"],
        doubtful=document.get("doubtful", 0),
        queued_at=document["queued_at"],
        first_try_at=document.get("first_try_at"),
        next_try_at=document["next_try_at"] if document["state"] == "waiting" else None,
        sent_at=document.get("ended_at") if document["state"] == "sent" else None,
        error=document["error"],
        attachment=_read_file(document.get("attachment")),
    )


def _read_file(stored: Document | None) -> Attachment | None:
    return Attachment(stored["name"], gzip.decompress(stored["gzip"])) if stored else None


def _read_note(document: Document) -> Note:
    kind = EventKind.stored(document["kind"])  # a message of a later version was put into words by it
    return Note(document["event"], document["severity"], kind, document["heading"], document["text"])
