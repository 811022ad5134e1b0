"""The logger looks at the days that changed, and keeps what is odd about their documents."""

from collections import Counter
from collections.abc import Callable

import pytest

from monitor_core.contract.problems import PROBLEMS
from monitor_core.logger import quality
from monitor_core.logger import tick as jobs
from monitor_core.logger.quality import PAUSE, RECHECK, refresh_quality
from monitor_core.mongo.quality.stored import StoredQuality
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import fields
from tests.reports.odd import PERIOD, age, good, look, noon, write


def problems(store: Store) -> dict[str, int]:
    """What is stored of the period's days, but for the documents without a fault."""
    total: Counter[str] = Counter()
    for of_day, _ in StoredQuality(store).read(PERIOD).values():
        total.update({name: n for name, n in of_day.counts.items() if name in PROBLEMS})
    return dict(total)


def test_the_worker_looks_again_at_a_day_that_changed(store: Store) -> None:
    write(store, [good(n) for n in range(1, 4)])
    days = look(store)
    assert days >= 4  # and the undated
    assert refresh_quality(store) == 0
    write(store, [good(2, prediction="cat", logged=True)])
    store.changes.note([("predicted", noon(2).date())])
    assert look(store) == 0  # it rests
    age(store, PAUSE)
    assert look(store) == 2  # the day, and the undated
    assert problems(store) == {"unreadable_prediction": 1}


def test_what_leaves_no_trace_in_the_history_is_found_within_a_week(store: Store) -> None:
    write(store, [good(n) for n in range(1, 4)])
    look(store)
    store.collection.update_one(fields(predicted_at=noon(2)), {"$set": fields(trained="yes")})
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
    write(store, [good(3), good(4, confidence=90)])
    jobs.tick(store)
    assert problems(store) == {"bad_confidence": 1, "confidence_in_percent": 1}
    store.database["monitor_quality"].drop()
    assert refresh_quality(store, goes_on=lambda: False) == 0


def test_days_that_are_checked_together_are_stored_as_one_by_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With gaps and faults in them; a day that rests stands between those that are due."""
    write(store, [good(n % 40 + 1, **(fields(prediction="cat") if n % 7 == 0 else {})) for n in range(150)])
    with monkeypatch.context() as patch:
        patch.setattr(quality, "next_size", lambda *_: 1)
        assert look(store) > 40
    one_by_one = StoredQuality(store).read(PERIOD)
    assert len(one_by_one) == len(PERIOD)
    store.database["monitor_quality"].delete_many({"_id": {"$ne": noon(5).date().isoformat()}})
    assert len(plans(store, refresh_quality)) < 60  # four for each stretch; a day by itself would make 160
    together = StoredQuality(store).read(PERIOD)
    assert {day: of_day for day, (of_day, _) in together.items()} == {
        day: of_day for day, (of_day, _) in one_by_one.items()
    }


def test_a_server_that_is_too_old_for_it_is_no_failure(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No older one can be installed here, so a newer one calls itself so."""
    write(store, [good(n) for n in range(1, 4)])
    with monkeypatch.context() as patch:
        patch.setattr(Store, "server", lambda _self: "5.0.31")
        result = jobs.tick(store)
    assert result is not None
    assert (result.error, result.failures, result.failed_runs) == (None, (), 0)
    (reason,) = result.left_out
    assert "5.2 or newer, and this is 5.0.31" in reason
    assert store.state.last_tick() == result
    assert StoredQuality(store).versions() == {}
    again = jobs.tick(store)
    assert again is not None
    assert again.left_out == ()
    assert StoredQuality(store).versions() != {}
