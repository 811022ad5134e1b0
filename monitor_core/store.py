"""Every query and every write, in the domain's types."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from bson import ObjectId
from pymongo.collection import Collection
from pymongo.cursor import Cursor

from monitor_core import database
from monitor_core.confusion import ConfusionCounts
from monitor_core.contract import (
    ISO_8601,
    ISO_8601_OFFSET,
    NUMERIC_STRING,
    Review,
    ReviewedRow,
    class_of,
    confidence_of,
    instant_of,
    review_of,
)
from monitor_core.database import Document, answered
from monitor_core.period import FIRST_DAY, ONE_DAY, Period, Selection, local_day, start_of, steady_clocks
from monitor_core.settings import Basis, Settings

DAY_MS = 86_400_000
PREDICTIONS_LISTED = 10_000  # ids in one `$in`
MARKED_AT_ONCE = 2  # pieces
READ_AT_A_TIME = 10_000  # documents in memory, raw


@dataclass(frozen=True)
class Counts:
    """What a selection's documents are: validated + not_reviewed + the unreadable ones = documents."""

    confusion: ConfusionCounts  # the reviewed rows
    documents: int  # that have a day in the period
    not_reviewed: int
    excluded: dict[str, int]  # set aside, by reason; the undated ones are those of the whole collection
    noticed: dict[str, int]  # counted in the numbers, but odd

    @property
    def validated(self) -> int:
        return int(self.confusion.cells[:, 3].sum())


@dataclass(frozen=True)
class Waiting:
    """What the worker has not logged yet."""

    rows: int
    oldest_review_at: datetime | None


@dataclass(frozen=True)
class TickResult:
    """How the worker's last run ended."""

    finished_at: datetime
    logged: int
    set_aside: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    destinations: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()  # batches of which nobody can tell whether a destination has them

    def is_overdue(self, now: datetime, every: timedelta) -> bool:
        """Whether more than one run is missing; a run may take its minutes."""
        return now - self.finished_at > 2 * every + timedelta(minutes=5)


@dataclass(frozen=True)
class DemoMark:
    """What the demo wrote, so that it can be removed without a trace."""

    ids: list[Any]
    filenames: list[str]


class Store:
    """The predictions, which we only read (but for `logged`), and our own `monitor_*` collections."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.fields = settings.fields
        self._zone = settings.zone
        self.database = database.connect(settings)
        self.predictions: Collection[Document] = self.database[settings.collection]

    # ---- reading: counts

    @answered
    def counts(self, selection: Selection) -> Counts:
        """The selection's counts, made by the database; one row a day, class, class comes back."""
        groups = [*self._dated_groups(selection), *self._text_groups(selection)]
        sorted_out = _SortedOut("undated_review" if selection.basis == "validated" else "undated_prediction")
        for group in groups:
            sorted_out.add(group)
        sorted_out.excluded[sorted_out.undated] += self._undated(selection.basis)
        return sorted_out.counts(selection.period.days, self.settings.class_names)

    def _dated_groups(self, selection: Selection) -> Iterator[Document]:
        """Groups of the documents whose day is a BSON date: `$gte` on a date finds only dates, in the year 9999 too."""
        at = self._at(selection.basis)
        start, end = selection.period.bounds(self.settings.zone)
        # An array's elements match too, and arithmetic on it would fail the whole answer.
        day = {"$cond": [{"$isArray": [f"${at}"]}, None, self._day_of(f"${at}", selection.period)]}
        return self._groups([{"$match": {at: {"$gte": start, "$lt": end}}}], day, selection.basis)

    def _text_groups(self, selection: Selection) -> Iterator[Document]:
        """Groups of the documents whose day is an ISO 8601 string; its text order finds them within a day."""
        at = self._at(selection.basis)
        period = selection.period
        low, high = (period.first - ONE_DAY).isoformat(), (period.last + 2 * ONE_DAY).isoformat()
        parse = [
            {"$match": {at: {"$gte": low, "$lt": high}}},
            {"$set": {"_at": _instant(f"${at}"), "_zoned": _matches(f"${at}", ISO_8601_OFFSET)}},
        ]
        midnight = datetime.combine(period.first, datetime.min.time(), UTC)
        # A naive string is in the local zone: its day needs no clock.
        zoned, naive = self._day_of("$_at", period), _days_since(midnight, "$_at")
        groups = self._groups(parse, {"$cond": ["$_zoned", zoned, naive]}, selection.basis)
        return (g for g in groups if g["_id"].get("d") is not None and 0 <= g["_id"]["d"] < len(period))

    def _groups(self, stages: list[Document], day: Any, basis: Basis) -> Iterator[Document]:
        f = self.fields
        key = {"d": day, "v": f"${f.validated}", "p": f"${f.prediction}"}
        if basis == "predicted":  # `false` is a rejection only with a review date
            key["r"] = {"$and": [{"$eq": [f"${f.validated}", False]}, {"$gt": [f"${f.validated_at}", None]}]}
        group = {
            "_id": key,
            "n": {"$sum": 1},
            "bad": {"$sum": {"$cond": [_usable(f"${f.confidence}"), 0, 1]}},
        }
        for found in self.predictions.aggregate([*stages, {"$group": group}], allowDiskUse=True):
            found["_id"].setdefault("r", True)
            yield found

    def _day_of(self, instant: str, period: Period) -> Document:
        """The day's index in the period: one division per stretch of steady clock."""
        clocks = steady_clocks(period, self.settings.zone)
        days = [{"$add": [_days_since(clock.midnight, instant), (clock.day - period.first).days]} for clock in clocks]
        if len(clocks) == 1:
            return days[0]
        return {
            "$switch": {
                "branches": [
                    {"case": {"$lt": [instant, clock.until]}, "then": day}
                    for clock, day in zip(clocks[:-1], days[:-1], strict=True)
                ],
                "default": days[-1],
            }
        }

    def _undated(self, basis: Basis) -> int:
        """Documents without a usable day: reviewed ones by review day, all by prediction day.

        One scan of the index beside the usable dates; "not reviewed" is skipped there, however much there is.
        """
        at, validated = self._at(basis), self.fields.validated
        start, end = start_of(FIRST_DAY, self.settings.zone), datetime(9999, 12, 31, tzinfo=UTC)
        # Not one `$not` around both bounds: that form cannot use an index.
        asked: Document = {"$or": [{at: {"$not": {"$gte": start}}}, {at: {"$gte": end}}]}
        undated: list[Document] = [{"$not": [{"$gte": [_instant(f"${at}"), start]}]}]
        if basis == "validated":
            asked[validated] = {"$ne": None}
            no_review = {"$and": [{"$eq": [f"${validated}", False]}, {"$lte": [f"${at}", None]}]}
            undated.append({"$not": [no_review]})
        stages: list[Document] = [{"$match": asked}, {"$match": {"$expr": {"$and": undated}}}, {"$count": "n"}]
        return sum(int(found["n"]) for found in self.predictions.aggregate(stages))

    def _at(self, basis: Basis) -> str:
        return self.fields.validated_at if basis == "validated" else self.fields.predicted_at

    # ---- reading: what there is

    @answered
    def is_empty(self) -> bool:
        return self.predictions.find_one({}, {"_id": 1}) is None

    @answered
    def first_day(self, basis: Basis) -> date | None:
        """The earliest local day that has a document of this basis."""
        found = [self._end(basis, 1, text) for text in (False, True)]
        instants = [instant for instant in found if instant]
        return local_day(min(instants), self.settings.zone) if instants else None

    @answered
    def newest_review_at(self, now: datetime) -> datetime | None:
        """When the newest review was made; one dated in the future is a mistake, not the newest."""
        found = [self._end("validated", -1, text, now) for text in (False, True)]
        return max((instant for instant in found if instant and instant <= now), default=None)

    def _end(self, basis: Basis, order: int, text: bool, now: datetime | None = None) -> datetime | None:
        at, zone = self._at(basis), self.settings.zone
        bounds: Document = {"$gte": FIRST_DAY.isoformat() if text else start_of(FIRST_DAY, zone)}
        if now:
            bounds["$lt"] = (now + 2 * ONE_DAY).date().isoformat() if text else now
        asked: Document = {at: bounds}
        if basis == "validated":
            asked[self.fields.validated] = {"$ne": None}
        rows = self.predictions.find(asked, {at: 1, "_id": 0}).sort(at, order).limit(1 if not text else 1000)
        instants = (instant_of(_value(row, at), zone) for row in rows)
        return next((instant for instant in instants if instant), None)

    @answered
    def training_counts(self) -> dict[int, int]:
        """Class -> documents with `trained: true` and a known true class."""
        f = self.fields
        key = {"v": f"${f.validated}", "p": f"${f.prediction}"}
        counts: dict[int, int] = {}
        for found in self.predictions.aggregate(
            [{"$match": {f.trained: True}}, {"$group": {"_id": key, "n": {"$sum": 1}}}]
        ):
            target = review_of(found["_id"].get("v"), class_of(found["_id"].get("p")), dated=True)
            if not isinstance(target, Review):
                counts[target] = counts.get(target, 0) + found["n"]
        return counts

    @answered
    def census(self) -> dict[str, int]:
        """How the whole collection keeps to the contract; reads every document, so for the CLI, not for a page."""
        f = self.fields
        sorted_out = _SortedOut("undated_prediction")
        for group in self._groups([], {"$literal": 0}, "predicted"):
            sorted_out.add(group)
        counts = sorted_out.counts((FIRST_DAY,), self.settings.class_names)
        return {
            "documents": counts.documents,
            "reviewed": counts.validated,
            "not_reviewed": counts.not_reviewed,
            **counts.excluded,
            "undated_review": self._undated("validated"),
            "undated_prediction": self._undated("predicted"),
            **counts.noticed,
            "odd_trained": self.predictions.count_documents({f.trained: {"$nin": [True, False, None]}}),
            "odd_logged": self.predictions.count_documents({f.logged: {"$nin": [True, False, None]}}),
        }

    # ---- the worker

    def _pending_filter(self) -> Document:
        f = self.fields
        undated_false = {f.validated: False, f.validated_at: None}
        return {f.logged: {"$ne": True}, f.validated: {"$ne": None}, "$nor": [undated_false]}

    def _pending(self, ids: list[Any] | None, fields: dict[str, int], size: int) -> Cursor[Document]:
        asked = self._pending_filter() | ({} if ids is None else {"_id": {"$in": ids}})
        name = database.index_name(self.predictions, self._pending_index) if ids is None else None
        # Without the hint MongoDB may take an index that wades through all that is logged.
        return self.predictions.find(asked, fields, batch_size=size, hint=name)

    @property
    def _pending_index(self) -> database.Index:
        return next(index for index in database.indexes(self.fields) if index.keys[0] == self.fields.logged)

    def pending(self, ids: list[Any] | None = None, size: int = READ_AT_A_TIME) -> Iterator[list[ReviewedRow | str]]:
        """The reviewed documents that are not logged, among these ids if given: rows, or the reasons why they are none.

        In the order of their reviews, in lists of this size; a list is read when it is asked for.
        """
        f = self.fields
        names = (f.validated, f.prediction, f.confidence, f.predicted_at, f.validated_at)
        with database.answering(self.settings), self._pending(ids, dict.fromkeys(names, 1), size) as found:
            while some := [self._row(document) for document in islice(found, size)]:
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

    def _row(self, document: Document) -> ReviewedRow | str:
        f = self.fields
        prediction = class_of(_value(document, f.prediction))
        if prediction is None:
            return "unreadable_prediction"
        target = review_of(_value(document, f.validated), prediction, dated=True)
        if target is Review.UNREADABLE:
            return "unreadable_review"
        predicted_at = instant_of(_value(document, f.predicted_at), self._zone)
        if predicted_at is None:
            return "undated_prediction"
        return ReviewedRow(
            document["_id"],
            None if isinstance(target, Review) else target,
            prediction,
            confidence_of(_value(document, f.confidence)),
            predicted_at,
            instant_of(_value(document, f.validated_at), self._zone),
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
    def save_tick(self, result: TickResult) -> None:
        self.database["monitor_worker"].replace_one({"_id": "tick"}, vars(result), upsert=True)

    @answered
    def last_tick(self) -> TickResult | None:
        found = self.database["monitor_worker"].find_one({"_id": "tick"}, {"_id": 0})
        known = {name: found[name] for name in TickResult.__dataclass_fields__ if name in found} if found else None
        return TickResult(**known) if known else None

    @answered
    def create_indexes(self) -> list[database.Index]:
        """Those that could not be made, for want of the right: without them everything works, slower."""
        return [i for i in self.missing_indexes() if not database.create_index(self.predictions, i)]

    @answered
    def missing_indexes(self) -> list[database.Index]:
        return database.missing_indexes(self.predictions, self.fields)

    @answered
    def server(self) -> str:
        """The server's version; raises when it does not answer."""
        return str(self.database.client.server_info()["version"])

    # ---- the demo

    @answered
    def insert_demo(self, documents: list[Document]) -> None:
        """The mark first: whatever is interrupted, `remove_demo` finds all that was written."""
        for document in documents:
            document.setdefault("_id", ObjectId())
        ids = [document["_id"] for document in documents]
        names = [document[self.fields.filename] for document in documents]
        mark = {"_id": "demo", "ids": ids, "filenames": names, "complete": False}
        self.database["monitor_demo"].replace_one({"_id": "demo"}, mark, upsert=True)
        self.predictions.insert_many(documents)
        self.database["monitor_demo"].update_one({"_id": "demo"}, {"$set": {"complete": True}})

    @answered
    def demo_mark(self) -> DemoMark | None:
        found = self.database["monitor_demo"].find_one({"_id": "demo"})
        return DemoMark(found["ids"], found["filenames"]) if found else None

    @answered
    def has_demo(self) -> bool:
        return self.database["monitor_demo"].find_one({"_id": "demo"}, {"_id": 1}) is not None

    @answered
    def demo_is_whole(self) -> bool:
        """False also when writing it was interrupted."""
        return self.database["monitor_demo"].find_one({"_id": "demo", "complete": True}, {"_id": 1}) is not None

    @answered
    def remove_demo(self, mark: DemoMark) -> None:
        """The documents first: an interrupted removal leaves the mark, and can be run again."""
        self.predictions.delete_many({"_id": {"$in": mark.ids}})
        self.database["monitor_demo"].drop()
        if self.is_empty():  # what the worker said of its last run was about the demo alone
            for name in ("worker", "parts", "claims", "destinations", "lease"):
                self.database[f"monitor_{name}"].drop()
            self.database["monitor_batches"].delete_many({})  # a worker at work counts on its unique index


class _SortedOut:
    """Adds up raw groups {_id: {d, v, p, r}, n, bad} by what they mean; each document lands in exactly one place."""

    def __init__(self, undated: str) -> None:
        self.undated = undated
        self.rows: list[tuple[int, int | None, int, int]] = []
        self.documents = self.not_reviewed = self.bad_confidence = 0
        reasons = ("unreadable_prediction", "unreadable_review", "undated_review", "undated_prediction")
        self.excluded = dict.fromkeys(reasons, 0)

    def add(self, group: Document) -> None:
        key, count = group["_id"], int(group["n"])
        if key.get("d") is None:
            if self.undated == "undated_prediction" or key.get("v") is not None:
                self.excluded[self.undated] += count  # an array of dates where one date should be
            return
        self.documents += count
        self.bad_confidence += int(group["bad"])
        prediction = class_of(key.get("p"))
        if prediction is None:
            self.excluded["unreadable_prediction"] += count
            return
        self._add_review(review_of(key.get("v"), prediction, key["r"]), prediction, int(key["d"]), count)

    def _add_review(self, target: int | Review, prediction: int, day: int, count: int) -> None:
        if target is Review.NONE:
            self.not_reviewed += count
        elif target is Review.UNREADABLE:
            self.excluded["unreadable_review"] += count
        else:
            known = None if isinstance(target, Review) else target
            self.rows.append((day, known, prediction, count))

    def counts(self, days: tuple[date, ...], class_names: dict[int, str]) -> Counts:
        unknown = sum(
            count
            for _, *pair, count in self.rows
            if class_names and any(c not in class_names for c in pair if c is not None)
        )
        noticed = {"bad_confidence": self.bad_confidence, "unknown_class": unknown}
        confusion = ConfusionCounts.of(days, self.rows)
        return Counts(confusion, self.documents, self.not_reviewed, self.excluded, noticed)


def _days_since(midnight: datetime, instant: str) -> Document:
    return {"$floor": {"$divide": [{"$subtract": [instant, midnight]}, DAY_MS]}}


def _instant(text: str) -> Document:
    """The date an ISO 8601 string stands for, a naive one read as UTC; null of anything else."""
    parsed = {"$dateFromString": {"dateString": text, "onError": None}}
    return {"$cond": [_matches(text, ISO_8601), parsed, None]}


def _matches(text: str, pattern: str) -> Document:
    # Not `$and`: the database may look at all of its parts, and `$regexMatch` fails on what is no string.
    return {
        "$cond": [
            {"$eq": [{"$type": text}, "string"]},
            {"$regexMatch": {"input": text, "regex": pattern}},
            False,
        ]
    }


def _usable(confidence: str) -> Document:
    """Absent, or in [0, 1]; in the database's order null stands below, and strings and bools above all numbers."""
    within = {"$and": [{"$gte": [confidence, 0]}, {"$lte": [confidence, 1]}]}
    return {"$or": [{"$lte": [confidence, None]}, within]}


def _value(document: Document, path: str) -> Any:
    """A field, or one inside another: `review.class`."""
    if "." not in path:
        return document.get(path)
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
