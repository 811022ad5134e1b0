"""Quality problems of the documents, found by the database: counts and some examples, by prediction day.

Types, field names and file names are in no index, so every document has to be read. The logger does this for
several days at a time (`stored`); a page does it for a bounded number of the newest documents only.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import numpy as np
from pymongo.collection import Collection

from monitor_core.contract import wording
from monitor_core.contract.calendar import END_DAY, FIRST_DAY, Period, local_day
from monitor_core.contract.documents import DATE_NUMBERS, Review
from monitor_core.contract.problems import EXAMPLES, FIELD_NAMES, PROBLEMS, STATES, DayQuality, Example, FieldUse
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.expressions import Expression
from monitor_core.mongo.live import CLOCKS_DIFFER
from monitor_core.mongo.quality import files as of_files
from monitor_core.mongo.quality import seen
from monitor_core.mongo.quality.dated import DAY, DatedDocuments
from monitor_core.mongo.quality.examples import VALUE_LENGTH, brief, example_of, unless_long
from monitor_core.mongo.quality.seen import Digests, SeenFiles
from monitor_core.mongo.reading import is_a, is_absent, is_false
from monitor_core.mongo.store import Store
from monitor_core.mongo.superseded import CountedPredictions
from monitor_core.scores.folding import MOST_CLASSES

FUTURE_MOST = 10_000  # documents with a date to come that are counted
FILES_AT_A_TIME = 10_000  # names in an answer of the database
HALF_HOUR, FURTHEST = timedelta(minutes=30), timedelta(hours=14)  # by which zones differ from UTC
LONG_NAME = f"(names of more than {VALUE_LENGTH} bytes)"
SHORT_NAMES = {  # attribute of `settings.documents.FieldNames` -> what our stages call the field
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
    """The quality problems of the predictions, found by the database."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.seen = SeenFiles(store)
        self.superseded = store.superseded
        self.fields = store.fields
        self.live, self.reading = store.live, store.live.reading
        self.collection, self.counted = store.collection, store.counted  # raw, and what counts of it
        self.dated = DatedDocuments(store.live)

    @answered
    def days(
        self, period: Period, most: int | None = None, files: Mapping[date, Digests] | None = None
    ) -> list[DayQuality]:
        """Return the quality of the period's days; `most`: only of so many of the newest documents, and their days.

        `files`: the result of `files` for the period; without it, files seen on earlier days are not detected.
        """
        quality = {n: DayQuality(day) for n, day in enumerate(period.days)}
        stages = self.dated.of_period(period, most)
        self._look(stages, quality, period)
        if files is not None:
            self._seen_before(stages, quality, files)
        return [of_day for of_day in quality.values() if most is None or of_day.documents]

    @answered
    def files(self, period: Period) -> dict[date, Digests]:
        """Return the digests of the files of all documents of each day; an empty array for a day without any."""
        return self._digests(self.collection, period)

    def _digests(self, documents: Collection[Document] | CountedPredictions, period: Period) -> dict[date, Digests]:
        digests = [bytearray() for _ in period.days]
        stages = [*self.dated.of_period(period), *of_files.names(self.fields)]
        for document in documents.aggregate(stages, batchSize=FILES_AT_A_TIME):
            digests[int(document["d"])].extend(seen.digest(document["f"]))
        return {day: np.frombuffer(of_day, np.uint64) for day, of_day in zip(period.days, digests, strict=True)}

    @answered
    def undated(self, most: int | None = None) -> DayQuality:
        """Return the quality of the documents without a usable prediction date, which belong to no day."""
        quality = DayQuality(None)
        limit: list[Document] = [{"$limit": most}] if most else []
        stages = [*self.live.undated_stages("predicted"), *limit, {"$set": {DAY: 0}}]
        today = Period(FIRST_DAY, FIRST_DAY)
        self._look(stages, {0: quality}, today)
        return quality

    @answered
    def future(self, now: datetime) -> DayQuality:
        """Return the quality of documents with a date in the future, allowing for differing clocks; uses an index."""
        quality, f = DayQuality(None), self.fields
        for kind, at in self._dates_to_come():
            example = {"id": brief("$_id"), "file": brief(f"${f.filename}"), "value": [brief(f"${at}")]}
            examples = {"$firstN": {"input": example, "n": EXAMPLES}}
            stages = [*self._later(at, now + CLOCKS_DIFFER), {"$limit": FUTURE_MOST}]
            group_stage: Document = {"_id": None, "n": {"$sum": 1}, "examples": examples}
            for group in self.counted.aggregate([*stages, {"$group": group_stage}]):
                quality.counts[kind] = int(group["n"])
                quality.examples[kind] = [example_of(example) for example in group["examples"]]
        return quality

    @answered
    def collection_size(self) -> int:
        return self.collection.estimated_document_count()

    @answered
    def count(self, period: Period, most: int) -> int:
        """Count the period's documents up to `most`; for text dates, neighbouring days may be included."""
        return self.counted.count_documents(self.dated.within(period), limit=most)

    # ---- which documents

    def _dates_to_come(self) -> Iterator[tuple[str, str]]:
        """Yield the problems of dates in the future, each with the field of the date."""
        for kind, problem in PROBLEMS.items():
            if problem.stage == "future":
                yield kind, getattr(self.fields, problem.shown_by[0])

    def _later(self, at: str, than: datetime) -> list[Document]:
        """Return stages that find dates later than this, of every form, through an index."""
        today, windows = local_day(than, self.settings.zone), self.live.windows
        later = {"$gt": [self.live.instant_near(at, Period(today, today)), than]}
        within: list[Document] = [{at: window.bounds} for window in windows.of(than, windows.end)]
        return [{"$match": {"$or": within}}, {"$match": {"$expr": later}}]

    # ---- what they are

    def _look(self, stages: list[Document], quality: dict[int, DayQuality], period: Period) -> None:
        of_ids = [of_files.of_ids(self.fields)] if self.collection.may_repeat_ids() else []
        for more in (self._kinds(period), of_files.of_a_day(self.fields, self.reading), self._classes(), *of_ids):
            for group in self.counted.aggregate([*stages, *more], allowDiskUse=True):
                of_day, kind = quality[int(group["_id"]["d"])], group["_id"]["kind"]
                of_day.counts[kind] = int(group["n"])
                if kind in PROBLEMS:
                    of_day.examples[kind] = [example_of(example) for example in group["examples"] if example]
        names: dict[int, list[FieldUse]] = defaultdict(list)
        for group in self.counted.aggregate([*stages, *self._field_names()], allowDiskUse=True):
            names[int(group["_id"]["d"])].append(FieldUse(group["_id"]["k"], int(group["r"]), int(group["o"])))
        for day, uses in names.items():
            uses.sort(key=lambda use: (-use.reviewed - use.open, use.name))
            quality[day].cut = len(uses) > FIELD_NAMES
            quality[day].fields = uses[:FIELD_NAMES]

    def _seen_before(
        self, stages: list[Document], quality: dict[int, DayQuality], files: Mapping[date, Digests]
    ) -> None:
        """Add documents that count and whose file occurred on earlier days, as far as the logger keeps these."""
        days = sorted(files)
        counted = self._digests(self.counted, Period(days[0], days[-1])) if self.superseded.left_out() else files
        by_day = self.seen.read(Period(days[0] - seen.BEFORE, days[-1]))
        by_day |= {day: np.unique(digests) for day, digests in files.items()}
        for n, day in enumerate(days):
            again = seen.seen_before(day, counted[day], by_day)
            if len(again):
                quality[n].counts["seen_before"] = len(again)
                examples = self._seen_again([*stages, {"$match": {DAY: n}}], day, again, by_day)
                quality[n].examples["seen_before"] = list(islice(examples, EXAMPLES))

    def _seen_again(
        self, stages: list[Document], day: date, again: Digests, by_day: Mapping[date, Digests]
    ) -> Iterator[Example]:
        """Yield the documents of a day whose file occurred before."""
        among = set(again.tolist())
        with closing(self.counted.aggregate([*stages, *of_files.names(self.fields)])) as documents:
            for document in documents:
                (of_file,) = np.frombuffer(seen.digest(document["f"]), np.uint64)
                if int(of_file) in among:
                    before = f"also on {wording.day(seen.last_seen(of_file, day, by_day))}"
                    yield example_of({"id": document["id"], "file": document["f"], "value": before})

    def _kinds(self, period: Period) -> list[Document]:
        """Return stages that give one group for each day and problem; each document has exactly one of STATES."""
        names = {short[1:]: getattr(self.fields, field) for field, short in SHORT_NAMES.items()}
        dated = {"$not": [is_absent("$va")]}
        label = self.reading.class_of("$p")
        read = {"label": label, "target": self.reading.review_of("$v", label, dated)}
        read |= {"made": self.live.instant_near("pa", period), "seen": self.live.instant_near("va", period)}
        example = {"id": brief("$_id"), "file": brief("$f"), "value": _value_of("$kind")}
        plain = {"$in": ["$kind", [state for state in STATES if state not in PROBLEMS]]}
        examples = {"$firstN": {"input": {"$cond": [plain, None, example]}, "n": EXAMPLES}}
        labels = [{"$cond": [is_one, kind, None]} for kind, is_one in self._tests().items()]
        kinds = {"$filter": {"input": [self._state(), *labels], "cond": {"$ne": ["$$this", None]}}}
        return [
            {"$project": {"d": f"${DAY}"} | {name: f"${path}" for name, path in names.items()}},
            {"$set": read},
            {"$set": {"reviewed": {"$ne": ["$target", Review.NONE.name]}}},
            {"$set": {"kind": kinds}},
            {"$unwind": "$kind"},
            {"$group": {"_id": {"d": "$d", "kind": "$kind"}, "n": {"$sum": 1}, "examples": examples}},
        ]

    def _state(self) -> Expression:
        cases = {
            "undated_prediction": {"$eq": ["$made", None]},
            "unreadable_prediction": {"$eq": ["$label", None]},
            "not_reviewed": {"$not": ["$reviewed"]},
            "used": {"$ne": ["$target", Review.UNREADABLE.name]},
        }
        branches = [{"case": case, "then": state} for state, case in cases.items()]
        return {"$switch": {"branches": branches, "default": "unreadable_review"}}

    def _tests(self) -> dict[str, Expression]:
        named = list(self.settings.class_names)
        counted = {"$and": ["$reviewed", {"$ne": ["$label", None]}, {"$ne": ["$target", Review.UNREADABLE.name]}]}
        # A confirmed class is the predicted one, a rejected one is not known: neither is a second class.
        other = {"$and": [{"$isNumber": "$target"}, {"$not": [{"$in": ["$target", named]}]}]}
        unknown = {"$and": [counted, {"$or": [{"$not": [{"$in": ["$label", named]}]}, other]}]}
        tolerated = {"$subtract": ["$made", int(CLOCKS_DIFFER / timedelta(milliseconds=1))]}
        both = {"$and": [{"$ne": ["$made", None]}, {"$ne": ["$seen", None]}]}
        swapped = {"$cond": [both, {"$lt": ["$seen", tolerated]}, False]}
        tests: dict[str, Expression] = {
            "undated_review": {"$and": ["$reviewed", {"$eq": ["$seen", None]}]},
            "predicted_out_of_range": self.reading.is_out_of_range("$pa"),
            "reviewed_out_of_range": {"$and": ["$reviewed", self.reading.is_out_of_range("$va")]},
            "reviewed_before_predicted": {"$and": ["$reviewed", swapped]},
            "bad_confidence": self.reading.is_bad_confidence("$c"),
            "negative_class": {"$or": [_is_negative("$label"), _is_negative("$target")]},
            "predicted_as_number": {"$and": [{"$eq": ["$made", None]}, self._could_be_date("$pa")]},
            "reviewed_as_number": {"$and": ["$reviewed", {"$eq": ["$seen", None]}, self._could_be_date("$va")]},
            "predicted_after_insertion": _is_hours_after("$made", "$_id"),
            "odd_trained": _is_odd("$t"),
            "odd_logged": _is_odd("$l"),
            "missing_confidence": is_absent("$c"),
            "rejected_without_date": {"$and": [is_false("$v"), {"$not": ["$reviewed"]}]},
            "no_id": {"$eq": [{"$type": "$_id"}, "missing"]},
            "naive_date": {"$or": [self._is_naive("pa"), self._is_naive("va")]},
        }
        if not self.settings.notation.percent:
            tests["confidence_in_percent"] = _is_percentage("$c")
        return tests | ({"unknown_class": unknown} if named else {})

    def _is_naive(self, at: str) -> Expression:
        return {"$and": [is_a("string", f"${at}"), self.reading.is_naive(f"${at}")]}

    def _could_be_date(self, value: str) -> Expression:
        """Return whether a number, also as text, is an instant of the contract's years, in seconds or milliseconds."""
        number = {"$cond": [{"$isNumber": value}, value, self.reading.date_number(value, list(DATE_NUMBERS))]}
        return {"$let": {"vars": {"number": number}, "in": _is_instant("$$number")}}

    def _classes(self) -> list[Document]:
        """Return stages that find days with more classes than are counted singly, over all documents with a class."""
        example = {"id": brief("$first_id"), "file": "", "value": {"$concat": [{"$toString": "$classes"}, " classes"]}}
        kind = {"_id": {"d": "$_id", "kind": "very_many_classes"}, "n": 1, "examples": [example]}
        classes = self.reading.classes_of_days(f"${DAY}", self.fields, self.settings.class_names)
        return [*classes, {"$match": {"unnamed": {"$gt": MOST_CLASSES}}}, {"$project": kind}]

    def _field_names(self) -> list[Document]:
        """Return stages that count top-level field names, first by the set of names, of which there are few."""
        f = self.fields
        names = {"$map": {"input": {"$objectToArray": "$$ROOT"}, "in": "$$this.k"}}
        reviewed = self.reading.is_review(f"${f.validated}", {"$not": [is_absent(f"${f.validated_at}")]})
        key = {"d": "$_id.d", "k": unless_long("$_id.k", VALUE_LENGTH, LONG_NAME)}
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


def _is_odd(flag: str) -> Expression:
    return {"$not": [{"$or": [{"$lte": [flag, None]}, {"$eq": [{"$type": flag}, "bool"]}]}]}


def _is_negative(number: str) -> Expression:
    return {"$and": [{"$isNumber": number}, {"$lt": [number, 0]}]}


def _is_percentage(confidence: str) -> Expression:
    return {"$and": [{"$gt": [confidence, 1]}, {"$lte": [confidence, 100]}]}


def _is_instant(number: str) -> Expression:
    """Return whether a number is a date in the contract's range, in seconds or milliseconds."""
    first, end = (datetime.combine(day, time(), UTC).timestamp() for day in (FIRST_DAY, END_DAY))
    within = [{"$and": [{"$gte": [number, first * n]}, {"$lt": [number, end * n]}]} for n in (1, 1000)]
    return {"$or": within}


def _is_hours_after(instant: str, document_id: str) -> Expression:
    """Return whether an instant is later than the time of an ObjectId by a possible UTC offset, in half hours."""
    tolerated, half_hour, most = (
        int(span / timedelta(milliseconds=1)) for span in (CLOCKS_DIFFER, HALF_HOUR, FURTHEST)
    )
    later = {"$subtract": [instant, {"$toDate": document_id}]}
    rest = {"$mod": [{"$add": ["$$later", tolerated]}, half_hour]}
    by_hours = [{"$gt": ["$$later", tolerated]}, {"$lte": ["$$later", most]}, {"$lte": [rest, tolerated]}]
    is_later = {"$let": {"vars": {"later": later}, "in": {"$and": by_hours}}}
    return {"$cond": [{"$and": [is_a("objectId", document_id), {"$ne": [instant, None]}]}, is_later, False]}


def _value_of(kind: str) -> Expression:
    """Return the expression of the values that cause the problem."""
    cases = [
        {"case": {"$eq": [kind, name]}, "then": [brief(SHORT_NAMES[field]) for field in problem.shown_by]}
        for name, problem in PROBLEMS.items()
        if problem.stage in ("documents", "undated")
    ]
    return {"$switch": {"branches": cases, "default": []}}
