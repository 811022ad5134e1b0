"""What is odd about random documents, against a plain reading of each of them in Python."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson.datetime_ms import DatetimeMS

from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.documents import Notation, Review, is_absent, plain_iso
from monitor_core.contract.problems import EXAMPLES, FIELD_NAMES, PROBLEMS, STATES
from monitor_core.mongo.live import CLOCKS_DIFFER
from monitor_core.mongo.quality import files
from monitor_core.mongo.quality.problems import QualityProblems
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import ABSENT, FIELDS, at, fields

MADRID = ZoneInfo("Europe/Madrid")
NAMES = {0: "a", 1: "b", 2: "c"}
NOTATION = Notation(MADRID, {name: label for label, name in NAMES.items()})
PERIOD = Period(date(2026, 10, 20), date(2026, 10, 30))  # the clocks change on the 25th
BEYOND = DatetimeMS(300_000_000_000_000)
CLASSES: list[Any] = [
    0,
    1,
    2,
    2.0,
    "1",
    " +2. ",
    7,
    1.5,
    "cat",
    " A",
    "n/a",
    [],
    True,
    False,
    None,
    ABSENT,
    float("nan"),
    2**40,
    {},
]
CONFIDENCES: list[Any] = [0.5, 1, 0, 1.2, -0.1, "0.9", True, None, ABSENT, float("inf"), float("nan"), {}]
FLAGS: list[Any] = [True, False, None, ABSENT, "yes", 1]
FILES: list[Any] = [*(f"image {n}.png" for n in range(40)), None, ABSENT, 5]


def dates(around: datetime) -> list[Any]:
    usable = [around, around.replace(tzinfo=None).isoformat(), around.isoformat(), f"{around:%Y-%m-%d}"]
    odd = [None, ABSENT, "yesterday", 20261024, at(1970, 1, 1), "1970-01-01", BEYOND, "2026-02-30"]
    return usable * 6 + odd


def document(draw: random.Random) -> dict[str, Any]:
    predicted_at = at(2026, 10, 19) + timedelta(seconds=draw.randrange(13 * 86_400))
    validated_at = predicted_at + timedelta(seconds=draw.randrange(-3_000, 300_000))
    drawn = {
        FIELDS.filename: draw.choice(FILES),
        FIELDS.prediction: draw.choice(CLASSES[:6] * 8 + CLASSES),
        FIELDS.validated: draw.choice(CLASSES[:6] * 6 + [False] * 8 + CLASSES),
        FIELDS.confidence: draw.choice(CONFIDENCES),
        FIELDS.predicted_at: draw.choice([*dates(predicted_at), [predicted_at]]),  # of two lists MongoDB can index none
        FIELDS.validated_at: draw.choice(dates(validated_at)),
        FIELDS.trained: draw.choice(FLAGS),
        FIELDS.logged: draw.choice(FLAGS),
        draw.choice(["camera", "line", "a.b", "$c"]): 1,
    }
    return {name: value for name, value in drawn.items() if value is not ABSENT}


# ---- the oracle


def has_review(row: dict[str, Any]) -> bool:
    return NOTATION.is_review(row.get(FIELDS.validated), not is_absent(row.get(FIELDS.validated_at)))


def day_of(row: dict[str, Any]) -> date | None:
    """None: in no day. A list of dates lies in the day of its first, but is called undated."""
    value = row.get(FIELDS.predicted_at)
    instant = NOTATION.instant_of(value[0] if isinstance(value, list) else value)
    return local_day(instant, MADRID) if instant else None


def state_of(row: dict[str, Any]) -> str:
    if NOTATION.instant_of(row.get(FIELDS.predicted_at)) is None:
        return "undated_prediction"
    prediction = NOTATION.class_of(row.get(FIELDS.prediction))
    if prediction is None:
        return "unreadable_prediction"
    review = NOTATION.review_of(row.get(FIELDS.validated), prediction, not is_absent(row.get(FIELDS.validated_at)))
    return {Review.NONE: "not_reviewed", Review.UNREADABLE: "unreadable_review"}.get(review, "used")  # type: ignore[call-overload, no-any-return]


def is_out_of_range(value: Any) -> bool:
    return value is BEYOND or value in (at(1970, 1, 1), "1970-01-01")


def is_naive(value: Any) -> bool:
    iso = plain_iso(value) if isinstance(value, str) else None
    return iso is not None and not re.search("Z$|[+-]..:..$", iso)


def is_odd(flag: Any) -> bool:
    return flag is not None and not isinstance(flag, bool)


def kinds_of(row: dict[str, Any]) -> set[str]:
    made, seen = (NOTATION.instant_of(row.get(name)) for name in (FIELDS.predicted_at, FIELDS.validated_at))
    prediction, validated = NOTATION.class_of(row.get(FIELDS.prediction)), row.get(FIELDS.validated)
    confidence, reviewed = row.get(FIELDS.confidence), has_review(row)
    label = validated if isinstance(validated, bool) else NOTATION.class_of(validated)
    counted = reviewed and prediction is not None and label is not None
    classes = {prediction} if isinstance(validated, bool) else {prediction, label}
    conditions = {
        "undated_review": reviewed and seen is None,
        "predicted_out_of_range": is_out_of_range(row.get(FIELDS.predicted_at)),
        "reviewed_out_of_range": reviewed and is_out_of_range(row.get(FIELDS.validated_at)),
        "reviewed_before_predicted": bool(reviewed and made and seen and seen < made - CLOCKS_DIFFER),
        "bad_confidence": not is_absent(confidence) and NOTATION.confidence_of(confidence) is None,
        "confidence_in_percent": isinstance(confidence, float) and 1 < confidence <= 100,
        "odd_trained": is_odd(row.get(FIELDS.trained)),
        "odd_logged": is_odd(row.get(FIELDS.logged)),
        "missing_confidence": is_absent(confidence),
        "rejected_without_date": validated is False and not reviewed,
        "naive_date": is_naive(row.get(FIELDS.predicted_at)) or is_naive(row.get(FIELDS.validated_at)),
        "unknown_class": counted and not classes <= set(NAMES),
    }
    return {kind for kind, is_one in conditions.items() if is_one} | {state_of(row)}


def kinds_of_files(rows: list[dict[str, Any]]) -> Counter[str]:
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if isinstance(row.get(FIELDS.filename), str):
            files[row[FIELDS.filename]].append(row)
    counted: Counter[str] = Counter()
    for same in files.values():
        said = {said_of(row) for row in same} - {None}
        counted["duplicate_filename"] += len(same) if len(same) > 1 else 0
        counted["reviewed_differently"] += len(same) if len(said) > 1 else 0
    return counted


def said_of(row: dict[str, Any]) -> int | str | None:
    validated = row.get(FIELDS.validated)
    if not has_review(row):
        return None
    if isinstance(validated, bool):
        return NOTATION.class_of(row.get(FIELDS.prediction)) if validated else "rejected"
    return NOTATION.class_of(validated)


def expected(rows: list[dict[str, Any]], day: date) -> dict[str, int]:
    of_day = [row for row in rows if day_of(row) == day]
    counted = Counter(kind for row in of_day for kind in kinds_of(row)) + kinds_of_files(of_day)
    return {kind: count for kind, count in counted.items() if count}


# ---- the tests


@pytest.fixture
def odd(make_store: Callable[..., Store]) -> tuple[Store, list[dict[str, Any]]]:
    store = make_store(time_zone="Europe/Madrid", class_names=NAMES)
    store.indexes.create()
    draw = random.Random(5)
    rows = [document(draw) for _ in range(3_000)]
    store.collection.insert_many([dict(row) for row in rows])
    return store, rows


def test_each_kind_is_counted_as_a_plain_reading_counts_it(odd: tuple[Store, list[dict[str, Any]]]) -> None:
    store, rows = odd
    seen: set[str] = set()
    for day in PERIOD.days:
        (quality,) = QualityProblems(store).days(Period(day, day))
        assert quality.counts == expected(rows, day), day
        assert quality.documents == sum(day_of(row) == day for row in rows)
        seen |= quality.counts.keys()
    assert seen >= PROBLEMS.keys() - {
        *("predicted_in_future", "reviewed_in_future", "predicted_out_of_range"),
        *(
            "very_many_classes",
            "no_id",
            "repeated_id",
            "seen_before",  # tests/mongo/quality/test_seen.py
            "negative_class",
            "predicted_as_number",
            "reviewed_as_number",
            "predicted_after_insertion",
        ),
    }


def test_what_a_setting_would_mend_is_recognised(store: Store) -> None:
    now = store.now()
    seconds = int(at(2026, 10, 22).timestamp())
    store.collection.insert_many(
        [
            fields(prediction=-1, validated="-9", predicted_at=now),
            fields(prediction=1, confidence=93, predicted_at=now),
            fields(prediction=1, validated=1, predicted_at=now, validated_at=seconds),
            fields(prediction=1, predicted_at=now + timedelta(hours=2, minutes=1)),
            fields(prediction=1, predicted_at=now + timedelta(hours=2, minutes=20)),
            fields(_id="x", prediction=1, predicted_at=now + timedelta(hours=2)),
            *(fields(prediction=1, predicted_at=number) for number in (seconds, 1000 * seconds, 20261022)),
            *(fields(prediction=1, predicted_at=text) for text in (f"{seconds}", f" {seconds}000 ", "20261022")),
        ]
    )
    days = QualityProblems(store).days(Period(now.date() - timedelta(days=1), now.date() + timedelta(days=1)))
    counted = sum((Counter(day.counts) for day in days), Counter(QualityProblems(store).undated().counts))
    expected = {"negative_class": 1, "confidence_in_percent": 1, "reviewed_as_number": 1, "predicted_as_number": 4}
    expected["predicted_after_insertion"] = 1
    assert {kind: counted[kind] for kind in expected} == expected


def test_a_day_with_very_many_classes_is_told_with_their_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_core.mongo.quality.problems.MOST_CLASSES", 4)
    many, few = at(2026, 10, 22, 9), at(2026, 10, 23, 9)
    store.collection.insert_many(
        [
            *(fields(prediction=n, validated=n + 10, predicted_at=many) for n in range(3)),
            fields(prediction="1", validated=True, predicted_at=many, validated_at=many),
            fields(prediction="cat", validated=None, predicted_at=many),
            *(fields(prediction=n, validated=None, predicted_at=few) for n in range(4)),
        ]
    )
    first, second = QualityProblems(store).days(Period(many.date(), few.date()))
    assert first.counts["very_many_classes"] == 4  # documents with a class
    assert [example.value for example in first.examples["very_many_classes"]] == ["6 classes"]
    assert "very_many_classes" not in second.counts


def test_a_period_is_its_days(odd: tuple[Store, list[dict[str, Any]]]) -> None:
    store, rows = odd
    for quality in QualityProblems(store).days(PERIOD):
        assert quality.counts == expected(rows, quality.day)


def test_documents_in_no_day_are_counted_once(odd: tuple[Store, list[dict[str, Any]]]) -> None:
    store, rows = odd
    quality = QualityProblems(store).undated()
    undated = [row for row in rows if day_of(row) is None]
    assert undated
    assert {kind: quality.counts[kind] for kind in ("undated_prediction", "predicted_out_of_range")} == {
        "undated_prediction": len(undated),
        "predicted_out_of_range": sum(is_out_of_range(row.get(FIELDS.predicted_at)) for row in undated),
    }
    around = Period(date(2026, 10, 1), date(2026, 11, 20))
    assert sum(day.documents for day in QualityProblems(store).days(around)) + quality.documents == len(rows)


def test_fields_are_counted_among_reviewed_documents_and_others(odd: tuple[Store, list[dict[str, Any]]]) -> None:
    store, rows = odd
    day = date(2026, 10, 22)
    (quality,) = QualityProblems(store).days(Period(day, day))
    uses = {use.name: (use.reviewed, use.open) for use in quality.fields}
    of_day = [row | {"_id": 1} for row in rows if day_of(row) == day]
    for name in {name for row in of_day for name in row}:
        reviewed = sum(name in row for row in of_day if has_review(row))
        assert uses.pop(name) == (reviewed, sum(name in row for row in of_day) - reviewed), name
    assert uses == {}


def test_only_the_newest_documents_are_looked_at_when_asked(odd: tuple[Store, list[dict[str, Any]]]) -> None:
    store, _ = odd
    quality = QualityProblems(store).days(PERIOD, most=300)
    assert sum(day.documents for day in quality) == 300
    assert len(quality) < len(PERIOD)


def test_examples_are_few_and_tell_the_value(odd: tuple[Store, list[dict[str, Any]]]) -> None:
    store, _ = odd
    (quality,) = QualityProblems(store).days(Period(PERIOD.first, PERIOD.first))
    assert quality.examples.keys() == quality.counts.keys() - {"used", "not_reviewed"}
    for kind, examples in quality.examples.items():
        assert len(examples) == EXAMPLES or len(examples) <= quality.counts[kind], kind
    assert {one.value for one in quality.examples["odd_trained"]} <= {'"yes"', "1"}


def test_dates_to_come_are_found_whatever_they_are_written_as(store: Store) -> None:
    now = at(2026, 11, 1, 12)
    soon, later = now + timedelta(minutes=5), now + timedelta(hours=2)
    dates = [now, soon, later, later.isoformat(), f"{later:%Y-%m-%dT%H:%M}", BEYOND, "soon", None]
    store.collection.insert_many([fields(predicted_at=one, validated_at=later) for one in dates])
    quality = QualityProblems(store).future(now)
    assert quality.counts == {"predicted_in_future": 3, "reviewed_in_future": len(dates)}
    assert quality.examples["predicted_in_future"][0].value == "2026-11-01 14:00:00 UTC"


def test_large_values_and_random_keys_stay_in_the_database(store: Store) -> None:
    day = date(2026, 10, 22)
    large = fields(prediction="x" * 2_000_000, filename="é" * 5_000, predicted_at=at(2026, 10, 22))
    keys = [{f"key {n} {random.random()}": 1, FIELDS.predicted_at: at(2026, 10, 22)} for n in range(2 * FIELD_NAMES)]
    store.collection.insert_many([large, *keys, fields(prediction=[1] * 100_000, predicted_at=at(2026, 10, 22))])
    (quality,) = QualityProblems(store).days(Period(day, day))
    assert quality.counts["unreadable_prediction"] == len(keys) + 2
    assert max(len(one.value) + len(one.file) for some in quality.examples.values() for one in some) < 200
    assert len(quality.fields) == FIELD_NAMES
    assert quality.cut
    assert quality.fields[0].name in ("_id", FIELDS.predicted_at)


@pytest.mark.parametrize("most", [None, 100])
def test_the_days_are_found_through_an_index(odd: tuple[Store, list[dict[str, Any]]], most: int | None) -> None:
    store, _ = odd
    asked = plans(store, lambda watched: QualityProblems(watched).days(PERIOD, most))
    asked += plans(store, lambda watched: QualityProblems(watched).undated(most))
    asked += plans(store, lambda watched: QualityProblems(watched).future(at(2026, 10, 26)))
    assert len(asked) == 4 + 4 + 2  # days, undated; dates to come of two fields
    for plan in asked:
        assert "COLLSCAN" not in plan
        assert "IXSCAN" in plan


def test_the_newest_documents_are_not_sorted_in_memory(store: Store) -> None:
    """A list in place of one date would make MongoDB sort; the worker's days are never sorted."""
    store.indexes.create()
    store.collection.insert_many([fields(predicted_at=at(2026, 10, 22), n=n) for n in range(500)])
    query_plans = plans(store, lambda watched: QualityProblems(watched).days(PERIOD, 100))
    assert len(query_plans) == 4
    for plan in query_plans:
        assert "IXSCAN" in plan
        assert "'stage': 'SORT'" not in plan
        assert "sortKey" not in plan


def test_the_looks_find_the_problems_of_the_list_and_no_others(store: Store) -> None:
    problems = QualityProblems(make_named(store))
    by_document = set(problems._tests()) | {state for state in STATES if state in PROBLEMS}
    assert by_document == {name for name, one in PROBLEMS.items() if one.stage in ("documents", "undated")}
    assert {name for name, _ in problems._dates_to_come()} == {
        n for n, one in PROBLEMS.items() if one.stage == "future"
    }
    of_files = files.of_a_day(store.fields, store.live.reading)
    assert str(of_files).count("reviewed_differently") == 1
    assert {name for name in PROBLEMS if name in str(of_files)} == {
        name for name, one in PROBLEMS.items() if one.stage == "files"
    }


def make_named(store: Store) -> Store:
    """With names of classes: without them no class is an unknown one."""
    return Store(store.settings.model_copy(update={"class_names": NAMES}), database=store.database)
