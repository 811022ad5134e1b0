"""What the database counts at this moment: of one camera, through the index, and the values to choose from."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from bson import Timestamp

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.segments import NONE, OTHER
from monitor_core.contract.selection import Selection
from monitor_core.mongo.counting.choices import MOST_CHOICES
from monitor_core.mongo.expressions import segments_query
from monitor_core.mongo.store import Store
from monitor_core.reports import samples
from monitor_core.reports.quality import quality_report
from tests.conftest import plans
from tests.documents import ABSENT, FIELDS, SEGMENT_VALUES, Document, at, prediction, segment_of

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
SEGMENTS = {"camera": "camera", "model": "meta.version"}
VALUES = [value for value in SEGMENT_VALUES if value is not ABSENT]


def document(camera: Any = ABSENT, model: Any = ABSENT, **more: Any) -> Document:
    meta = ABSENT if model is ABSENT else {"version": model}
    return prediction(camera=camera, meta=meta, **more)


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return make_store(segments=SEGMENTS)


@pytest.mark.parametrize("text", sorted({segment_of(value) for value in VALUES}))
def test_a_value_is_known_by_its_text(store: Store, text: str) -> None:
    made = [document(value) for value in VALUES] + [document()]
    store.collection.insert_many(made)
    expected = sum(segment_of(one.get("camera", ABSENT)) == text for one in made)
    assert store.counts.of(Selection(OCTOBER, "validated", (("camera", text),))).documents == expected
    assert store.collection.count_documents(segments_query((("camera", text),), store.settings)) == expected


def test_two_segments_are_both_asked_for(store: Store) -> None:
    store.collection.insert_many([document("left", 1), document("left", 2), document("right", 1)])
    assert store.counts.of(Selection(OCTOBER, "validated", (("camera", "left"), ("model", "1")))).documents == 1


def test_the_newest_mistakes_are_the_segments_own(store: Store) -> None:
    store.collection.insert_many([document("left", filename="l.png", target=2), document("right", target=2)])
    mistakes = samples.newest_mistakes(store, Selection(OCTOBER, "validated", (("camera", "left"),)), None)
    assert mistakes["file"].tolist() == ["l.png"]


def test_an_unknown_segment_is_said_with_those_there_are(store: Store) -> None:
    with pytest.raises(MonitorError, match=r"colour is not a segment.*camera, model"):
        store.counts.of(Selection(OCTOBER, "validated", (("colour", "red"),)))


@pytest.mark.parametrize("basis", ["validated", "predicted"])
@pytest.mark.parametrize("value", ["left", NONE])
def test_the_counts_of_a_segment_are_answered_through_an_index(store: Store, basis: Any, value: str) -> None:
    store.collection.insert_many([document("left", n % 3) for n in range(100)] + [document() for _ in range(100)])
    store.indexes.create()
    assert store.indexes.missing() == []
    selection = Selection(OCTOBER, basis, (("camera", value), ("model", "1")))
    query_plans = plans(
        store, lambda watched: (list(watched.live.day_groups(selection)), watched.live.delays(selection))
    )
    for plan in (*query_plans[:2], *query_plans[4:]):  # dates that are texts are parsed, which reads their documents
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan


def test_a_field_of_lists_gives_the_right_numbers(store: Store) -> None:
    store.collection.insert_many([document(["left"]) for _ in range(20)] + [document("left") for _ in range(30)])
    store.indexes.create()
    selection = Selection(OCTOBER, "validated", (("camera", "left"),))
    plan, *_ = plans(store, lambda watched: list(watched.live.day_groups(selection)))
    assert "COLLSCAN" not in plan
    assert store.counts.of(selection).documents == 30
    assert store.counts.of(Selection(OCTOBER, "validated", (("camera", OTHER),))).documents == 20
    assert store.live.segment_choices("camera") == [OTHER, "left"]


def test_the_choices_are_the_values_by_a_walk_along_the_index(store: Store) -> None:
    assert store.live.segment_choices("camera") is None  # no index yet: a page does not read all documents for it
    store.collection.insert_many([document(value) for value in ["left", "right", 1, 1.0, "1", True, None] * 5])
    store.collection.insert_one(document())
    store.indexes.create()
    assert store.live.segment_choices("camera") == [NONE, "1", "left", "right", "true"]
    (plan,) = plans(store, lambda watched: watched.live.segment_choices("camera"))
    assert "DISTINCT_SCAN" in plan


def test_very_many_values_are_no_choice(store: Store) -> None:
    store.indexes.create()
    store.collection.insert_many([document(n) for n in range(MOST_CHOICES)])
    assert store.live.segment_choices("camera") is not None
    store.collection.insert_one(document("one more"))
    assert store.live.segment_choices("camera") is None


def test_an_array_of_dates_is_undated_in_the_day_of_its_first_whichever_days_are_counted_together(
    store: Store,
) -> None:
    store.indexes.create()
    days = [at(2026, 10, day, 9) for day in (2, 3, 3, 5)]
    store.collection.insert_many([prediction(predicted_at=[day]) for day in days] + [prediction(at(2026, 10, 4))])
    store.collection.insert_one(prediction(predicted_at=[at(2026, 10, 5), at(2026, 10, 2)]))
    period = Period(date(2026, 10, 1), date(2026, 10, 6))
    undated = [0, 1, 2, 0, 2, 0]
    assert [day.undated for day in store.live.days(Selection(period, "predicted"))] == undated
    by_themselves = [store.live.plain_days(Selection(Period(day, day), "predicted"))[0].undated for day in period.days]
    assert by_themselves == undated
    assert store.counts.of(Selection(period, "predicted"), exact=True).excluded["undated_prediction"] == 5
    by_hour = store.counts.by_hour(Selection(Period(date(2026, 10, 3), date(2026, 10, 3)), "predicted"))
    assert len(by_hour.days) == 24


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({}, lambda when: when),
        ({"stored_times": "+02:00"}, lambda when: when),
        ({"stored_times": "local"}, lambda when: when.replace(tzinfo=None)),
        ({}, lambda when: Timestamp(int(when.timestamp()), 1)),
        ({"date_numbers": "seconds"}, lambda when: when.timestamp()),
    ],
)
def test_a_list_of_dates_is_undated_on_one_day_however_the_days_are_counted(
    make_store: Callable[..., Store], changes: dict[str, Any], form: Callable[[datetime], Any]
) -> None:
    store = make_store(time_zone="Europe/Madrid", **changes)
    lists = [
        [at(2026, 10, 3, 12)],
        [at(2026, 10, 3)],
        [at(2026, 10, 4, 23, 30), at(2026, 10, 2, 1), at(2026, 10, 6)],
        [at(2026, 10, 5), at(2026, 10, 20)],
    ]
    for dates in lists:
        written = [form(when) for when in dates]
        store.collection.insert_one(prediction(predicted_at=written, validated_at=written))
    for basis in BASES:
        whole = store.live.plain_days(Selection(OCTOBER, basis))
        assert sum(day.undated for day in whole) == len(lists)
        alone = [store.live.plain_days(Selection(Period(day, day), basis))[0].undated for day in OCTOBER.days]
        assert alone == [day.undated for day in whole]


USABLE, TOO_EARLY, TOO_LATE = at(2026, 10, 3), at(1990, 1, 1), at(2150, 1, 1)
TEXT, STAMP = "2026-10-03T12:00:00Z", Timestamp(int(at(2026, 10, 3).timestamp()), 1)
LISTS: list[list[Any]] = [
    *([first, second] for first in (USABLE, TOO_EARLY, TOO_LATE, TEXT, STAMP, None, 1) for second in (USABLE, TEXT)),
    *([one] for one in (USABLE, TOO_EARLY, TOO_LATE, TEXT, STAMP, "no date", [USABLE])),
    *([TEXT, other] for other in (TOO_EARLY, TOO_LATE, "no date", STAMP)),
    *([USABLE, other] for other in (TOO_EARLY, TOO_LATE, STAMP)),
    [],
]


@pytest.mark.parametrize("stored_times", ["utc", "local"])
def test_each_list_of_dates_is_one_document_without_a_usable_date_in_report_and_quality(
    make_store: Callable[..., Store], stored_times: str
) -> None:
    """Such as [1990, 2026], which no day had; a text and a date were two; and a text was two in data quality."""
    store = make_store(stored_times=stored_times)
    plain = [prediction(USABLE) for _ in range(3)]
    documents = [prediction(predicted_at=dates) for dates in LISTS]
    wrong = []
    for document in documents:
        store.collection.delete_many({})
        store.collection.insert_many([*plain, document])
        counts = store.counts.of(Selection(OCTOBER, "predicted"), exact=True)
        if (counts.documents, counts.excluded["undated_prediction"]) != (3, 1):
            wrong.append((document[FIELDS.predicted_at], counts.documents, counts.excluded))
    assert wrong == []
    store.collection.insert_many(documents[:-1])
    report = quality_report(store, OCTOBER, store.now(), None)
    listed = {finding.name: finding.documents for finding in report.findings}
    assert (report.used, listed["undated_prediction"]) == (3, len(LISTS))
