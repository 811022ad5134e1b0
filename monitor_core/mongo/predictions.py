"""The predictions themselves: what there is of them, what the logger has still to log, and the mark of what it has."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import islice
from typing import Any

from pymongo.collection import Collection
from pymongo.cursor import Cursor

from monitor_core.contract import documents as contract
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, local_day, start_of
from monitor_core.contract.documents import (
    ISO_8601,
    NUMERIC_STRING,
    Review,
    ReviewedRow,
    Waiting,
    class_of,
    confidence_of,
    field_value,
    review_of,
)
from monitor_core.mongo import indexes
from monitor_core.mongo.connection import Document, answered, answering, in_pieces
from monitor_core.mongo.live import Live
from monitor_core.settings.settings import Settings

PREDICTIONS_LISTED = 10_000  # ids in one `$in`
MARKED_AT_ONCE = 2  # pieces
READ_AT_A_TIME = 10_000  # documents in memory, raw


class Predictions:
    """The predictions' documents, which we only read, but for `logged`."""

    def __init__(self, settings: Settings, collection: Collection[Document], live: Live) -> None:
        self.settings = settings
        self.fields = settings.fields
        self.collection = collection
        self.live = live

    @answered
    def is_empty(self) -> bool:
        return self.collection.find_one({}, {"_id": 1}) is None

    @answered
    def read(self, document_id: Any) -> Document | None:
        """Return one prediction with all of its fields, as it is."""
        return self.collection.find_one({"_id": document_id})

    @answered
    def first_day(self, basis: Basis) -> date | None:
        """Return the earliest local day that has a prediction of this basis."""
        instants = [instant for text in (False, True) if (instant := self._end(basis, 1, text))]
        return local_day(min(instants), self.settings.zone) if instants else None

    @answered
    def newest_review_at(self, now: datetime) -> datetime | None:
        """Return when the newest review was made; one dated in the future is a mistake, not the newest."""
        instants = [self._end("validated", -1, text, now) for text in (False, True)]
        return max((instant for instant in instants if instant and instant <= now), default=None)

    @answered
    def reviewed_ever(self) -> int:
        """Count the predictions that have a review and its date, usable or not: an index counts them."""
        f = self.fields
        return self.collection.count_documents({f.validated_at: {"$ne": None}, f.validated: {"$ne": None}})

    def _end(self, basis: Basis, order: int, text: bool, now: datetime | None = None) -> datetime | None:
        at, zone = self.live.at(basis), self.settings.zone
        bounds: Document = {"$gte": FIRST_DAY.isoformat() if text else start_of(FIRST_DAY, zone)}
        if now:
            bounds["$lt"] = (now + 2 * ONE_DAY).date().isoformat() if text else now
        query: Document = {at: bounds}
        if basis == "validated":
            query[self.fields.validated] = {"$ne": None}
        rows = self.collection.find(query, {at: 1, "_id": 0}).sort(at, order).limit(1 if not text else 1000)
        instants = (contract.instant_of(field_value(row, at), zone) for row in rows)
        return next((instant for instant in instants if instant), None)

    def _pending_filter(self) -> Document:
        return {self.fields.logged: {"$ne": True}} | self._reviewed()

    def _pending(self, ids: list[Any] | None, fields: dict[str, int], size: int) -> Cursor[Document]:
        query = self._pending_filter() | ({} if ids is None else {"_id": {"$in": ids}})
        name = indexes.name_of(indexes.of_pending(self.settings), self.collection) if ids is None else None
        # Without the hint MongoDB may take an index that wades through all that is logged.
        return self.collection.find(query, fields, batch_size=size, hint=name)

    def pending(self, ids: list[Any] | None = None, size: int = READ_AT_A_TIME) -> Iterator[list[ReviewedRow | str]]:
        """Yield the reviewed predictions that are not logged, among these ids if given: rows, or why they are none.

        In the order of their reviews, in lists of this size; a list is read when it is asked for.
        """
        with answering(self.settings), self._pending(ids, self._row_fields(), size) as documents:
            while rows := [self.row_of(document) for document in islice(documents, size)]:
                yield rows

    @answered
    def has_pending(self, ids: list[Any] | None = None) -> bool:
        with self._pending(ids, {"_id": 1}, 1) as documents:
            return next(documents.limit(1), None) is not None

    @answered
    def not_logged(self, ids: list[Any]) -> set[Any]:
        """Return those of the predictions that are not logged at this moment."""
        query = {"_id": {"$in": ids}, self.fields.logged: {"$ne": True}}
        return {document["_id"] for document in self.collection.find(query, {"_id": 1}, batch_size=READ_AT_A_TIME)}

    def reviewed_rows(self, day: date) -> Iterator[ReviewedRow]:
        """Yield the reviewed predictions of one local day, in no order."""
        for window in self.live.windows(Period(day, day)):
            query = {self.fields.predicted_at: window} | self._reviewed()
            with answering(self.settings):
                for document in self.collection.find(query, self._row_fields(), batch_size=READ_AT_A_TIME):
                    row = self.row_of(document)
                    if not isinstance(row, str) and local_day(row.predicted_at, self.settings.zone) == day:
                        yield row

    def _reviewed(self) -> Document:
        """Find what has a review; `false` without a review date is none."""
        f = self.fields
        return {f.validated: {"$ne": None}, "$nor": [{f.validated: False, f.validated_at: None}]}

    def _row_fields(self) -> dict[str, int]:
        f = self.fields
        return dict.fromkeys((f.validated, f.prediction, f.confidence, f.predicted_at, f.validated_at), 1)

    def row_of(self, document: Document) -> ReviewedRow | str:
        """Read a reviewed prediction; return the reason why it is set aside, if it is."""
        f = self.fields
        prediction = class_of(field_value(document, f.prediction))
        if prediction is None:
            return "unreadable_prediction"
        target = review_of(field_value(document, f.validated), prediction, dated=True)
        if target is Review.UNREADABLE:
            return "unreadable_review"
        predicted_at = contract.instant_of(field_value(document, f.predicted_at), self.settings.zone)
        if predicted_at is None:
            return "undated_prediction"
        return ReviewedRow(
            document.get("_id"),
            None if isinstance(target, Review) else target,
            prediction,
            confidence_of(field_value(document, f.confidence)),
            predicted_at,
            contract.instant_of(field_value(document, f.validated_at), self.settings.zone),
        )

    @answered
    def mark_logged(self, ids: list[Any]) -> None:
        """Mark two pieces at a time: one keeps only one of MongoDB's cores busy."""

        def mark(piece: list[Any]) -> None:
            self.collection.update_many({"_id": {"$in": piece}}, {"$set": {self.fields.logged: True}})

        with ThreadPoolExecutor(MARKED_AT_ONCE) as threads:
            list(threads.map(mark, in_pieces(ids, PREDICTIONS_LISTED)))

    @answered
    def waiting(self) -> Waiting:
        """Return what the logger could log and has not; predictions that it has to set aside are not waiting."""
        f = self.fields
        number = re.compile(NUMERIC_STRING.pattern)
        readable = {
            f.prediction: [{"$type": "number"}, number],
            f.validated: [{"$type": ["number", "bool"]}, number],
            f.predicted_at: [{"$type": "date"}, re.compile(ISO_8601)],
        }
        loggable = {"$and": [{"$or": [{name: form} for form in accepted]} for name, accepted in readable.items()]}
        oldest = {"$min": {"$cond": [{"$eq": [{"$type": f"${f.validated_at}"}, "date"]}, f"${f.validated_at}", None]}}
        stages = [
            {"$match": self._pending_filter() | loggable},
            {"$group": {"_id": None, "rows": {"$sum": 1}, "oldest": oldest}},
        ]
        for group in self.collection.aggregate(stages):
            return Waiting(group["rows"], group["oldest"])
        return Waiting(0, None)
