"""The factory of documents: one prediction as the model and the reviewers write it, or any that the contract allows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bson import Binary, Code, DBRef, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS
from bson.decimal128 import Decimal128
from hypothesis import strategies as st

from monitor_core.contract.calendar import Period, steady_clocks
from monitor_core.contract.segments import NONE, OTHER
from monitor_core.settings.documents import FieldNames

Document = dict[str, Any]


FIELDS = FieldNames()  # of every document that a test writes


def fields(**values: Any) -> Document:
    """Return the values by the names of their fields: `predicted_at=now` is `{"timestamp": now}`; other names stay.

    It is a document, a change of one, or a query.
    """
    names = FIELDS.model_dump(exclude_none=True)
    return {names.get(name, name): value for name, value in values.items()}


ABSENT = object()  # of a field that the document does not have


LATER = timedelta(days=1)  # than the prediction the review is


def at(*parts: int) -> datetime:
    """A UTC instant."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def prediction(
    day: date = date(2026, 10, 3),
    predicted: Any = 1,
    target: Any = 1,
    confidence: Any = 0.5,
    reviewed: Any = LATER,
    **more: Any,
) -> Document:
    """Return a reviewed prediction; `day`: or the instant; `reviewed`: when, or how much later; `more`: as of `fields`.

    A field that is ABSENT is not in it.
    """
    instant = day if isinstance(day, datetime) else datetime.combine(day, time(), UTC)
    made = fields(
        prediction=predicted,
        validated=target,
        confidence=confidence,
        predicted_at=instant,
        validated_at=instant + reviewed if isinstance(reviewed, timedelta) else reviewed,
    )
    return {name: value for name, value in (made | fields(**more)).items() if value is not ABSENT}


ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


# In each zone this stretch has a day of 23 or 25 hours (or 23.5 or 24.5 on Lord Howe).
STRETCHES = (date(2026, 3, 6), date(2026, 3, 27), date(2026, 10, 2), date(2026, 10, 23), date(2026, 10, 30))


CLOCKS = (  # zone, and the first day of a stretch: most of them with a change of the clock on the second to fourth day
    *(("Europe/Madrid", day) for day in (date(2026, 3, 27), date(2026, 10, 23))),
    *(("America/New_York", day) for day in (date(2026, 3, 6), date(2026, 10, 30))),
    *(("Australia/Lord_Howe", day) for day in (date(2026, 4, 3), date(2026, 10, 2))),
    *((zone, date(2026, 10, 23)) for zone in ("Asia/Kathmandu", "UTC")),
)


REJECTED = -999  # the oracle's sentinel: a target that is no label


CLASS_FORMS: list[Callable[[int], Any]] = [
    *(int, int, float, str, Int64),
    lambda label: f"{label}.0",
    lambda label: Decimal128(str(label)),
]


ODD_CLASSES = (
    Decimal128("1"),
    2**40,
    "1\n",
    " 1 ",
    "+1",
    "-0",
    "1.",
    [1],
    None,
    False,
    True,
    float("nan"),
    "",
    "N/A",
    {},
    [],
)


ODD_DATES = [
    None,
    5,
    True,
    "soon",
    "2026-02-30",
    "1999-12-31",
    at(1970, 1, 1),
    {"at": 1},
    [at(2026, 10, 3)],
    [],
    at(1, 1, 1),
]


BEYOND_9999 = DatetimeMS(10**15)


CONFIDENCES = [
    None,
    ABSENT,
    0,
    1,
    0.005,
    0.57,
    0.999,
    0.3,
    2,
    -1,
    "0.5",
    "half",
    True,
    float("nan"),
    [0.5],
    Decimal128("0.57"),
]


NUMBERS: list[Any] = [
    *(0, 1, 2, -1, 3, 99, 2**31 - 1, 2**31, -(2**31), 2**62, Int64(1), Int64(2), Int64(-(2**63))),
    *(0.0, -0.0, 1.0, 2.0, 0.5, 0.93, 1e-310, 1e300, float("nan"), float("inf"), float("-inf"), 50.0, 100.0, 100.1),
    *map(
        Decimal128, ("1", "1.0", "0.5", "-1", "0.1", "1E+400", "1E-400", "NaN", "sNaN", "-Infinity", "2.5E+1", "1E-320")
    ),
    *(1_790_000_000, 1_790_000_000.5, 1_790_000_000_123, Decimal128("1790000000.25"), Int64(1_790_000_000)),
]


TEXTS = [
    *("", " ", "1", " 2 ", "+1", "1.", ".5", "0.93", "1e-1", "1E400", "1e-400", "1e-310", "0e-400", "--1", "1_0", "٣"),
    *(
        "null",
        "None",
        "NaN",
        " n/a",
        "NA",
        "nil",
        "Undefined",
        "<NA>",
        "skip",
        "-1.0",
        "true",
        "no",
        "1\0",
        "\0",
        "-1 ",
    ),
    *("cat", " Cat\n", "DOG", "dog", "kitten", "\u00a0cat", "é", "x" * 300, "9" * 400, "0" * 30 + "1"),
    *("2026-10-03", "2026-10-03T12:00:00Z", "2026-10-03 12:00:00 +02:00", "2026-10-03 12:00:00 UTC"),
    *("2026-10-03 12:00:00,123", "20261003T120000Z", "20261003T120000,5-0330", "2026-10-03 12:00:00GMT", "20261003"),
    *("2026-10-25 02:30", "2026-02-30", "0001-01-01", "9999-12-31T23:59:59Z", "2100-01-01", "1999-12-31T23:59:59Z"),
]


DATES = [
    *(at(2026, 10, 3, 12), at(1, 1, 1), at(1, 1, 1, 0, 0, 1), at(9999, 12, 31, 23, 59, 59), at(1969, 12, 31, 23, 59)),
    *(at(2000, 1, 1), at(1999, 12, 31, 23), at(2100, 1, 1), at(2099, 12, 31, 23, 59, 59), at(2026, 10, 25, 2, 30)),
    *(DatetimeMS(10**15), DatetimeMS(-(2**63)), DatetimeMS(2**63 - 1)),
    *(Timestamp(1, 0), Timestamp(1_790_000_000, 7), Timestamp(2**32 - 1, 2**32 - 1), Timestamp(946_684_799, 1)),
]


OTHERS: list[Any] = [
    *(
        None,
        ABSENT,
        True,
        False,
        {},
        [],
        {"a": 1},
        {"a": None},
        [1],
        [None],
        [1, None],
        ["1"],
        ["cat"],
        [True],
        [False],
        [float("nan")],
        ["N/A"],
        [1, 2],
        [[]],
        [{}],
        [at(2026, 10, 3)],
    ),
    *(MinKey(), MaxKey(), ObjectId("0123456789abcdef01234567"), Regex("^a", "i"), Code("1"), Code("x", {"y": 1})),
    *(Binary(b"1"), Binary(b"\0" * 16, 4), DBRef("other", 1), {"_cls": "Classification", "label": "cat"}),
]


ANY_VALUES = [*NUMBERS, *TEXTS, *DATES, *OTHERS]  # of every type of BSON that a driver writes


# What a segment's field may hold.
SEGMENT_VALUES = [
    *("left", "1", 1, 1.0, 2.5, -3, 2**40, True, False, "true"),
    *(None, "", ABSENT, ["left"], [], {"a": 1}, at(2026, 1, 1)),
]


def segment_of(value: Any) -> str:
    """Return what an address calls the value of a segment's field."""
    if value is ABSENT or value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, str | int) else OTHER


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@st.composite
def instants(draw: Any, first: date, zone: ZoneInfo) -> datetime:
    """Around a few days, often at or next to a local midnight or a change of the clock; whole milliseconds."""
    days = Period(first - timedelta(days=1), first + timedelta(days=5))
    edges = [local_midnight(day, zone) for day in days.days] + [clock.until for clock in steady_clocks(days, zone)]
    if draw(st.booleans()):
        return draw(st.sampled_from(edges)) + timedelta(milliseconds=draw(st.integers(-1, 1)))
    return draw(st.sampled_from(edges)) + timedelta(milliseconds=draw(st.integers(0, 90_000_000)))


@st.composite
def dates(draw: Any, instant: datetime, zone: ZoneInfo) -> tuple[Any, datetime]:
    """The same instant as a BSON date or as one of the contract's strings; a naive one may mean another instant."""
    kind = draw(st.sampled_from(["bson", "bson", "utc", "offset", "naive", "date"]))
    if kind == "bson":
        return instant, instant
    if kind == "utc":
        return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"), instant
    if kind == "offset":
        return instant.astimezone(zone).isoformat(timespec="milliseconds"), instant
    local = instant.astimezone(zone).replace(tzinfo=None)
    if kind == "date":
        local = datetime.combine(local.date(), time())
    text = local.date().isoformat() if kind == "date" else local.isoformat(sep=" ")
    return text, local.replace(tzinfo=zone).astimezone(UTC)


@st.composite
def reviewed_predictions(draw: Any, first: date, zone: ZoneInfo, labels: list[int]) -> tuple[Document, tuple]:
    """A document, and what it means: (review instant, target or REJECTED or None, prediction or None)."""
    instant = draw(instants(first, zone))
    written, meant = draw(dates(instant, zone))
    label, target = draw(st.sampled_from(labels)), draw(st.sampled_from(labels))
    form = draw(st.sampled_from(CLASS_FORMS))
    document = fields(prediction=form(label), predicted_at=instant, validated_at=written)
    kind = draw(st.sampled_from(["class"] * 6 + ["true", "false", "open", "bad review", "bad prediction"]))
    if kind == "class":
        return document | fields(validated=form(target)), (meant, target, label)
    if kind == "true":
        return document | fields(validated=True), (meant, label, label)
    if kind == "false":
        return document | fields(validated=False), (meant, REJECTED, label)
    if kind == "open":
        return document | draw(st.sampled_from([{}, fields(validated=None)])), (meant, None, label)
    if kind == "bad review":
        bad = draw(st.sampled_from(["cat", 2.5, [1, 2], {"class": 1}, "1e400", float("nan"), float("inf")]))
        return document | fields(validated=bad), (meant, None, label)
    return document | fields(validated=form(target), prediction="cat"), (meant, None, None)


@st.composite
def any_predictions(draw: Any, first: date, zone: ZoneInfo, labels: list[int]) -> Document:
    """Of every form of the contract, and beyond it."""
    made, _ = draw(reviewed_predictions(first, zone, labels))
    made[FIELDS.confidence] = draw(st.sampled_from(CONFIDENCES))
    made["camera"] = draw(st.sampled_from(SEGMENT_VALUES))
    if draw(st.booleans()):  # predicted at another time, written in another form
        instant = draw(instants(first, zone))
        made[FIELDS.predicted_at] = draw(
            st.sampled_from([instant, instant.isoformat(), instant.isoformat()[:19], None])
        )
    if draw(st.integers(0, 9)) == 0:
        made[draw(st.sampled_from([FIELDS.predicted_at, FIELDS.validated_at]))] = draw(
            st.sampled_from([*ODD_DATES, [at(first.year, first.month, first.day)], BEYOND_9999])
        )
    if draw(st.integers(0, 9)) == 0:
        odd = draw(st.sampled_from(ODD_CLASSES))
        made[draw(st.sampled_from([FIELDS.prediction, FIELDS.validated]))] = odd
    arrays = [name for name, value in made.items() if isinstance(value, list)]
    for name in arrays[1:]:  # an index over both would refuse the document
        made[name] = None
    made[FIELDS.filename] = f"{draw(st.integers(0, 99))}.png"
    return {name: value for name, value in made.items() if value is not ABSENT}


def reviewed(target: Any, predicted: Any, predicted_at: Any, **more: Any) -> Document:
    """Return a prediction that was reviewed and is not logged yet."""
    return prediction(predicted=predicted, target=target, confidence=0.9, reviewed=at(2026, 10, 5)) | (
        fields(predicted_at=predicted_at, logged=False) | fields(**more)
    )


ROWS = [
    reviewed(0, 0, at(2026, 10, 1, 10)),
    reviewed(0, 1, at(2026, 10, 1, 23)),
    reviewed(1, 1, "2026-10-01T12:00:00Z", confidence=None),
    reviewed(True, 2, at(2026, 10, 2, 0)),
    reviewed(False, 2, at(2026, 10, 2, 1), confidence=7),
]
