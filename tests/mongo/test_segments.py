"""Segments: the database's counts of one camera against plain Python on the raw documents."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError, SettingsError
from monitor_core.contract.segments import NONE, OTHER, parse
from monitor_core.contract.selection import Selection
from monitor_core.mongo.expressions import segments_query
from monitor_core.mongo.live import MOST_CHOICES
from monitor_core.mongo.store import Store
from monitor_core.reports import samples
from monitor_core.settings.settings import load
from tests.conftest import at, plans

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
SEGMENTS = {"camera": "camera", "model": "meta.version"}
VALUES = ["left", "1", 1, 1.0, 2.5, -3, 2**40, True, False, "true", None, "", ["left"], [], {"a": 1}, at(2026, 1, 1)]
ABSENT = object()


def text_of(value: Any) -> str:
    """The oracle: what the address calls a value."""
    if value is ABSENT or value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, str | int) else OTHER


def document(camera: Any = ABSENT, model: Any = ABSENT, **changes: Any) -> dict[str, Any]:
    made = {"output_prediction": 1, "output_validated": 1, "timestamp": at(2026, 10, 3), "output_confidence": 0.5}
    made |= {"timestamp_validated": at(2026, 10, 4)}
    made |= {} if camera is ABSENT else {"camera": camera}
    made |= {} if model is ABSENT else {"meta": {"version": model}}
    return made | changes


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return make_store(segments=SEGMENTS)


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    value = st.sampled_from([*VALUES, ABSENT])
    instant = at(2026, 10, 1) + timedelta(hours=draw(st.integers(-30, 100)))
    review = instant + timedelta(hours=draw(st.integers(0, 50)))
    one = document(draw(value), draw(value), output_prediction=draw(st.integers(0, 2)))
    one["output_validated"] = draw(st.sampled_from([0, 1, 2, None, True, False, "cat"]))
    one["timestamp"] = draw(st.sampled_from([instant, instant.isoformat(), "never"]))
    one["timestamp_validated"] = draw(st.sampled_from([review, review.isoformat(), None, [review]]))
    if sum(isinstance(value, list) for value in (*one.values(), *one.get("meta", {}).values())) > 1:
        one["timestamp_validated"] = one["camera"] = "no lists"  # MongoDB refuses two of them in one index
    return one


@given(st.lists(documents(), max_size=40), st.sampled_from(["validated", "predicted"]), st.booleans())
@settings(
    max_examples=60,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_counts_of_a_segment_are_those_of_its_documents_alone(
    make_store: Callable[..., Store], made: list[dict[str, Any]], basis: Any, indexed: bool
) -> None:
    """Against the same store that holds nothing but the segment's documents, picked by plain Python."""
    store, alone = make_store(segments=SEGMENTS), make_store(segments=SEGMENTS, collection="alone")
    store.collection.delete_many({})
    if made:
        store.collection.insert_many([dict(one, _id=ObjectId()) for one in made])
    if indexed:
        store.indexes.create()
    period = Period(date(2026, 10, 1), date(2026, 10, 4))
    everything = Counter[str]()
    for camera in {text_of(one.get("camera", ABSENT)) for one in made} | {"nowhere"}:
        chosen = [one for one in made if text_of(one.get("camera", ABSENT)) == camera]
        alone.collection.delete_many({})
        if chosen:
            alone.collection.insert_many([dict(one, _id=ObjectId()) for one in chosen])
        found, expected = (
            one.counts.of(Selection(period, basis, where))
            for one, where in ((store, (("camera", camera),)), (alone, ()))
        )
        assert found.confusion.labels == expected.confusion.labels
        assert found.confusion.cells.tolist() == expected.confusion.cells.tolist()
        assert (found.documents, found.excluded, found.noticed) == (
            expected.documents,
            expected.excluded,
            expected.noticed,
        )
        days = [
            one.counts.by_day(Selection(period, basis, w)) for one, w in ((store, (("camera", camera),)), (alone, ()))
        ]
        assert [day.delays.tolist() for day in days[0]] == [day.delays.tolist() for day in days[1]]
        assert [day.confidence.tolist() for day in days[0]] == [day.confidence.tolist() for day in days[1]]
        everything["documents"] += found.documents
    assert everything["documents"] == store.counts.of(Selection(period, basis)).documents


@pytest.mark.parametrize("text", sorted({text_of(value) for value in VALUES}))
def test_a_value_is_known_by_its_text(store: Store, text: str) -> None:
    made = [document(value) for value in VALUES] + [document()]
    store.collection.insert_many(made)
    expected = sum(text_of(one.get("camera", ABSENT)) == text for one in made)
    assert store.counts.of(Selection(OCTOBER, "validated", (("camera", text),))).documents == expected
    assert store.collection.count_documents(segments_query((("camera", text),), store.settings)) == expected


def test_two_segments_are_both_asked_for(store: Store) -> None:
    store.collection.insert_many([document("left", 1), document("left", 2), document("right", 1)])
    assert store.counts.of(Selection(OCTOBER, "validated", (("camera", "left"), ("model", "1")))).documents == 1


def test_the_newest_mistakes_are_the_segments_own(store: Store) -> None:
    wrong = {"output_validated": 2}
    store.collection.insert_many([document("left", filename="l.png", **wrong), document("right", **wrong)])
    found = samples.newest_mistakes(store, Selection(OCTOBER, "validated", (("camera", "left"),)), None)
    assert found["file"].tolist() == ["l.png"]


def test_an_unknown_segment_is_said_with_those_there_are(store: Store) -> None:
    with pytest.raises(MonitorError, match=r"colour is no segment.*camera, model"):
        store.counts.of(Selection(OCTOBER, "validated", (("colour", "red"),)))
    with pytest.raises(MonitorError, match="names no segment's value"):
        parse("camera", store.settings.segments)
    assert parse("model=1=2", store.settings.segments) == ("model", "1=2")


# ---- through the index


@pytest.mark.parametrize("basis", ["validated", "predicted"])
@pytest.mark.parametrize("value", ["left", NONE])
def test_the_counts_of_a_segment_are_answered_from_the_index_alone(store: Store, basis: Any, value: str) -> None:
    store.collection.insert_many([document("left", n % 3) for n in range(100)] + [document() for _ in range(100)])
    store.indexes.create()
    assert store.indexes.missing() == []
    selection = Selection(OCTOBER, basis, (("camera", value), ("model", "1")))
    asked = plans(store, lambda watched: (list(watched.live.day_groups(selection)), watched.live.delays(selection)))
    for plan in (asked[0], *asked[2:]):  # dates that are texts are parsed, which reads their documents
        assert "IXSCAN" in plan
        assert "FETCH" not in plan
        assert "COLLSCAN" not in plan


def test_a_field_of_lists_costs_reading_the_documents_but_gives_the_right_numbers(store: Store) -> None:
    store.collection.insert_many([document(["left"]) for _ in range(20)] + [document("left") for _ in range(30)])
    store.indexes.create()
    selection = Selection(OCTOBER, "validated", (("camera", "left"),))
    plan, _ = plans(store, lambda watched: list(watched.live.day_groups(selection)))
    assert "FETCH" in plan
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


def test_other_settings_make_other_indexes_and_drop_what_nothing_leans_on(make_store: Callable[..., Store]) -> None:
    def names() -> set[str]:
        return {name for name in plain.collection.index_information() if name.startswith("monitor_")}

    plain, cameras, models = make_store(), make_store(segments={"c": "camera"}), make_store(segments={"m": "meta.v"})
    assert plain.indexes.create() == []
    before = names()
    assert cameras.indexes.missing() != []
    assert cameras.indexes.create() == []
    assert len(names()) == 5
    assert all(name in names() for name in ("monitor_camera", *(index.name for index in cameras.indexes.missing())))
    assert cameras.indexes.missing() == []
    assert models.indexes.create() == []
    assert not any("camera" in name for name in names())
    assert plain.indexes.create() == []  # the longer ones stand for the shorter
    assert plain.indexes.missing() == []
    assert "monitor_meta.v" not in names()
    assert before - names()


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        ('{"camera": "output_prediction"}', "which the monitor itself reads"),
        ('{"camera": "timestamp.at"}', "which the monitor itself reads"),
        ('{"a": "meta", "b": "meta.version"}', "one lies inside the other"),
        ('{"a": "x", "b": "x"}', "the same field"),
        ('{"my camera": "x"}', "cannot be the name of a segment"),
        ('{"a": "$x"}', "cannot be the name of a field"),
        ('{"a": "x."}', "cannot be the name of a field"),
        ('{"a": "v", "b": "w", "c": "x", "d": "y", "e": "z"}', "more than 4"),
        ("camera", "is not valid JSON"),
    ],
)
def test_segments_that_cannot_be_are_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segments: str, why: str
) -> None:
    monkeypatch.setenv("MONITOR_SEGMENTS", segments)
    with pytest.raises(SettingsError, match=why) as caught:
        load(tmp_path)
    assert "MONITOR_SEGMENTS" in str(caught.value)
