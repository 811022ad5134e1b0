"""Every query and every write, in the domain's types."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from pymongo.collection import Collection
from pymongo.cursor import Cursor

from monitor_core.contract import documents as contract
from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, Selection, hours, local_day, start_of, stretches
from monitor_core.contract.documents import (
    ISO_8601,
    NUMERIC_STRING,
    Review,
    ReviewedRow,
    class_of,
    confidence_of,
    review_of,
)
from monitor_core.mongo import connection as database
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.counts import Live
from monitor_core.mongo.history import Records
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.counts import Counts, DayCounts, SortedOut, confusion_of, counts_of_days, day_counts
from monitor_core.settings.settings import Reads, Settings

PREDICTIONS_LISTED = 10_000  # ids in one `$in`
MARKED_AT_ONCE = 2  # pieces
COUNTED_AT_ONCE = 2  # pieces
MOST_DAYS, MOST_PIECES = 31, 16  # of what is counted in one go, and of a period
READ_AT_A_TIME = 10_000  # documents in memory, raw
Told = Callable[[int, int], None]  # days done, of so many


@dataclass(frozen=True)
class Waiting:
    """What the worker has not logged yet."""

    rows: int
    oldest_review_at: datetime | None


class Store:
    """The predictions, which we only read (but for `logged`), and our own `monitor_*` collections."""

    def __init__(self, settings: Settings, reads: Reads = "primary") -> None:
        self.settings = settings
        self.fields = settings.fields
        self._zone = settings.zone
        self.database = database.connect(settings)
        self.predictions: Collection[Document] = self.database[settings.collection]
        self.live = Live(settings, self.predictions, reads)
        self.records = Records(settings, self.database, self.live)

    # ---- reading: counts

    @answered
    def counts(self, selection: Selection, exact: bool = False, told: Told = lambda done, of: None) -> Counts:
        """What the selection's documents are; `exact`: all counted at this moment, whatever the history says.

        Days that are known to be unchanged come from the history (`records` says how late a change may show), the
        others are counted by the database. `told`: how many days of those to count are done, while there are some.
        """
        looked = {} if exact or selection.where else self.records.looked()
        by_day = self._plain_days(selection, looked, told)
        basis, where = selection.basis, selection.where
        texts = self.records.undated_texts(basis, looked)
        texts = self.live.undated_texts(basis, where) if texts is None else texts
        undated = {BASES[basis].undated: self.live.undated_but_texts(basis, where) + texts}
        return counts_of_days(by_day, undated, self.settings.class_names)

    @answered
    def hour_counts(self, selection: Selection) -> ConfusionCounts:
        """The confusions of each local hour, in the order of `period.hours`, and named by the clock on the wall."""
        zone = self.settings.zone
        begun = [hour.astimezone(zone).replace(tzinfo=None) for hour in hours(selection.period, zone)]
        return confusion_of(tuple(begun), day_counts(self.live.hour_groups(selection), (), len(begun)))

    @answered
    def days(self, selection: Selection, exact: bool = False, told: Told = lambda done, of: None) -> list[DayCounts]:
        """What each of the period's days is made of: confusions, confidences by outcome, times to review."""
        looked = {} if exact or selection.where else self.records.looked()
        known = self.records.known(selection, looked)
        kept = self.records.whole(selection.basis, list(known.recorded))
        return list(self._with_the_others(selection, kept, self.live.days, told).values())

    @answered
    def plain_days(self, selection: Selection) -> list[DayCounts]:
        """As `days`, without confidence and delays: so the history's are those that are held in memory."""
        looked = {} if selection.where else self.records.looked()
        return list(self._plain_days(selection, looked).values())

    def _plain_days(
        self, selection: Selection, looked: Document, told: Told = lambda done, of: None
    ) -> dict[date, DayCounts]:
        known = self.records.known(selection, looked)
        found = self._with_the_others(selection, known.recorded | known.recent, self.live.plain_days, told)
        self.records.keep(selection.basis, known.changed, found)
        return found

    def _with_the_others(
        self,
        selection: Selection,
        known: dict[date, DayCounts],
        count: Callable[[Selection], list[DayCounts]],
        told: Told,
    ) -> dict[date, DayCounts]:
        """The known days, and the others counted: in pieces, for one keeps only one of MongoDB's cores busy."""
        days = selection.period.days
        others = stretches(day for day in days if day not in known)
        size = max(MOST_DAYS, len(days) // MOST_PIECES)
        pieces = [replace(selection, period=piece) for one in others for piece in one.pieces(size)]
        done, of, found = 0, sum(len(piece.period) for piece in pieces), dict(known)
        with ThreadPoolExecutor(COUNTED_AT_ONCE) as threads:
            for piece, counted in zip(pieces, threads.map(count, pieces), strict=True):
                found |= zip(piece.period.days, counted, strict=True)
                done += len(piece.period)
                told(done, of)
        return {day: found[day] for day in days}

    # ---- reading: what there is

    @answered
    def is_empty(self) -> bool:
        return self.predictions.find_one({}, {"_id": 1}) is None

    @answered
    def document(self, document_id: Any) -> Document | None:
        """One prediction with all of its fields, as it is."""
        return self.predictions.find_one({"_id": document_id})

    @answered
    def first_day(self, basis: Basis) -> date | None:
        """The earliest local day that has a document of this basis."""
        instants = [found for text in (False, True) if (found := self._end(basis, 1, text))]
        return local_day(min(instants), self.settings.zone) if instants else None

    @answered
    def newest_review_at(self, now: datetime) -> datetime | None:
        """When the newest review was made; one dated in the future is a mistake, not the newest."""
        found = [self._end("validated", -1, text, now) for text in (False, True)]
        return max((instant for instant in found if instant and instant <= now), default=None)

    @answered
    def reviewed_ever(self) -> int:
        """Documents that have a review and its date, usable or not: an index counts them."""
        f = self.fields
        return self.predictions.count_documents({f.validated_at: {"$ne": None}, f.validated: {"$ne": None}})

    def _end(self, basis: Basis, order: int, text: bool, now: datetime | None = None) -> datetime | None:
        at, zone = self.live.at(basis), self.settings.zone
        bounds: Document = {"$gte": FIRST_DAY.isoformat() if text else start_of(FIRST_DAY, zone)}
        if now:
            bounds["$lt"] = (now + 2 * ONE_DAY).date().isoformat() if text else now
        asked: Document = {at: bounds}
        if basis == "validated":
            asked[self.fields.validated] = {"$ne": None}
        rows = self.predictions.find(asked, {at: 1, "_id": 0}).sort(at, order).limit(1 if not text else 1000)
        instants = (contract.instant_of(field_value(row, at), zone) for row in rows)
        return next((instant for instant in instants if instant), None)

    def segment_choices(self, name: str) -> list[str] | None:
        """The values that a segment has; None when there are too many, or no index gives them at once."""
        with database.answering(self.settings):
            return self.live.segment_choices(name)

    @answered
    def training_counts(self) -> dict[int, int]:
        """Class -> documents with `trained: true` and a known true class."""
        f = self.fields
        key = {"v": f"${f.validated}", "p": f"${f.prediction}"}
        counts: dict[int, int] = {}
        stages: list[Document] = [{"$match": {f.trained: True}}, {"$group": {"_id": key, "n": {"$sum": 1}}}]
        for found in self.predictions.aggregate(stages):
            target = review_of(found["_id"].get("v"), class_of(found["_id"].get("p")), dated=True)
            if not isinstance(target, Review):
                counts[target] = counts.get(target, 0) + found["n"]
        return counts

    @answered
    def census(self) -> dict[str, int]:
        """How the whole collection keeps to the contract; reads every document, so for the CLI, not for a page."""
        f = self.fields
        sorted_out = SortedOut()
        for group in self.live.groups([], {"$literal": 0}, "predicted"):
            sorted_out.add(group)
        undated = {one.undated: self.live.undated(basis) for basis, one in BASES.items()}
        counts = counts_of_days({FIRST_DAY: sorted_out.day([])}, undated, self.settings.class_names)
        return {
            "documents": counts.documents,
            "reviewed": counts.validated,
            "not_reviewed": counts.not_reviewed,
            **counts.excluded,
            **counts.noticed,
            "odd_trained": self.predictions.count_documents({f.trained: {"$nin": [True, False, None]}}),
            "odd_logged": self.predictions.count_documents({f.logged: {"$nin": [True, False, None]}}),
        }

    # ---- the worker

    def _pending_filter(self) -> Document:
        return {self.fields.logged: {"$ne": True}} | self._reviewed()

    def _pending(self, ids: list[Any] | None, fields: dict[str, int], size: int) -> Cursor[Document]:
        asked = self._pending_filter() | ({} if ids is None else {"_id": {"$in": ids}})
        name = database.index_name(self.predictions, self._pending_index) if ids is None else None
        # Without the hint MongoDB may take an index that wades through all that is logged.
        return self.predictions.find(asked, fields, batch_size=size, hint=name)

    @property
    def _pending_index(self) -> database.Index:
        return next(index for index in database.indexes(self.settings) if index.keys[0] == self.fields.logged)

    def pending(self, ids: list[Any] | None = None, size: int = READ_AT_A_TIME) -> Iterator[list[ReviewedRow | str]]:
        """The reviewed documents that are not logged, among these ids if given: rows, or the reasons why they are none.

        In the order of their reviews, in lists of this size; a list is read when it is asked for.
        """
        with database.answering(self.settings), self._pending(ids, self._row_fields(), size) as found:
            while some := [self.row_of(document) for document in islice(found, size)]:
                yield some

    @answered
    def has_pending(self, ids: list[Any] | None = None) -> bool:
        with self._pending(ids, {"_id": 1}, 1) as found:
            return next(found.limit(1), None) is not None

    @answered
    def not_logged(self, ids: list[Any]) -> set[Any]:
        """Those of the documents that are not logged at this moment."""
        asked = {"_id": {"$in": ids}, self.fields.logged: {"$ne": True}}
        return {found["_id"] for found in self.predictions.find(asked, {"_id": 1}, batch_size=READ_AT_A_TIME)}

    def reviewed_rows(self, day: date) -> Iterator[ReviewedRow]:
        """The reviewed documents of one local day of prediction, in no order."""
        for window in self.live.windows(Period(day, day)):
            asked = {self.fields.predicted_at: window} | self._reviewed()
            with database.answering(self.settings):
                for found in self.predictions.find(asked, self._row_fields(), batch_size=READ_AT_A_TIME):
                    row = self.row_of(found)
                    if not isinstance(row, str) and local_day(row.predicted_at, self._zone) == day:
                        yield row

    def _reviewed(self) -> Document:
        """Finds what has a review; `false` without a review date is none."""
        f = self.fields
        return {f.validated: {"$ne": None}, "$nor": [{f.validated: False, f.validated_at: None}]}

    def _row_fields(self) -> dict[str, int]:
        f = self.fields
        return dict.fromkeys((f.validated, f.prediction, f.confidence, f.predicted_at, f.validated_at), 1)

    def row_of(self, document: Document) -> ReviewedRow | str:
        f = self.fields
        prediction = class_of(field_value(document, f.prediction))
        if prediction is None:
            return "unreadable_prediction"
        target = review_of(field_value(document, f.validated), prediction, dated=True)
        if target is Review.UNREADABLE:
            return "unreadable_review"
        predicted_at = contract.instant_of(field_value(document, f.predicted_at), self._zone)
        if predicted_at is None:
            return "undated_prediction"
        return ReviewedRow(
            document.get("_id"),
            None if isinstance(target, Review) else target,
            prediction,
            confidence_of(field_value(document, f.confidence)),
            predicted_at,
            contract.instant_of(field_value(document, f.validated_at), self._zone),
        )

    @answered
    def mark_logged(self, ids: list[Any]) -> None:
        """Two pieces at a time: one keeps only one of MongoDB's cores busy."""

        def mark(some: list[Any]) -> None:
            self.predictions.update_many({"_id": {"$in": some}}, {"$set": {self.fields.logged: True}})

        with ThreadPoolExecutor(MARKED_AT_ONCE) as threads:
            list(threads.map(mark, database.in_pieces(ids, PREDICTIONS_LISTED)))

    @answered
    def waiting(self) -> Waiting:
        """What the worker could log and has not; documents it has to set aside are not waiting."""
        f = self.fields
        number = re.compile(NUMERIC_STRING.pattern)
        readable = {
            f.prediction: [{"$type": "number"}, number],
            f.validated: [{"$type": ["number", "bool"]}, number],
            f.predicted_at: [{"$type": "date"}, re.compile(ISO_8601)],
        }
        loggable = {"$and": [{"$or": [{name: one} for one in accepted]} for name, accepted in readable.items()]}
        oldest = {"$min": {"$cond": [{"$eq": [{"$type": f"${f.validated_at}"}, "date"]}, f"${f.validated_at}", None]}}
        stages = [
            {"$match": self._pending_filter() | loggable},
            {"$group": {"_id": None, "rows": {"$sum": 1}, "oldest": oldest}},
        ]
        for found in self.predictions.aggregate(stages):
            return Waiting(found["rows"], found["oldest"])
        return Waiting(0, None)

    @answered
    def now(self) -> datetime:
        """The database's clock: the workers' own may differ and jump."""
        found: datetime = self.database.client.admin.command("hello")["localTime"]
        return found.astimezone(UTC)

    @answered
    def create_indexes(self) -> list[database.Index]:
        """Those that could not be made, for want of the right: without them everything works, slower."""
        refused = [i for i in self.missing_indexes() if not database.create_index(self.predictions, i)]
        if not refused:
            database.drop_superseded(self.predictions, self.settings)
        return refused

    @answered
    def missing_indexes(self) -> list[database.Index]:
        return database.missing_indexes(self.predictions, self.settings)

    @answered
    def server(self) -> str:
        """The server's version; raises when it does not answer."""
        return str(self.database.client.server_info()["version"])


def field_value(document: Document, path: str) -> Any:
    """A field, or one inside another: `review.class`."""
    if "." not in path:
        return document.get(path)
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
