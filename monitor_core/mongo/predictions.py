"""The predictions: reading them, finding those that the logger has to log, and marking them as logged."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.documents import Review, ReviewedRow, Waiting, field_value
from monitor_core.contract.wording import listed
from monitor_core.mongo import indexes
from monitor_core.mongo.connection import (
    Document,
    PlainlyCompared,
    answered,
    answering,
    id_key,
    id_keys,
    in_pieces,
    place,
    united,
)
from monitor_core.mongo.live import CLOCKS_DIFFER, Live
from monitor_core.mongo.models import collections_alike
from monitor_core.mongo.reading import as_contract, is_absent, is_false
from monitor_core.mongo.superseded import CountedPredictions
from monitor_core.mongo.unmarked import Unmarked, change_documents, is_surely_found, not_found, number_not_found
from monitor_core.settings.place import CLI
from monitor_core.settings.settings import Settings

Piece = tuple[Document, str | None]  # of what is pending: a query, and the index that finds it
ONE_MILLISECOND = timedelta(milliseconds=1)
PREDICTIONS_LISTED = 10_000  # ids in one `$in`
MARKED_AT_ONCE = 2  # pieces
FEW = 10  # documents, of which the first that can be read is taken
READ_AT_A_TIME = 10_000  # documents in memory, raw


class Predictions:
    """The documents of the predictions, which this class only reads, apart from the field `logged`."""

    def __init__(
        self,
        settings: Settings,
        collection: PlainlyCompared,
        live: Live,
        unmarked: Unmarked,
        counted: CountedPredictions,
    ) -> None:
        self.settings = settings
        self.fields = settings.fields
        self.collection = collection
        self.counted = counted
        self.live = live
        self.reading = live.reading
        self.unmarked = unmarked

    @answered
    def is_empty(self) -> bool:
        """Return whether the collection is empty."""
        return self.collection.find_one({}, {"_id": 1}) is None

    @answered
    def may_repeat_ids(self) -> bool:
        """Return whether several documents may share an id, as in a view."""
        return self.collection.may_repeat_ids()

    @answered
    def are_compared_otherwise(self) -> bool:
        """Return whether they are a view that compares texts by a collation of its own."""
        return self.collection.compares_otherwise()

    @answered
    def why_empty(self) -> str | None:
        """Say whether an empty collection exists, and which other ones look suitable; None if it has documents."""
        if not self.is_empty():
            return None
        f, database = self.fields, self.collection.database
        names = database.list_collection_names(authorizedCollections=True)  # a user may be allowed to see some only
        names = [name for name in names if not name.startswith(("monitor_", "system."))]
        where = f"The collection {self.collection.full_name} at {place(self.settings)}"
        state = "is empty" if self.collection.name in names else "does not exist"
        alike = [name for name in collections_alike(database, names, f) if name != self.collection.name]
        others = (
            f" Documents with the fields {f.prediction} and {f.predicted_at} are in {listed(alike)}." if alike else ""
        )
        check = f"Check MONITOR_DATABASE and MONITOR_COLLECTION; `{CLI} doctor` shows what else is there."
        return f"{where} {state}.{others} {check}"

    @answered
    def read(self, document_id: Any) -> Document | None:
        """Return one prediction with all its raw fields."""
        return self.collection.find_one({"_id": {"$eq": document_id}})

    @answered
    def first_day(self, basis: Basis) -> date | None:
        """Return the earliest local day with a prediction by this basis."""
        earliest = min(self._ends(basis, 1), default=None)
        return local_day(earliest, self.settings.zone) if earliest else None

    @answered
    def newest_review_at(self, now: datetime) -> datetime | None:
        """Return the time of the newest review; dates in the future are ignored as mistakes."""
        return max((instant for instant in self._ends("validated", -1, now) if instant <= now), default=None)

    @answered
    def reviewed_ever(self) -> int:
        """Count the predictions with a readable review and a date, usable or not, from an index."""
        f = self.fields
        readable = {"$isNumber": self.reading.review_of("$_id", 0, dated=True)}
        stages: list[Document] = [
            {"$match": {f.validated_at: {"$ne": None}, f.validated: {"$ne": None}}},
            {"$group": {"_id": f"${f.validated}", "n": {"$sum": 1}}},
            {"$match": {"$expr": {"$or": [readable, is_false("$_id")]}}},
        ]
        return sum(int(group["n"]) for group in self.counted.aggregate(stages))

    def _ends(self, basis: Basis, order: int, until: datetime | None = None) -> Iterator[datetime]:
        """Yield the first instant of each form of dates, over all documents, or the last among those that count."""
        at, windows, validated = self.live.at(basis), self.live.windows, self.fields.validated
        reviewed: Document = {validated: {"$ne": None}} if basis == "validated" else {}
        within = windows.of(windows.first, min(until + ONE_MILLISECOND, windows.end) if until else windows.end)
        queries: list[Document] = [{at: window.bounds} | reviewed for window in within]
        rows = self._outermost(at, [(query, FEW) for query in queries], order)
        readable: list[Document] = [{"$ne": [self.reading.clock_of(f"${at}"), None]}]
        if basis == "validated":
            readable.append(self.reading.is_review(f"${validated}", dated=True))
        by_expression = list[tuple[Document, int]]()  # which MongoDB takes long to understand, and seldom has to
        for index, of_window in rows.items():
            first = next(filter(None, (self._end_of(row, basis) for row in of_window)), None)
            if first and within[index].is_exact:
                yield first
            else:
                few = 1 if within[index].is_exact else 100
                by_expression.append((queries[index] | {"$expr": {"$and": readable}}, few))
        for of_window in self._outermost(at, by_expression, order).values():
            yield from filter(None, (self._end_of(row, basis) for row in of_window))

    def _outermost(self, at: str, queries: list[tuple[Document, int]], order: int) -> dict[int, list[Document]]:
        """Return the first rows of queries, in this order of their dates, by the query's index; none if it has none."""
        fields = {at: 1, self.fields.validated: 1, "_id": 0}
        pipelines: list[list[Document]] = [
            [{"$match": query}, {"$sort": {at: order}}, {"$limit": few}, {"$project": fields}] for query, few in queries
        ]
        rows: dict[int, list[Document]] = {}
        for index, row in united(self.collection, pipelines) if order > 0 else self.counted.united(pipelines):
            rows.setdefault(index, []).append(row)
        return rows

    def _end_of(self, row: Document, basis: Basis) -> datetime | None:
        notation = self.settings.notation
        validated, at = (as_contract(field_value(row, name)) for name in (self.fields.validated, self.live.at(basis)))
        return notation.instant_of(at) if basis == "predicted" or notation.is_review(validated, True) else None

    def _pending_filter(self) -> Document:
        return {self.fields.logged: {"$ne": True}} | self._reviewed()

    def _pending_pieces(self, ids: list[Any] | None = None) -> Iterator[Piece]:
        """Yield queries for what is pending: the dated reviews in their order, then the others; or among these ids."""
        pending = self._pending_filter()
        if ids is not None:
            yield pending | {"_id": {"$in": ids}}, None
            return
        present = indexes.present_in(self.collection)
        for piece, index in indexes.pending(self.settings):
            yield {"$and": [piece, pending]}, indexes.name_of(index, present)

    def _documents(self, pieces: Iterable[Piece], fields: dict[str, int], size: int) -> Generator[Document, None, None]:
        for query, name in pieces:
            with self.collection.find(query, fields, batch_size=size, hint=name) as documents:
                yield from documents

    def pending(self, ids: list[Any] | None = None, size: int = READ_AT_A_TIME) -> Iterator[list[ReviewedRow | str]]:
        """Yield the reviewed predictions that are not logged, optionally among these ids: rows, or why there is none.

        They come in the order of their reviews, in lists of `size`, each read when it is requested.
        """
        yield from self._rows(self._pending_pieces(ids), size)

    def pending_beside(self, start: datetime, end: datetime, size: int) -> Iterator[list[ReviewedRow | str]]:
        """Yield as `pending`, except for reviews between these instants or, by a clock that differs, near them."""
        others: Document = {"$nor": self._reviewed_around(start, end)}
        yield from self._rows((({"$and": [query, others]}, name) for query, name in self._pending_pieces()), size)

    def pending_around(self, start: datetime, end: datetime, size: int) -> Iterator[list[ReviewedRow | str]]:
        """Yield what is pending and was reviewed between these instants or, by a clock that differs, near them."""
        query = {"$or": self._reviewed_around(start, end)} | self._pending_filter()
        yield from self._rows(
            [(query, indexes.name_of(indexes.of_reviews(self.settings), indexes.present_in(self.collection)))], size
        )

    def _reviewed_around(self, start: datetime, end: datetime) -> list[Document]:
        windows = self.live.windows.of(start - CLOCKS_DIFFER, end + CLOCKS_DIFFER)
        return [{self.fields.validated_at: window.bounds} for window in windows]

    def _rows(self, pieces: Iterable[Piece], size: int) -> Iterator[list[ReviewedRow | str]]:
        with answering(self.settings), closing(self._documents(pieces, self._row_fields(), size)) as documents:
            while piece := list(islice(documents, size)):
                remembered = self.unmarked.among(_ids_of(piece))
                lost = not_found(self.collection, _ids_of(piece))
                rows = [
                    self.loggable_row(document, lost)
                    for document in piece
                    if "_id" not in document or id_key(document["_id"]) not in remembered
                ]
                if rows:
                    yield rows

    def set_aside(self) -> Iterator[tuple[Document, str]]:
        """Yield the reviewed predictions that are set aside, reading lazily, each with the reason."""
        fields = self._row_fields() | {self.fields.filename: 1}
        with (
            answering(self.settings),
            closing(self._documents(self._pending_pieces(), fields, READ_AT_A_TIME)) as documents,
        ):
            while piece := list(islice(documents, READ_AT_A_TIME)):
                lost = not_found(self.collection, _ids_of(piece))
                for document in piece:
                    reason = self.loggable_row(document, lost)
                    if isinstance(reason, str):
                        yield document, reason

    @answered
    def has_pending(self, ids: list[Any] | None = None) -> bool:
        """Return whether any prediction is waiting to be logged, optionally among these ids."""
        with closing(self._documents(self._pending_pieces(ids), {"_id": 1}, 1)) as documents:
            return next(documents, None) is not None

    @answered
    def not_logged(self, ids: list[Any]) -> set[bytes]:
        """Return the keys of those predictions that are not logged at this moment."""
        query = {"_id": {"$in": ids}, self.fields.logged: {"$ne": True}}
        documents = self.collection.find(query, {"_id": 1}, batch_size=READ_AT_A_TIME)
        return id_keys(document["_id"] for document in documents) - self.unmarked.among(ids)

    def reviewed_rows(self, day: date) -> Iterator[ReviewedRow]:
        """Yield the reviewed predictions of one local day, in no particular order."""
        for window in self.live.windows.of(*Period(day, day).bounds(self.settings.zone)):
            query = {self.fields.predicted_at: window.bounds} | self._reviewed()
            with answering(self.settings):
                for document in self.collection.find(query, self._row_fields(), batch_size=READ_AT_A_TIME):
                    row = self.row_of(document)
                    if not isinstance(row, str) and local_day(row.predicted_at, self.settings.zone) == day:
                        yield row

    def _reviewed(self) -> Document:
        """Return the condition of predictions that count and have a review; an index skips those without one."""
        left_out = self.counted.superseded.left_out()
        return {self.fields.validated: {"$ne": None}, "$expr": self._is_review} | left_out

    @property
    def _is_review(self) -> Document:
        f = self.fields
        return self.reading.is_review(f"${f.validated}", {"$not": [is_absent(f"${f.validated_at}")]})

    def _row_fields(self) -> dict[str, int]:
        f = self.fields
        return dict.fromkeys((f.validated, f.prediction, f.confidence, f.predicted_at, f.validated_at), 1)

    def loggable_row(self, document: Document, lost: set[bytes]) -> ReviewedRow | str:
        """Read as `row_of`; what no id finds is set aside too, for nothing could say that it is logged."""
        is_found = "_id" in document and not (lost and id_key(document["_id"]) in lost)
        return self.row_of(document) if is_found else "no_id"

    def row_of(self, document: Document) -> ReviewedRow | str:
        """Parse a reviewed prediction; return the reason as a text if it is set aside."""
        f, notation = self.fields, self.settings.notation
        value = {name: as_contract(field_value(document, name)) for name in self._row_fields()}
        prediction = notation.class_of(value[f.prediction])
        if prediction is None:
            return "unreadable_prediction"
        target = notation.review_of(value[f.validated], prediction, dated=True)
        if target is Review.UNREADABLE:
            return "unreadable_review"
        predicted_at = notation.instant_of(value[f.predicted_at])
        if predicted_at is None:
            return "undated_prediction"
        return ReviewedRow(
            document.get("_id"),
            None if isinstance(target, Review) else target,
            prediction,
            notation.confidence_of(value[f.confidence]),
            predicted_at,
            notation.instant_of(value[f.validated_at]),
        )

    @answered
    def mark_logged(self, ids: list[Any]) -> None:
        """Mark predictions as logged, in two parallel pieces, and store which documents refuse the mark."""
        with ThreadPoolExecutor(MARKED_AT_ONCE) as threads:
            pieces = in_pieces(ids, PREDICTIONS_LISTED)
            change = {"$set": {self.fields.logged: True}}
            for refused in threads.map(lambda piece: change_documents(self.collection, piece, change), pieces):
                self.unmarked.add(refused)

    def _remembered_pending(self) -> int:
        """Count the unmarked logged predictions that look pending."""
        number, pending = 0, self._pending_filter()
        for ids in self.unmarked.pieces():
            number += self.collection.count_documents({"_id": {"$in": ids}} | pending)
        return number

    @answered
    def waiting(self) -> Waiting:
        """Return the predictions that wait to be logged, without those that are set aside."""
        f, reading = self.fields, self.reading
        target = reading.review_of(f"${f.validated}", "$$label", dated=True)
        readable = {"$and": [{"$ne": ["$$label", None]}, {"$ne": [target, Review.UNREADABLE.name]}]}
        dated = {"$ne": [reading.clock_of(f"${f.predicted_at}"), None]}
        has_id = {"$ne": [{"$type": "$_id"}, "missing"]}
        loggable = {"$let": {"vars": {"label": reading.class_of(f"${f.prediction}")}, "in": readable}}
        reviewed_at = f"${f.validated_at}"
        oldest = {"$min": {"$cond": [reading.is_naive(reviewed_at), None, reading.clock_of(reviewed_at)]}}
        group = {"_id": is_surely_found("$_id"), "rows": {"$sum": 1}, "oldest": oldest}
        only_loggable: Document = {"$match": {"$expr": {"$and": [has_id, loggable, dated]}}}
        rows, oldest_of, uncounted = 0, list[datetime](), self._remembered_pending()
        for query, name in self._pending_pieces():
            stages: list[Document] = [{"$match": query}, only_loggable]
            for of_ids in self.collection.aggregate([*stages, {"$group": group}], **_hint(name)):
                rows += of_ids["rows"]
                oldest_of += [of_ids["oldest"]] if of_ids["oldest"] else []
                uncounted += 0 if of_ids["_id"] else number_not_found(self.collection, stages, **_hint(name))
        rows = max(0, rows - uncounted)  # the oldest may be one of these: then nobody says
        return Waiting(rows, min(oldest_of, default=None) if rows and not uncounted else None)


def _ids_of(documents: list[Document]) -> list[Any]:
    return [document["_id"] for document in documents if "_id" in document]


def _hint(index: str | None) -> dict[str, Any]:
    return {"hint": index} if index else {}
