"""Quality problems: the ways in which a document breaks the contract, in the one list that everything else reads."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from monitor_core.contract import wording

Effect = Literal["set aside", "counted", "ignored", "note"]
Stage = Literal[  # the query that finds it
    "documents",  # one document by itself
    "files",  # the documents of one file together
    "earlier",  # the files of a day beside those of the days before
    "classes",  # all documents of a day together
    "ids",  # the documents of one id together, in a view or a time-series collection
    "undated",  # documents without a usable prediction date: in no day
    "future",  # documents with a date to come: through an index, of the whole collection
]
EFFECTS: tuple[Effect, ...] = ("set aside", "counted", "ignored", "note")  # the gravest first
STATES = ("used", "not_reviewed", "unreadable_prediction", "unreadable_review", "undated_prediction")  # one each
EXAMPLES = 5  # of a problem
FIELD_NAMES = 200  # of a day: documents may have keys made at random


@dataclass(frozen=True)
class Problem:
    """One way in which a document breaks the contract."""

    noun: str  # one occurrence of it, as it stands within a sentence
    plural: str
    effect: Effect
    does: str  # to the numbers
    remedy: str
    shown_by: tuple[str, ...]  # whose values make it one: attributes of `settings.documents.FieldNames`
    stage: Stage = "documents"

    @property
    def title(self) -> str:
        """Return its name as a heading."""
        return self.noun[0].upper() + self.noun[1:]

    def counted(self, number: int) -> str:
        """Return how many of them there are, such as "3 unreadable predictions"."""
        return wording.count(number, self.noun, self.plural)

    @property
    def of_collection(self) -> bool:
        """Return whether it is counted over the whole collection: its documents have no day, or one in the future."""
        return self.stage in ("undated", "future")


PROBLEMS = {
    "unreadable_prediction": Problem(
        "unreadable prediction",
        "unreadable predictions",
        "set aside",
        "The document is not counted.",
        "Let the model write a class number, name the classes in MONITOR_CLASS_NAMES if it writes names, set "
        "MONITOR_BOOLEAN_CLASSES if it writes true and false, also as text, or set the field's name in MONITOR_FIELDS. "
        "A list is only read if it holds a single label.",
        ("prediction",),
    ),
    "unreadable_review": Problem(
        "unreadable review",
        "unreadable reviews",
        "set aside",
        "The document is not counted until its review can be read.",
        "Write a class number, a name of MONITOR_CLASS_NAMES or MONITOR_CLASS_ALIASES, true or false, or null for not "
        "reviewed. If other values stand for not reviewed, name them in MONITOR_NOT_REVIEWED. If true and false are "
        "classes, also as text, set MONITOR_BOOLEAN_CLASSES. A list is only read if it holds a single label.",
        ("validated",),
    ),
    "undated_prediction": Problem(
        "prediction without a usable date",
        "predictions without a usable date",
        "set aside",
        "By prediction date it belongs to no day, and the logger does not take it.",
        "Write a date, or ISO 8601 text such as 2026-10-01T12:00:00Z, from 2000 to 2099. Other text, such as "
        "01/10/2026 or Thu, 01 Oct 2026 12:00:00 GMT, is not read.",
        ("predicted_at",),
        "undated",
    ),
    "undated_review": Problem(
        "review without a usable date",
        "reviews without a usable date",
        "set aside",
        "By review date it belongs to no day; by prediction date it is counted.",
        "Write the date together with the review: a date, or ISO 8601 text such as 2026-10-01T12:00:00Z. Other text is "
        "not read.",
        ("validated_at",),
    ),
    "predicted_out_of_range": Problem(
        "prediction before 2000 or after 2099",
        "predictions before 2000 or after 2099",
        "set aside",
        "It has no usable date: probably a clock was never set, or the unit is wrong.",
        "Correct the clock, or write milliseconds where milliseconds are meant.",
        ("predicted_at",),
        "undated",
    ),
    "reviewed_out_of_range": Problem(
        "review before 2000 or after 2099",
        "reviews before 2000 or after 2099",
        "set aside",
        "It has no usable review date: probably a clock was never set, or the unit is wrong.",
        "Correct the clock, or write milliseconds where milliseconds are meant.",
        ("validated_at",),
    ),
    "predicted_in_future": Problem(
        "prediction dated in the future",
        "predictions dated in the future",
        "counted",
        "It appears on a day that has not come yet.",
        "Correct the clock or the time zone of the program that writes the predictions.",
        ("predicted_at",),
        "future",
    ),
    "reviewed_in_future": Problem(
        "review dated in the future",
        "reviews dated in the future",
        "counted",
        "By review date it is missing now, because its day has not come yet.",
        "Correct the clock or the time zone of the review tool.",
        ("validated_at",),
        "future",
    ),
    "reviewed_before_predicted": Problem(
        "review dated before the prediction",
        "reviews dated before the prediction",
        "counted",
        "It counts, with a time to review of zero.",
        "Check whether the two dates are swapped, or one of them is in another time zone.",
        ("predicted_at", "validated_at"),
    ),
    "reviewed_differently": Problem(
        "document of a file with contradictory reviews",
        "documents of files with contradictory reviews",
        "counted",
        "Each document counts, so the same prediction may be right in one and wrong in another. With "
        "MONITOR_COUNT_FILES_ONCE only the newest counts.",
        "Let a reviewer decide, and correct the others.",
        ("filename",),
        "files",
    ),
    "duplicate_filename": Problem(
        "document of a file that occurs more than once on a day",
        "documents of files that occur more than once on a day",
        "counted",
        "Each document counts, so this file weighs more than others. With MONITOR_COUNT_FILES_ONCE only the newest "
        "counts.",
        "Check whether predictions are sent twice; keep one document for each file, or set MONITOR_COUNT_FILES_ONCE.",
        ("filename",),
        "files",
    ),
    "seen_before": Problem(
        "document of a file seen in the 30 days before",
        "documents of files seen in the 30 days before",
        "counted",
        "Each document counts, so this file weighs more than others. With MONITOR_COUNT_FILES_ONCE these are the "
        "newest ones: they count, and the earlier ones do not.",
        "Check whether images are uploaded again, or predictions made again; keep one document for each file, or set "
        "MONITOR_COUNT_FILES_ONCE.",
        ("filename",),
        "earlier",
    ),
    "repeated_id": Problem(
        "document with the id of another one",
        "documents with the id of another one",
        "counted",
        "Each document counts, but the logger logs only one of those with the same id.",
        "Give each document of the view or time-series collection an _id of its own.",
        ("filename",),
        "ids",
    ),
    "no_id": Problem(
        "document without an id",
        "documents without an id",
        "counted",
        "It counts, but the logger does not take it, because nothing distinguishes it from the others.",
        "Keep the field _id in the view, or write one into the time-series collection.",
        ("filename",),
    ),
    "very_many_classes": Problem(
        "document of a day with too many different classes",
        "documents of days with too many different classes",
        "counted",
        "The most frequent classes are counted individually, the others together: these are part of the totals and the "
        "accuracy, but of no average.",
        "Check whether the field is a class; if not, set the field's name in MONITOR_FIELDS.",
        ("prediction", "validated"),
        "classes",
    ),
    "unknown_class": Problem(
        "document with a class that has no name",
        "documents with a class that has no name",
        "counted",
        "It counts as a class of its own, shown by its number.",
        "Give it a name in MONITOR_CLASS_NAMES, or correct the review.",
        ("prediction", "validated"),
    ),
    "bad_confidence": Problem(
        "confidence outside 0 to 1",
        "confidences outside 0 to 1",
        "ignored",
        "The document counts, but its confidence is ignored.",
        "Write a number from 0 to 1; if all are percentages, set MONITOR_CONFIDENCE_SCALE=percent.",
        ("confidence",),
    ),
    "confidence_in_percent": Problem(
        "confidence between 1 and 100",
        "confidences between 1 and 100",
        "ignored",
        "The document counts, but its confidence is ignored: it seems to be a percentage.",
        "If all confidences are percentages, set MONITOR_CONFIDENCE_SCALE=percent.",
        ("confidence",),
    ),
    "negative_class": Problem(
        "document with a negative class number",
        "documents with a negative class number",
        "counted",
        "It counts as a class of its own.",
        "If the number means that there is no review, name it in MONITOR_NOT_REVIEWED.",
        ("prediction", "validated"),
    ),
    "predicted_as_number": Problem(
        "prediction date written as a number",
        "prediction dates written as numbers",
        "set aside",
        "It has no usable date: the number could be seconds or milliseconds since 1970.",
        "Write a date, or set MONITOR_DATE_NUMBERS to seconds or milliseconds.",
        ("predicted_at",),
        "undated",
    ),
    "reviewed_as_number": Problem(
        "review date written as a number",
        "review dates written as numbers",
        "set aside",
        "It has no usable review date: the number could be seconds or milliseconds since 1970.",
        "Write a date, or set MONITOR_DATE_NUMBERS to seconds or milliseconds.",
        ("validated_at",),
    ),
    "predicted_after_insertion": Problem(
        "prediction dated whole hours after its insertion",
        "predictions dated whole hours after their insertion",
        "counted",
        "Its date is whole hours later than the time in its id: stored dates seem to show a local time.",
        "Store dates in UTC, or set MONITOR_STORED_TIMES to what they show: local, or an offset from UTC.",
        ("predicted_at",),
    ),
    "odd_trained": Problem(
        'value of "trained" that is neither true nor false',
        'values of "trained" that are neither true nor false',
        "ignored",
        "It is read as false: the document is not in the training set.",
        "Write true or false.",
        ("trained",),
    ),
    "odd_logged": Problem(
        'value of "logged" that is neither true nor false',
        'values of "logged" that are neither true nor false',
        "ignored",
        "It is read as false: the logger takes the document and writes true.",
        "Leave the field to the logger.",
        ("logged",),
    ),
    "missing_confidence": Problem(
        "prediction without a confidence",
        "predictions without a confidence",
        "note",
        "The document counts, but not where confidence is used.",
        "Let the model write its confidence, if it has one.",
        ("confidence",),
    ),
    "rejected_without_date": Problem(
        "rejection without a review date",
        "rejections without a review date",
        "note",
        "A false without a date counts as not reviewed.",
        "Write the date with the rejection, or null if nobody has reviewed it.",
        ("validated",),
    ),
    "naive_date": Problem(
        "date as text without an offset",
        "dates as text without an offset",
        "note",
        "It is read in the configured time zone.",
        "Write a date, or an offset with the text; check that MONITOR_TIME_ZONE is right.",
        ("predicted_at", "validated_at"),
    ),
}


@dataclass(frozen=True)
class Example:
    """A document that has the problem; its three fields are shortened texts."""

    id: str
    file: str
    value: str


@dataclass(frozen=True)
class FieldUse:
    """The number of a day's documents that have a given field."""

    name: str
    reviewed: int
    open: int


@dataclass
class DayQuality:
    """The quality of the documents predicted on one day; `day` is None for those without a prediction date."""

    day: date | None
    counts: dict[str, int] = field(default_factory=dict)  # by problem, and by state; those that are not zero
    examples: dict[str, list[Example]] = field(default_factory=dict)
    fields: list[FieldUse] = field(default_factory=list)  # the most frequent, at most FIELD_NAMES
    cut: bool = False  # there are more fields

    @property
    def documents(self) -> int:
        return sum(self.counts.get(state, 0) for state in STATES)
