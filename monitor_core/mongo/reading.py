"""Aggregation expressions that parse raw values as `contract.documents.Notation` does.

A value is given by the path of its field, such as "$timestamp". Values that cannot be parsed become null before any
computation, so no expression fails.
"""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bson import Code, Decimal128, Timestamp

from monitor_core.contract.calendar import END_DAY, FIRST_DAY, Period, start_of
from monitor_core.contract.documents import (
    ABSENT_TEXTS,
    COMMON_DATE,
    COMMON_ZONE,
    DATE_CHARACTERS,
    DATE_NUMBERS,
    ISO_8601,
    LARGEST_CLASS,
    SMALLEST_CLASS,
    DateNumbers,
    Notation,
    Review,
)
from monitor_core.contract.texts import BLANKS, NUMBER_CHARACTERS, SCIENTIFIC_CHARACTERS, SMALLEST_DOUBLE
from monitor_core.mongo.expressions import Expression, offset_of
from monitor_core.settings.documents import FieldNames

NAN = float("nan")
ZONE, OFFSET = 8, 9  # places in what the pattern of dates takes out of a text


class Reading:
    """Expressions that parse the values of a notation."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.first, self.end = (start_of(day, notation.zone) for day in (FIRST_DAY, END_DAY))

    # ---- classes and reviews

    def class_of(self, value: str) -> Expression:
        """Return the class number; null of what is none."""
        return _of_the_one(value, self._class_of_one("$$one"))

    def _class_of_one(self, value: str) -> Expression:
        branches = [{"case": {"$isNumber": value}, "then": value}, _case("string", value, self._class_of_text(value))]
        if self.notation.boolean_classes:
            branches.append(_case("bool", value, {"$toInt": value}))
        within = {"$and": [{"$gte": ["$$read", SMALLEST_CLASS]}, {"$lte": ["$$read", LARGEST_CLASS]}]}
        whole = {"$cond": [{"$eq": ["$$read", {"$trunc": "$$read"}]}, {"$toInt": "$$read"}, None]}
        read = {"$switch": {"branches": branches, "default": None}}
        return {"$let": {"vars": {"read": read}, "in": {"$cond": [within, whole, None]}}}

    def classes_of_days(self, day: str, fields: FieldNames, named: Collection[int]) -> list[dict[str, Any]]:
        """Return stages that count, for each day, the classes, the classes without a name, and the documents."""
        label = self.class_of("$_id.p")
        target = self.review_of("$_id.v", label, dated=True)
        both = [{"c": label, "n": "$n"}, {"c": {"$cond": [{"$isNumber": target}, target, None]}, "n": 0}]
        first_id = {"first_id": {"$first": "$first_id"}}
        unnamed = {"$sum": {"$cond": [{"$in": ["$_id.c", list(named)]}, 0, 1]}}
        values = {"d": day, "p": f"${fields.prediction}", "v": f"${fields.validated}"}
        return [
            {"$group": {"_id": values, "n": {"$sum": 1}, "first_id": {"$first": "$_id"}}},
            {"$project": {"first_id": 1, "of": both}},
            {"$unwind": "$of"},
            {"$match": {"of.c": {"$ne": None}}},
            {"$group": {"_id": {"d": "$_id.d", "c": "$of.c"}, "n": {"$sum": "$of.n"}} | first_id},
            {"$group": {"_id": "$_id.d", "n": {"$sum": "$n"}, "classes": {"$sum": 1}, "unnamed": unnamed} | first_id},
        ]

    def is_review(self, validated: str, dated: Any) -> Expression:
        """Return whether there is a review, whatever it says; `dated`: it has a date."""
        of_list = _of_the_one(validated, self._is_one_review("$$one", dated))
        return self._is_one_review(validated, dated, _case("array", validated, of_list))  # all else is as quick as ever

    def _is_one_review(self, validated: str, dated: Any, *more: Expression) -> Expression:
        numbers = [NAN, *sorted(self.notation.not_reviewed_numbers)]
        branches = [
            {"case": {"$isNumber": validated}, "then": {"$not": [{"$in": [validated, numbers]}]}},
            _case("bool", validated, self.notation.boolean_classes or {"$cond": [validated, True, dated]}),
            _case("string", validated, self._is_review_text(validated)),
            *more,
        ]
        return {"$switch": {"branches": branches, "default": {"$not": [is_absent(validated)]}}}

    def review_of(self, validated: str, prediction: Any, dated: Any) -> Expression:
        """Return the target class, or the name of the `Review` member that says why there is none."""
        target = {"$ifNull": [self._class_of_one("$$one"), Review.UNREADABLE.name]}
        branches = [{"case": {"$not": [self._is_one_review("$$one", dated)]}, "then": Review.NONE.name}]
        if not self.notation.boolean_classes:
            answer = {"$cond": ["$$one", {"$ifNull": [prediction, Review.UNREADABLE.name]}, Review.REJECTED.name]}
            branches.append(_case("bool", "$$one", answer))
        return _of_the_one(validated, {"$switch": {"branches": branches, "default": target}})

    def _class_of_text(self, text: str) -> Expression:
        number = _number_of_text(text, NUMBER_CHARACTERS)
        return (
            {"$ifNull": [self._named(text), number]}
            if self.notation.lower_classes or self.notation.exact_classes
            else number
        )

    def _named(self, text: str) -> Expression:
        """Return the class with this name; null if there is none."""
        exact, lower = self.notation.exact_classes, self.notation.lower_classes
        trimmed = _trimmed(text)
        return {"$ifNull": [_looked_up(trimmed, exact), _looked_up({"$toLower": trimmed}, lower)]}

    def _is_review_text(self, text: str) -> Any:
        lower, numbers = _lower(text), sorted(self.notation.not_reviewed_numbers)
        is_none = {"$in": [lower, sorted(self.notation.not_reviewed_texts)]}
        if numbers:
            is_none = {"$or": [is_none, {"$in": [_number_of_text(text, NUMBER_CHARACTERS), numbers]}]}
        is_one = {"$not": [is_none]}
        return (
            {"$or": [is_one, {"$ne": [self._named(text), None]}]}
            if self.notation.lower_classes or self.notation.exact_classes
            else is_one
        )

    # ---- confidences

    def confidence_of(self, value: str) -> Expression:
        """Return the confidence in [0, 1]; null if there is none."""
        tiny = {"$and": [{"$gt": [value, -SMALLEST_DOUBLE]}, {"$lt": [value, SMALLEST_DOUBLE]}]}
        decimal = {"$convert": {"input": {"$cond": [tiny, 0, value]}, "to": "double", "onError": None}}
        number = {"$cond": [is_a("decimal", value), decimal, {"$toDouble": value}]}
        branches = [
            {"case": {"$isNumber": value}, "then": number},
            _case("string", value, _number_of_text(value, SCIENTIFIC_CHARACTERS)),
        ]
        read: Expression = {"$switch": {"branches": branches, "default": None}}
        if self.notation.percent:
            read = {"$divide": [read, 100]}
        within = {"$and": [{"$gte": ["$$number", 0]}, {"$lte": ["$$number", 1]}]}
        return {"$let": {"vars": {"number": read}, "in": {"$cond": [within, "$$number", None]}}}

    def is_bad_confidence(self, value: str) -> Expression:
        """Return whether there is a confidence that is not usable."""
        most = 100 if self.notation.percent else 1
        quickly = {"$and": [{"$gte": [value, 0]}, {"$lte": [value, most]}]}  # a number: no other type is between two
        slowly = {"$not": [{"$or": [is_absent(value), {"$ne": [self.confidence_of(value), None]}]}]}
        return {"$cond": [quickly, False, slowly]}

    # ---- dates

    def instant_of(self, value: str, around: Period) -> Expression:
        """Return the UTC instant of a date, for dates around a period; null if the value is not a date."""
        offset = offset_of("$$clock", around, self.notation.zone)
        instant: Expression = {"$cond": [self.is_naive(value), {"$subtract": ["$$clock", offset]}, "$$clock"]}
        instant = {"$cond": [{"$eq": ["$$clock", None]}, None, instant]}
        slowly = {"$let": {"vars": {"clock": self.clock_of(value)}, "in": instant}}
        if self.notation.stored_times != timedelta(0):
            return slowly
        return {"$cond": [is_a("date", value), self._usable(value), slowly]}

    def instant_of_date(self, value: str) -> Expression:
        """Return the UTC instant of a BSON date whose stored times are UTC; null for any other value."""
        return {"$cond": [is_a("date", value), self._usable(value), None]}

    def forms_besides_dates(self) -> list[str]:
        """Return the types of values other than BSON dates that may be dates."""
        return ["string", "timestamp", *(["number"] if self.notation.date_numbers else [])]

    def clock_of(self, value: str) -> Expression:
        """Return the instant or, for dates without an offset, the written local time as if it were UTC.

        Return null if the value is not a date.
        """
        branches = [
            _case("date", value, self._clock_of_date(value)),
            _case("string", value, self._clock_of_text(value)),
            _case("timestamp", value, self._usable({"$toDate": value})),
        ]
        if self.notation.date_numbers:
            branches.append({"case": {"$isNumber": value}, "then": self._clock_of_number(value)})
        return {"$switch": {"branches": branches, "default": None}}

    def is_naive(self, value: str) -> Expression:
        """Return whether a date does not know its offset from UTC."""
        text = _of_forms(value, False, True, _of_parts(value, {"$eq": [_part(ZONE), None]}, False))
        return {"$or": [text, is_a("date", value)]} if self.notation.stored_times == "local" else text

    def is_out_of_range(self, value: str) -> Expression:
        """Return whether a date is one, but not of the years of the contract."""
        text: Expression = _of_parts(value, {"$ne": [_date_of_parts(), None]}, False)
        if unit := self.notation.date_numbers:
            text = {"$or": [text, {"$ne": [self.date_number(value, [unit]), None]}]}
        branches = [
            {"case": {"$in": [{"$type": value}, ["date", "timestamp"]]}, "then": True},
            {"case": {"$isNumber": value}, "then": self.notation.date_numbers is not None},
            _case("string", value, text),
        ]
        is_date = {"$switch": {"branches": branches, "default": False}}
        return {"$cond": [{"$eq": [self.clock_of(value), None]}, is_date, False]}

    def _clock_of_date(self, value: str) -> Expression:
        offset = self.notation.stored_times
        if offset == "local":
            return self._usable(value, naive=True)
        if not offset:
            return self._usable(value)
        within = {"$and": [{"$gte": [value, self.first + offset]}, {"$lt": [value, self.end + offset]}]}
        return {"$cond": [within, {"$subtract": [value, offset // timedelta(milliseconds=1)]}, None]}

    def _clock_of_text(self, value: str) -> Expression:
        zoned, naive = self._usable("$$shown"), self._usable("$$shown", naive=True)
        as_it_is = {"$dateFromString": {"dateString": _trimmed(value), "onError": None}}
        common_zoned, common_naive = (
            {"$let": {"vars": {"shown": as_it_is}, "in": usable}} for usable in (zoned, naive)
        )
        read = {"$cond": [{"$eq": [_part(ZONE), None]}, naive, zoned]}
        number = None
        if unit := self.notation.date_numbers:
            of_number = self._clock_of_number("$$number")
            number = {"$let": {"vars": {"number": self.date_number(value, [unit])}, "in": of_number}}
        of_parts = {"$let": {"vars": {"shown": _date_of_parts()}, "in": read}}
        return _of_forms(value, common_zoned, common_naive, _of_parts(value, of_parts, number))

    def date_number(self, text: str, units: Collection[DateNumbers]) -> Expression:
        """Return the number of a text that may be a date in one of these units; null of another."""
        patterns = [DATE_NUMBERS[unit] for unit in units]
        fits = {"$or": [matches(text, pattern) for pattern in patterns]}
        return {"$cond": [fits, _number_of_text(text, NUMBER_CHARACTERS), None]}

    def _clock_of_number(self, value: str) -> Expression:
        a_second = 1000 if self.notation.date_numbers == "seconds" else 1
        first, end = (edge.timestamp() * 1000 / a_second for edge in (self.first, self.end))
        within = {"$and": [{"$gte": [value, first]}, {"$lt": [value, end]}]}
        date = {"$toDate": {"$toLong": {"$multiply": [{"$toDouble": value}, a_second]}}}
        return {"$cond": [within, date, None]}

    def _usable(self, instant: Any, naive: bool = False) -> Expression:
        first, end = self.first, self.end
        if naive:
            first, end = (datetime.combine(day, time(), UTC) for day in (FIRST_DAY, END_DAY))
        return {"$cond": [{"$and": [{"$gte": [instant, first]}, {"$lt": [instant, end]}]}, instant, None]}


def as_contract(value: Any) -> Any:
    """Convert a value of the driver to Python's own types, which `Notation` reads."""
    if isinstance(value, Decimal128):
        number = value.to_decimal()
        return NAN if number.is_nan() else number
    if isinstance(value, Timestamp):
        return value.as_datetime().isoformat()  # with its offset: it is an instant, whatever stored dates show
    if isinstance(value, list):  # an instant in one is none to `Notation`
        return [item if isinstance(item, Timestamp) else as_contract(item) for item in value]
    return object() if isinstance(value, Code) else value  # to the driver a program is a text


def is_absent(value: str) -> Expression:
    """Return whether a value is empty, as `contract.documents.is_absent` does."""
    array = {"$or": [{"$eq": [value, []]}, {"$in": [None, value]}]}
    branches = [
        {"case": {"$in": [{"$type": value}, ["missing", "null", "undefined"]]}, "then": True},
        {"case": {"$isNumber": value}, "then": {"$eq": [value, NAN]}},
        _case("string", value, {"$in": [_lower(value), list(ABSENT_TEXTS)]}),
        _case("array", value, array),
        _case("object", value, {"$eq": [value, {"$literal": {}}]}),
    ]
    return {"$switch": {"branches": branches, "default": False}}


def is_false(value: str) -> Expression:
    """Return whether a value is `false`, or a list of it alone."""
    return {"$in": [value, [False, [False]]]}


def _of_the_one(value: str, then: Any) -> Expression:
    """Return an expression of `$$one`, a value as `contract.documents.the_one_of` has it."""
    first = {"$arrayElemAt": [value, 0]}
    is_single = {"$eq": [{"$size": value}, 1]}
    is_plain = {"$in": [{"$type": first}, ["string", "bool", "int", "long", "double", "decimal"]]}
    of_list = {"$cond": [{"$cond": [is_single, is_plain, False]}, first, value]}
    return {"$let": {"vars": {"one": {"$cond": [{"$isArray": [value]}, of_list, value]}}, "in": then}}


def is_a(kind: str, value: str) -> Expression:
    """Return whether a value has this type."""
    return {"$eq": [{"$type": value}, kind]}


def matches(text: str, pattern: str) -> Expression:
    """Return whether a value is a text of a date that fits a pattern."""
    return _if_plain(text, {"$regexMatch": {"input": _trimmed(text), "regex": pattern}}, False)


def _if_plain(text: str, then: Any, otherwise: Any) -> Expression:
    # Not `$and`: the database may evaluate all of its parts, and these fail on what is no text or broken UTF-8.
    is_plain = {"$eq": [{"$trim": {"input": text, "chars": DATE_CHARACTERS + BLANKS}}, ""]}
    return {"$cond": [is_a("string", text), {"$cond": [is_plain, then, otherwise]}, otherwise]}


def _trimmed(text: str) -> Expression:
    return {"$trim": {"input": text, "chars": BLANKS}}


def _of_forms(text: str, zoned: Any, naive: Any, other: Any) -> Expression:
    """Return one of three expressions: of a common date with an offset, of one without, and of any other value."""
    without = {"$cond": [matches(text, COMMON_DATE + r"$(?![\s\S])"), naive, other]}
    return {"$cond": [matches(text, COMMON_DATE + COMMON_ZONE), zoned, without]}


def _of_parts(text: str, then: Any, otherwise: Any) -> Expression:
    """Return an expression of `$$parts`, what the pattern takes out of a text of ISO 8601; or something else."""
    taken = _if_plain(text, {"$regexFind": {"input": _trimmed(text), "regex": ISO_8601}}, None)
    of_found = {"$let": {"vars": {"parts": "$$taken.captures"}, "in": then}}
    return {"$let": {"vars": {"taken": taken}, "in": {"$cond": [{"$eq": ["$$taken", None]}, otherwise, of_found]}}}


def _part(place: int, instead: str | None = None) -> Expression:
    part = {"$arrayElemAt": ["$$parts", place]}
    return part if instead is None else {"$ifNull": [part, instead]}


def _date_of_parts() -> Expression:
    """Return the date of `$$parts`, put as `contract.documents.plain_iso` does; without an offset, as if of UTC."""
    pieces: list[Any] = [_part(0), "-", _part(2), "-", _part(3), "T", _part(4, "00"), ":", _part(5, "00")]
    pieces += [":", _part(6, "00"), ".", _part(7, "0")]
    offset = {"$ifNull": [{"$concat": [_part(OFFSET), ":", _part(OFFSET + 1, "00")]}, "Z"]}
    return {"$dateFromString": {"dateString": {"$concat": [*pieces, offset]}, "onError": None}}


def _case(kind: str, value: str, then: Any) -> Expression:
    return {"case": is_a(kind, value), "then": then}


def _lower(text: str) -> Expression:
    return {"$toLower": _trimmed(text)}


def _looked_up(text: Expression, classes: dict[str, int] | Any) -> Expression:
    place = {"$indexOfArray": [{"$literal": list(classes)}, text]}
    label = {"$arrayElemAt": [{"$literal": list(classes.values())}, "$$place"]}
    return {"$let": {"vars": {"place": place}, "in": {"$cond": [{"$gte": ["$$place", 0]}, label, None]}}}


def _number_of_text(text: str, characters: str) -> Expression:
    """Return the number of a text, as `contract.documents.number_of_text` does."""
    number = {"$convert": {"input": _trimmed(text), "to": "double", "onError": None}}
    alone = {"$eq": [{"$trim": {"input": text, "chars": BLANKS + characters}}, ""]}
    return {"$cond": [alone, number, None]}
