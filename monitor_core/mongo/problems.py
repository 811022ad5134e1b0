"""Quality problems of the documents, found by the database: counts and a few examples, by prediction day.

Types, field names and file names stand in no index, so this reads each of the documents. The logger does it
day by day (`quality_days`); a page never does it for more than a bounded number of the newest documents.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bson.datetime_ms import DatetimeMS

from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, local_day, start_of
from monitor_core.contract.documents import ISO_8601, ISO_8601_OFFSET
from monitor_core.contract.problems import EXAMPLES, FIELD_NAMES, PROBLEMS, STATES, DayQuality, Example, FieldUse
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.expressions import (
    Expression,
    class_of,
    day_of,
    days_since,
    has_review,
    instant_of_text,
    is_usable,
    matches,
)
from monitor_core.mongo.live import CLOCKS_DIFFER
from monitor_core.mongo.store import Store

FUTURE_MOST = 10_000  # documents with a date to come that are counted
VALUE_LENGTH = 80  # characters of a value that is shown
READ_LENGTH = 200  # characters of a text that leave the database
LAST_INSTANT = datetime(9999, 12, 31, tzinfo=UTC)
DAY = "__monitor_day"  # a field that only our stages see
SHORT_NAMES = {  # attribute of `settings.FieldNames` -> what our stages call the field
    "prediction": "$p",
    "validated": "$v",
    "predicted_at": "$pa",
    "validated_at": "$va",
    "confidence": "$c",
    "trained": "$t",
    "logged": "$l",
    "filename": "$f",
}


class QualityProblems:
    """The predictions' quality problems, found by the database."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.fields = store.fields
        self.live = store.live
        self.collection = store.collection

    @answered
    def days(self, period: Period, most: int | None = None) -> list[DayQuality]:
        """Return the period's days; `most`: only of so many of the newest documents, and of the days these are from."""
        quality = {n: DayQuality(day) for n, day in enumerate(period.days)}
        self._look(self._of_period(period, most), quality, period)
        return [of_day for of_day in quality.values() if most is None or of_day.documents]

    @answered
    def undated(self, most: int | None = None) -> DayQuality:
        """Count those without a usable prediction date: in no day."""
        quality = DayQuality(None)
        limit: list[Document] = [{"$limit": most}] if most else []
        stages = [*self.live.undated_stages("predicted"), *limit, {"$set": {DAY: 0}}]
        today = Period(FIRST_DAY, FIRST_DAY)
        self._look(stages, {0: quality}, today)
        return quality

    @answered
    def future(self, now: datetime) -> DayQuality:
        """Documents of the whole collection with a date later than now and what clocks differ, through an index."""
        quality, f = DayQuality(None), self.fields
        for kind, at in self._dates_to_come():
            for stages in self._later(at, now + CLOCKS_DIFFER):
                example = {"id": _brief("$_id"), "file": _brief(f"${f.filename}"), "value": [_brief(f"${at}")]}
                group_stage: Document = {
                    "_id": None,
                    "n": {"$sum": 1},
                    "examples": {"$firstN": {"input": example, "n": EXAMPLES}},
                }
                for group in self.collection.aggregate([*stages, {"$limit": FUTURE_MOST}, {"$group": group_stage}]):
                    quality.counts[kind] = quality.counts.get(kind, 0) + int(group["n"])
                    examples = [*quality.examples.get(kind, []), *map(_example, group["examples"])]
                    quality.examples[kind] = examples[:EXAMPLES]
        return quality

    @answered
    def collection_size(self) -> int:
        return self.collection.estimated_document_count()

    @answered
    def count(self, period: Period, most: int) -> int:
        """Documents of the period, at most so many; of dates as text, those of the neighbouring days may be in it."""
        window, text = self.live.windows(period)
        at = self.fields.predicted_at
        return self.collection.count_documents({"$or": [{at: window}, {at: text}]}, limit=most)

    # ---- which documents

    def _of_period(self, period: Period, most: int | None) -> list[Document]:
        """Stages that find them, and tell each one's day in DAY."""
        at, zone = f"${self.fields.predicted_at}", self.settings.zone
        window, text = self.live.windows(period)
        newest: list[Document] = [{"$sort": {self.fields.predicted_at: -1}}] if most else []
        # An array's elements match too; it belongs to no day, and is listed where its first usable date lies.
        usable = {"$and": [{"$eq": [{"$type": "$$this"}, "date"]}, {"$gte": ["$$this", start_of(FIRST_DAY, zone)]}]}
        first = {"$cond": [{"$isArray": [at]}, {"$first": {"$filter": {"input": at, "cond": usable}}}, at]}
        midnight = datetime.combine(period.first, datetime.min.time(), UTC)
        parsed = instant_of_text("$$at")
        naive = {"$cond": [matches("$$at", ISO_8601_OFFSET), _day(parsed, period, zone), _since(midnight, parsed)]}
        dated = {"$cond": [{"$eq": [{"$type": "$$at"}, "date"]}, _day("$$at", period, zone), naive]}
        return [
            {"$match": {"$or": [{self.fields.predicted_at: window}, {self.fields.predicted_at: text}]}},
            *newest,
            {"$set": {DAY: {"$let": {"vars": {"at": first}, "in": dated}}}},
            {"$match": {DAY: {"$gte": 0, "$lt": len(period)}}},
            *([{"$limit": most}] if most else []),
        ]

    def _dates_to_come(self) -> Iterator[tuple[str, str]]:
        """Yield the problems of dates that are to come, each with the field of the date."""
        for kind, problem in PROBLEMS.items():
            if problem.stage == "future":
                yield kind, getattr(self.fields, problem.shown_by[0])

    def _later(self, at: str, than: datetime) -> Iterator[list[Document]]:
        yield [{"$match": {at: {"$gt": than, "$lt": LAST_INSTANT}}}]
        today = local_day(than, self.settings.zone)
        later = {"$gt": [self.live.instant_near(at, Period(today, today)), than]}
        since = (than - ONE_DAY).date().isoformat()
        yield [{"$match": {at: {"$gte": since, "$lt": "9999-12-31"}}}, {"$match": {"$expr": later}}]

    # ---- what they are

    def _look(self, stages: list[Document], quality: dict[int, DayQuality], period: Period) -> None:
        for more in (self._kinds(period), self._files()):
            for group in self.collection.aggregate([*stages, *more], allowDiskUse=True):
                of_day, kind = quality[int(group["_id"]["d"])], group["_id"]["kind"]
                of_day.counts[kind] = int(group["n"])
                if kind in PROBLEMS:
                    of_day.examples[kind] = [_example(example) for example in group["examples"] if example]
        names: dict[int, list[FieldUse]] = defaultdict(list)
        for group in self.collection.aggregate([*stages, *self._field_names()], allowDiskUse=True):
            names[int(group["_id"]["d"])].append(FieldUse(group["_id"]["k"], int(group["r"]), int(group["o"])))
        for day, uses in names.items():
            uses.sort(key=lambda use: (-use.reviewed - use.open, use.name))
            quality[day].cut = len(uses) > FIELD_NAMES
            quality[day].fields = uses[:FIELD_NAMES]

    def _kinds(self, period: Period) -> list[Document]:
        """One group a day and kind; each document has exactly one of STATES, and most have nothing else."""
        names = {short[1:]: getattr(self.fields, field) for field, short in SHORT_NAMES.items()}
        read = {"label": class_of("$p"), "target": class_of("$v"), "reviewed": has_review("$v", "$va")}
        read |= {"made": self.live.instant_near("pa", period), "seen": self.live.instant_near("va", period)}
        example = {"id": _brief("$_id"), "file": _brief("$f"), "value": _value_of("$kind")}
        plain = {"$in": ["$kind", [state for state in STATES if state not in PROBLEMS]]}
        examples = {"$firstN": {"input": {"$cond": [plain, None, example]}, "n": EXAMPLES}}
        labels = [{"$cond": [is_one, kind, None]} for kind, is_one in self._tests().items()]
        kinds = {"$filter": {"input": [self._state(), *labels], "cond": {"$ne": ["$$this", None]}}}
        return [
            {"$project": {"d": f"${DAY}"} | {name: f"${path}" for name, path in names.items()}},
            {"$set": read},
            {"$set": {"kind": kinds}},
            {"$unwind": "$kind"},
            {"$group": {"_id": {"d": "$d", "kind": "$kind"}, "n": {"$sum": 1}, "examples": examples}},
        ]

    def _state(self) -> Expression:
        yes_or_no = {"$eq": [{"$type": "$v"}, "bool"]}
        cases = {
            "undated_prediction": {"$not": [self._usable("$made")]},
            "unreadable_prediction": {"$eq": ["$label", None]},
            "not_reviewed": {"$not": ["$reviewed"]},
            "used": {"$or": [yes_or_no, {"$ne": ["$target", None]}]},
        }
        branches = [{"case": case, "then": state} for state, case in cases.items()]
        return {"$switch": {"branches": branches, "default": "unreadable_review"}}

    def _usable(self, instant: str) -> Expression:
        first = start_of(FIRST_DAY, self.settings.zone)
        return {"$and": [{"$gte": [instant, first]}, {"$lt": [instant, LAST_INSTANT]}]}

    def _tests(self) -> dict[str, Expression]:
        named = list(self.settings.class_names)
        counted = {"$and": ["$reviewed", {"$ne": ["$label", None]}]}
        # A confirmed class is the predicted one, a rejected one is not known: neither is a second class.
        other = {"$and": [{"$ne": ["$target", None]}, {"$not": [{"$in": ["$target", named]}]}]}
        readable = {"$or": [{"$ne": ["$target", None]}, {"$eq": [{"$type": "$v"}, "bool"]}]}
        unknown = {"$and": [counted, readable, {"$or": [{"$not": [{"$in": ["$label", named]}]}, other]}]}
        made, seen = ({"$and": [{"$ne": [at, None]}, {"$not": [self._usable(at)]}]} for at in ("$made", "$seen"))
        tolerated = {"$subtract": ["$made", int(CLOCKS_DIFFER / timedelta(milliseconds=1))]}
        swapped = {
            "$cond": [{"$and": [self._usable("$made"), self._usable("$seen")]}, {"$lt": ["$seen", tolerated]}, 0]
        }
        tests: dict[str, Expression] = {
            "undated_review": {"$and": ["$reviewed", {"$not": [self._usable("$seen")]}]},
            "predicted_out_of_range": made,
            "reviewed_out_of_range": {"$and": ["$reviewed", seen]},
            "reviewed_before_predicted": {"$and": ["$reviewed", swapped]},
            "bad_confidence": {"$not": [is_usable("$c")]},
            "odd_trained": _is_odd("$t"),
            "odd_logged": _is_odd("$l"),
            "missing_confidence": {"$lte": ["$c", None]},
            "rejected_without_date": {"$and": [{"$eq": ["$v", False]}, {"$lte": ["$va", None]}]},
            "naive_date": {"$or": [_is_naive("$pa"), _is_naive("$va")]},
        }
        return tests | ({"unknown_class": unknown} if named else {})

    def _files(self) -> list[Document]:
        """Files that more than one document of a day is about, and those of them whose reviews contradict."""
        f = self.fields
        review, label = f"${f.validated}", class_of(f"${f.prediction}")
        reviewed = has_review(review, f"${f.validated_at}")
        # What says nothing is no contradiction: null is left out of the count below.
        cases = [
            {"case": {"$not": [reviewed]}, "then": None},
            {"case": {"$eq": [review, True]}, "then": label},
            {"case": {"$eq": [review, False]}, "then": "rejected"},
        ]
        said = {"$switch": {"branches": cases, "default": class_of(review)}}
        differ = {
            "$cond": [{"$gt": [{"$size": {"$setDifference": ["$said", [None]]}}, 1]}, "reviewed_differently", None]
        }
        kinds = {"$setDifference": [["duplicate_filename", differ], [None]]}
        times = {"$concat": [{"$toString": "$n"}, " documents"]}
        example = {"id": _brief("$one"), "file": _brief("$_id.f"), "value": times}
        examples = {"$firstN": {"input": example, "n": EXAMPLES}}
        of_file = {"_id": {"d": f"${DAY}", "f": f"${f.filename}"}, "n": {"$sum": 1}}
        return [
            {"$match": {f.filename: {"$type": "string"}}},
            {"$group": of_file | {"one": {"$first": "$_id"}, "said": {"$addToSet": said}}},
            {"$match": {"n": {"$gt": 1}}},
            {"$set": {"kind": kinds}},
            {"$unwind": "$kind"},
            {"$group": {"_id": {"d": "$_id.d", "kind": "$kind"}, "n": {"$sum": "$n"}, "examples": examples}},
        ]

    def _field_names(self) -> list[Document]:
        """Count the top-level fields' names: first by the set of them, of which there are few: no random keys."""
        f = self.fields
        names = {"$map": {"input": {"$objectToArray": "$$ROOT"}, "in": "$$this.k"}}
        reviewed = has_review(f"${f.validated}", f"${f.validated_at}")
        key = {"d": "$_id.d", "k": {"$substrCP": ["$_id.k", 0, VALUE_LENGTH]}}
        counts = {"r": {"$sum": {"$cond": ["$_id.r", "$n", 0]}}, "o": {"$sum": {"$cond": ["$_id.r", 0, "$n"]}}}
        most = {"$topN": {"n": FIELD_NAMES + 1, "sortBy": {"n": -1}, "output": {"k": "$_id.k", "r": "$r", "o": "$o"}}}
        return [
            {"$group": {"_id": {"d": f"${DAY}", "r": reviewed, "k": names}, "n": {"$sum": 1}}},
            {"$unwind": "$_id.k"},
            {"$match": {"_id.k": {"$ne": DAY}}},
            {"$group": {"_id": key} | counts | {"n": {"$sum": "$n"}}},
            {"$group": {"_id": "$_id.d", "most": most}},
            {"$unwind": "$most"},
            {"$project": {"_id": {"d": "$_id", "k": "$most.k"}, "r": "$most.r", "o": "$most.o"}},
        ]


def _since(midnight: datetime, instant: Expression) -> Expression:
    return {"$let": {"vars": {"instant": instant}, "in": days_since(midnight, "$$instant")}}


def _day(instant: Any, period: Period, zone: Any) -> Expression:
    return {"$let": {"vars": {"instant": instant}, "in": day_of("$$instant", period, zone)}}


def _is_odd(flag: str) -> Expression:
    return {"$not": [{"$or": [{"$lte": [flag, None]}, {"$eq": [{"$type": flag}, "bool"]}]}]}


def _is_naive(at: str) -> Expression:
    return {"$cond": [matches(at, ISO_8601), {"$not": [matches(at, ISO_8601_OFFSET)]}, False]}


def _value_of(kind: str) -> Expression:
    """Return the values that make a document one of the kind."""
    cases = [
        {"case": {"$eq": [kind, name]}, "then": [_brief(SHORT_NAMES[field]) for field in problem.shown_by]}
        for name, problem in PROBLEMS.items()
        if problem.stage in ("documents", "undated")
    ]
    return {"$switch": {"branches": cases, "default": []}}


def _brief(value: str) -> Expression:
    """No more of a value than a person is shown: one may have megabytes."""
    kind = {"$type": value}
    large = ["object", "array", "binData", "javascript", "javascriptWithScope", "regex", "symbol", "dbPointer"]
    branches = [
        {"case": {"$eq": [kind, "string"]}, "then": {"$substrCP": [value, 0, READ_LENGTH]}},
        {"case": {"$eq": [kind, "missing"]}, "then": {"absent": True}},
        {"case": {"$in": [kind, large]}, "then": {"type": kind}},
    ]
    return {"$switch": {"branches": branches, "default": value}}


def _example(document: Document) -> Example:
    value = document["value"]
    text = ", ".join(map(in_short, value)) if isinstance(value, list) else str(value)
    name = document["file"]
    return Example(_short(str(document["id"])), _short(name if isinstance(name, str) else in_short(name)), text)


def in_short(value: Any) -> str:
    """Return a raw value as text that tells its type: a number from the same number as text, null from absent.

    >>> in_short("3.5"), in_short(3.5), in_short(None), in_short({"absent": True})
    ('"3.5"', '3.5', 'null', 'absent')
    """
    if isinstance(value, dict):
        return "absent" if "absent" in value else f"({value.get('type')})"
    if isinstance(value, DatetimeMS):
        return f"a date about the year {1970 + int(value) // 31_556_952_000}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if value is None or isinstance(value, str | bool | int | float):
        return _short(json.dumps(value, ensure_ascii=False))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"
