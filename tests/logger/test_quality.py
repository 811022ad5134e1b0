"""The logger looks at the days that changed, and keeps what is odd about their documents."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.contract.problems import PROBLEMS
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.logger.quality import PAUSE, RECHECK, refresh_quality
from monitor_core.mongo.quality import StoredQuality
from monitor_core.mongo.store import Store

TODAY = datetime.now(UTC).date()
PERIOD = Period(TODAY - timedelta(days=20), TODAY - ONE_DAY)


def noon(days_ago: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days=days_ago)


def good(days_ago: int, **changes: Any) -> dict[str, Any]:
    made = {"output_prediction": 1, "output_validated": 1, "output_confidence": 0.9, "timestamp": noon(days_ago)}
    return made | {"timestamp_validated": noon(days_ago) + timedelta(hours=1)} | changes


def write(store: Store, documents: list[dict[str, Any]]) -> None:
    store.collection.insert_many(documents)


def look(store: Store) -> int:
    history.refresh(store)
    return refresh_quality(store)


def problems(store: Store) -> dict[str, int]:
    """What is stored of the period's days, but for the documents without a fault."""
    total: Counter[str] = Counter()
    for of_day, _ in StoredQuality(store).read(PERIOD).values():
        total.update({name: n for name, n in of_day.counts.items() if name in PROBLEMS})
    return dict(total)


def age(store: Store, pause: timedelta) -> None:
    """Let the days have been looked at so long ago."""
    store.database["monitor_quality"].update_many(
        {}, [{"$set": {"made_at": {"$subtract": ["$made_at", int(pause.total_seconds() * 1000)]}}}]
    )


def test_the_worker_looks_again_at_a_day_that_changed(store: Store) -> None:
    write(store, [good(n) for n in range(1, 4)])
    days = look(store)
    assert days >= 4  # and the undated
    assert refresh_quality(store) == 0
    write(store, [good(2, output_prediction="cat", logged=True)])
    store.changes.note([("predicted", noon(2).date())])
    assert look(store) == 0  # it rests
    age(store, PAUSE)
    assert look(store) == 2  # the day, and the undated
    assert problems(store) == {"unreadable_prediction": 1}


def test_what_leaves_no_trace_in_the_history_is_found_within_a_week(store: Store) -> None:
    write(store, [good(n) for n in range(1, 4)])
    look(store)
    store.collection.update_one({"timestamp": noon(2)}, {"$set": {"trained": "yes"}})
    age(store, PAUSE)
    look(store)
    assert problems(store) == {}
    age(store, RECHECK)
    look(store)
    assert problems(store) == {"odd_trained": 1}


def test_new_class_names_make_all_records_anew(store: Store, make_store: Callable[..., Store]) -> None:
    write(store, [good(n) for n in range(1, 4)])
    look(store)
    named = make_store(class_names={7: "seven"})
    assert StoredQuality(named).read(PERIOD) == {}
    look(named)
    assert problems(named) == {"unknown_class": 3}


def test_a_tick_looks_and_is_told_to_stop(store: Store) -> None:
    write(store, [good(3), good(4, output_confidence=90)])
    jobs.tick(store)
    assert problems(store) == {"bad_confidence": 1}
    store.database["monitor_quality"].drop()
    assert refresh_quality(store, goes_on=lambda: False) == 0
