"""The fields of a document and their meaning: the only place where raw values are parsed."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import END_DAY, FIRST_DAY, start_of
from monitor_core.contract.texts import (
    BLANKS,
    SCIENTIFIC_CHARACTERS,
    SMALLEST_DOUBLE,
    forms_of,
    in_every_case,
    lower,
    number_of_text,
)

DateNumbers = Literal["seconds", "milliseconds"]
# Patterns for Python and MongoDB, which then agree on every text (tests/contract/test_documents.py): without blanks
# around it. With hyphens it has colons too; without hyphens it has neither, but a time. All after the hour is optional.
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "([0-5][0-9])"
# Behind an offset its zone may be named, which adds nothing: as Go prints a time, or Java one of a zone.
_NAMED = r"(?: +(?:[A-Z]{1,5}|[+-][0-9]{2,4})(?: m=[+-][0-9.]+)?|\[[A-Za-z0-9/_+-]+\])?"
_ZONE = rf"([Uu][Tt][Cc]|[Gg][Mm][Tt]|(?:[Zz]|([+-](?:[01][0-9]|2[0-3]))(?::?{_SIXTY})?){_NAMED})"
_TIME = rf"{_HOUR}(?:(?(2):){_SIXTY}(?:(?(2):){_SIXTY}(?:[.,]([0-9]{{1,9}}))?)?)?(?: *{_ZONE})?"
ISO_8601 = rf"^([0-9]{{4}})(-)?([0-9]{{2}})(?(2)-)([0-9]{{2}})(?(2)|(?=[Tt]))(?:(?:[Tt]| +){_TIME})?$(?![\s\S])"
# Most dates look like this: MongoDB reads them as they are, which is quicker.
COMMON_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
COMMON_ZONE = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$(?![\s\S])"
# What a text of the pattern has; MongoDB fails on broken UTF-8.
DATE_CHARACTERS = "0123456789-:.,+ =/_[]ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DATE_NUMBERS: dict[DateNumbers, str] = {  # what a number of these years is as text: so an index has them in their order
    "seconds": r"^[1-9][0-9]{8,9}(?:[.][0-9]{1,9})?$(?![\s\S])",
    "milliseconds": r"^[1-9][0-9]{11,12}(?:[.][0-9]{1,9})?$(?![\s\S])",
}
LARGEST_CLASS = 2**31 - 1  # a class number beyond it is a mix-up of columns
# In counts these stand where a class does, for the rare ones of very many. As targets all are OTHER; a prediction is
# MISTAKEN where one of them was taken for another of them, so that it is not called right.
OTHER, MISTAKEN = 1 - 2**31, 2 - 2**31
SMALLEST_CLASS = 4 - 2**31  # below it, stored counts have codes
TOGETHER = {OTHER: "other classes", MISTAKEN: "other classes, mistaken for each other"}
CONFIDENCE_BINS = 200  # of [0, 1], as many as a Kolmogorov-Smirnov test on bins needs
DELAY_BUCKETS_A_DOUBLING = 8  # of the time to review: a quantile read from them is right within 5 %
ABSENT_TEXTS = (
    "",
    "null",
    "none",
    "nan",
    "n/a",
    "na",
    "nil",
    "undefined",
    "<na>",
    "#n/a",
    "nat",
)  # what stands for nothing
BOOLEAN_TEXTS = {"true": 1, "false": 0}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GREENWICH = ZoneInfo("UTC")


class Review(Enum):
    """The outcomes of a review that do not give a class."""

    NONE = "not reviewed"
    REJECTED = "rejected, the true class unknown"
    UNREADABLE = "neither a class nor a yes or no"


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A reviewed document with its values parsed."""

    id: Any
    target: int | None  # None: rejected, the true class unknown
    prediction: int
    confidence: float | None
    predicted_at: datetime  # UTC
    reviewed_at: datetime | None  # UTC; None when undated


@dataclass(frozen=True, slots=True)
class Waiting:
    """The reviewed predictions that wait to be logged."""

    rows: int
    oldest_review_at: datetime | None


@dataclass(frozen=True)
class Notation:
    """The notation of classes, reviews, confidences and dates in the documents, as configured."""

    zone: ZoneInfo = GREENWICH  # of dates without an offset
    classes: Mapping[str, int] = field(default_factory=dict)  # by every name that a class has
    not_reviewed: tuple[str, ...] = ()  # further values that stand for no review; numbers among them
    boolean_classes: bool = False  # true is class 1 and false class 0, in predictions and reviews
    percent: bool = False  # confidences are percentages
    date_numbers: DateNumbers | None = None  # since 1970; None: numbers are not dates
    stored_times: Literal["local"] | timedelta = timedelta(0)  # what a date shows: the zone's time, or UTC and this

    # ---- texts

    @cached_property
    def exact_classes(self) -> dict[str, int]:
        """Return the classes by names as they are, and by these in each form of Unicode: "é" is one sign or two."""
        return _of_one_class((form, label) for name, label in self.classes.items() for form in forms_of(name)) | dict(
            self.classes
        )

    @cached_property
    def lower_classes(self) -> dict[str, int]:
        """Return the classes by names in every case, each as `lower` leaves it; without those that would be two.

        Where true and false are classes, these texts are too, as CSV files have them, unless a class is called so.
        """
        names = [(text, label) for name, label in self.classes.items() for text in in_every_case(name)]
        if self.boolean_classes:
            names += {text: label for text, label in BOOLEAN_TEXTS.items() if text not in dict(names)}.items()
        return _of_one_class(names)

    def spellings_of(self, label: int) -> set[str]:
        """Return the texts that a class is known by, but for blanks and the case of ASCII."""
        return {name for names in (self.exact_classes, self.lower_classes) for name in names if names[name] == label}

    @cached_property
    def not_reviewed_texts(self) -> frozenset[str]:
        return frozenset(ABSENT_TEXTS).union(*map(in_every_case, self.not_reviewed))

    @cached_property
    def not_reviewed_numbers(self) -> frozenset[float]:
        numbers = map(number_of_text, self.not_reviewed)
        return frozenset(number for number in numbers if number is not None)

    def _named(self, text: str) -> int | None:
        trimmed = text.strip(BLANKS)
        return self.exact_classes.get(trimmed, self.lower_classes.get(lower(trimmed)))

    # ---- values

    def class_of(self, value: Any) -> int | None:
        """Return the class number given by an integer, a name or a numeric text; None for anything else.

        >>> [Notation().class_of(value) for value in (3, 3.0, " 3 ", 3.5, True, "cat")]
        [3, 3, 3, None, None, None]
        >>> Notation(classes={"cat": 7}).class_of("Cat"), Notation(boolean_classes=True).class_of(True)
        (7, 1)
        """
        value = the_one_of(value)
        if isinstance(value, bool):
            return int(value) if self.boolean_classes else None
        if isinstance(value, str):
            label = self._named(value)
            return _whole(number_of_text(value)) if label is None else label
        return _whole(value)

    def is_review(self, validated: Any, dated: bool) -> bool:
        """Return whether somebody reviewed it, whatever the review says; `dated`: it has a date."""
        validated = the_one_of(validated)
        if isinstance(validated, bool):
            return validated or dated or self.boolean_classes
        number = validated
        if isinstance(validated, str):
            if self._named(validated) is not None:
                return True
            if lower(validated) in self.not_reviewed_texts:
                return False
            number = number_of_text(validated)
        if isinstance(number, int | float | Decimal) and number in self.not_reviewed_numbers:
            return False
        return not is_absent(validated)

    def review_of(self, validated: Any, prediction: int | None, dated: bool) -> int | Review:
        """Return the target class, or why there is none; `dated`: with a date, `false` means a rejection.

        >>> review_of = Notation().review_of
        >>> review_of(True, 4, dated=True), review_of("2", 4, dated=True), review_of(False, 4, dated=False).value
        (4, 2, 'not reviewed')
        """
        validated = the_one_of(validated)
        if not self.is_review(validated, dated):
            return Review.NONE
        if isinstance(validated, bool) and not self.boolean_classes:
            target = prediction if validated else Review.REJECTED
        else:
            target = self.class_of(validated)
        return Review.UNREADABLE if target is None else target

    def confidence_of(self, value: Any) -> float | None:
        """Return a confidence in [0, 1]; None if it is absent or unusable."""
        number = number_of_text(value, SCIENTIFIC_CHARACTERS) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
            return None
        if isinstance(number, Decimal) and abs(number) < SMALLEST_DOUBLE:
            number = 0
        confidence = float(number) / 100 if self.percent else float(number)
        return confidence if 0 <= confidence <= 1 else None

    def instant_of(self, value: Any) -> datetime | None:
        """Return the UTC instant of a date, an ISO 8601 text or, if so configured, a number; None for other values.

        A text without an offset is in the configured zone. Dates outside 2000–2099 come from clocks that were not set.
        """
        try:
            instant = self._instant(value)
        except (ValueError, OverflowError):  # the 30th of February; the first and last hours that a date can hold
            return None
        return instant if instant and self._first <= instant < self._end else None

    def _instant(self, value: Any) -> datetime | None:
        if isinstance(value, str):
            text = value.strip(BLANKS)
            if iso := plain_iso(text):
                date = datetime.fromisoformat(iso)
                return (date if date.tzinfo else date.replace(tzinfo=self.zone)).astimezone(UTC)
            if not (self.date_numbers and re.match(DATE_NUMBERS[self.date_numbers], text)):
                return None
            value = float(text)
        if isinstance(value, datetime):
            if self.stored_times == "local":
                return value.replace(tzinfo=self.zone).astimezone(UTC)
            return value.astimezone(UTC) - self.stored_times
        if self.date_numbers and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            milliseconds = int(float(value) * (1000 if self.date_numbers == "seconds" else 1))
            return EPOCH + timedelta(milliseconds=milliseconds)
        return None

    @cached_property
    def _first(self) -> datetime:
        return start_of(FIRST_DAY, self.zone)

    @cached_property
    def _end(self) -> datetime:
        return start_of(END_DAY, self.zone)


PLAIN = Notation()


def _of_one_class(names: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the classes by name, sorted, without the names of two."""
    classes: dict[str, set[int]] = {}
    for name, label in names:
        classes.setdefault(name, set()).add(label)
    return {name: labels.pop() for name, labels in sorted(classes.items()) if len(labels) == 1}


def _whole(number: Any) -> int | None:
    if (
        isinstance(number, int | float | Decimal)
        and SMALLEST_CLASS <= number <= LARGEST_CLASS
        and number == int(number)
    ):
        return int(number)
    return None


def the_one_of(value: Any) -> Any:
    """Return the only element of a list, as review tools write a single choice; any other value unchanged.

    >>> [the_one_of(value) for value in (["cat"], [1, 2], [], [None], [["cat"]], "cat")]
    ['cat', [1, 2], [], [None], [['cat']], 'cat']
    """
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | int | float | Decimal):
        return value[0]
    return value


def is_absent(value: Any) -> bool:
    """Return whether a value is empty: null, NaN, an empty text, list or object, or a text such as "None".

    A list that contains null is empty too, because MongoDB finds such a document when it searches for null.
    """
    if isinstance(value, str):
        return lower(value) in ABSENT_TEXTS
    if isinstance(value, list):
        return not value or any(item is None for item in value)
    return value is None or value == {} or (isinstance(value, float) and math.isnan(value))


def field_value(document: dict[str, Any], path: str) -> Any:
    """Return the value of a field, or of a nested one such as `review.class`; None if it is absent.

    For a list of objects, return the list of their values, as MongoDB does.
    """
    if "." not in path:
        return document.get(path)
    value: Any = document
    for part in path.split("."):
        if isinstance(value, list):
            value = [item[part] for item in value if isinstance(item, dict) and part in item]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def confidence_bin(confidence: float) -> int:
    """Return the index of the confidence's bin in [0, 1]; 1 belongs to the last bin.

    >>> confidence_bin(0.0), confidence_bin(0.005), confidence_bin(1.0)
    (0, 1, 199)
    """
    return min(CONFIDENCE_BINS - 1, math.floor(confidence * CONFIDENCE_BINS))


def delay_bucket(minutes: float) -> int:
    """Return the index of a delay's bucket; bucket b begins at 2 ** (b / 8) - 1 minutes, and -1 holds negative delays.

    >>> delay_bucket(0), delay_bucket(1), delay_bucket(60 * 24), delay_bucket(-3)
    (0, 8, 83, -1)
    """
    return -1 if minutes < 0 else math.floor(DELAY_BUCKETS_A_DOUBLING * math.log2(1 + minutes))


def plain_iso(text: str) -> str | None:
    """Return a text of the pattern as everybody reads it; None of another. Without an offset it has none.

    >>> plain_iso("20261127t0905 utc"), plain_iso("2026-11-27 09 +02"), plain_iso("2026-11-27"), plain_iso("20261127")
    ('2026-11-27T09:05:00.0Z', '2026-11-27T09:00:00.0+02:00', '2026-11-27T00:00:00.0', None)
    """
    date = re.match(ISO_8601, text)
    if not date:
        return None
    year, _, month, day, hour, minute, second, fraction, zone, offset, minutes = date.groups()
    clock = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}.{fraction or '0'}"
    return clock + (f"{offset}:{minutes or '00'}" if offset else "Z" if zone else "")
