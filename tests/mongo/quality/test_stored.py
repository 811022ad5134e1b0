"""What was odd about each day, as it is stored."""

from datetime import UTC, date, datetime

from monitor_core.contract.calendar import Period
from monitor_core.contract.problems import DayQuality, Example, FieldUse
from monitor_core.mongo.quality.stored import QualityVersion, StoredQuality
from monitor_core.mongo.store import Store

DAY = date(2026, 10, 4)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
VERSION = QualityVersion("digest", datetime(2026, 10, 5, tzinfo=UTC))


def test_a_day_is_read_as_it_was_stored_and_its_examples_apart(store: Store) -> None:
    stored, example = StoredQuality(store), Example("1", "a.jpg", "90")
    fields = [FieldUse("meta.camera", 3, 1)]
    stored.store(
        [DayQuality(DAY, {"used": 3, "bad_confidence": 1}, {"bad_confidence": [example]}, fields)], {DAY: VERSION}
    )
    assert stored.read(OCTOBER) == {
        DAY: (DayQuality(DAY, {"used": 3, "bad_confidence": 1}, {}, fields), VERSION.made_at)
    }
    assert stored.examples(OCTOBER, "bad_confidence", 5) == [example]
    assert stored.examples(OCTOBER, "odd_trained", 5) == []


def test_the_documents_without_a_day_have_a_place_of_their_own(store: Store) -> None:
    stored = StoredQuality(store)
    assert stored.undated() is None
    stored.store([DayQuality(None, {"undated_prediction": 2})], {None: VERSION})
    assert stored.undated() == (DayQuality(None, {"undated_prediction": 2}), VERSION.made_at)
    assert stored.read(OCTOBER) == {}
    assert stored.versions() == {None: VERSION}
    stored.delete([None])
    assert stored.versions() == {}
