"""Files that were seen on an earlier day."""

import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from monitor_core.contract.calendar import Period, local_day
from monitor_core.logger import history
from monitor_core.logger.quality import refresh_quality
from monitor_core.logger.tick import tick
from monitor_core.mongo.quality.seen import BEFORE, SeenFiles, digest
from monitor_core.mongo.quality.stored import StoredQuality
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, at, prediction

FIRST, LAST = date(2026, 8, 20), date(2026, 10, 31)


def in_plain_python(documents: list[dict[str, Any]]) -> dict[date, int]:
    """Count each day's documents whose file occurs on one of the 30 days before."""
    days_of = defaultdict(set)
    for document in documents:
        days_of[document[FIELDS.filename]].add(document[FIELDS.predicted_at].date())
    counts: dict[date, int] = defaultdict(int)
    for document in documents:
        day = document[FIELDS.predicted_at].date()
        if any(timedelta(0) < day - other <= BEFORE for other in days_of[document[FIELDS.filename]]):
            counts[day] += 1
    return dict(counts)


def test_the_logger_counts_them_as_plain_python_does(store: Store) -> None:
    chance = random.Random(1)
    days = (LAST - FIRST).days + 1
    documents = [
        prediction(
            at(2026, 8, 20, 12) + timedelta(days=chance.randrange(days)), filename=f"{chance.randrange(600)}.png"
        )
        for _ in range(900)
    ]
    store.collection.insert_many(documents)
    expected = in_plain_python(documents)
    assert len(expected) > 30
    tick(store)
    stored = StoredQuality(store).read(Period(FIRST, LAST))
    stored_counts = {
        day: quality.counts["seen_before"] for day, (quality, _) in stored.items() if "seen_before" in quality.counts
    }
    assert stored_counts == expected


def test_an_example_names_the_last_day_on_which_the_file_was_seen(store: Store) -> None:
    noon = at(2026, 10, 31, 12)
    store.collection.insert_many(
        [prediction(noon - timedelta(days=n), filename="a.png") for n in (0, 3, 30, 31)]
        + [prediction(noon, filename=f"{n}.png") for n in range(20)]
    )
    tick(store)
    (example,) = StoredQuality(store).examples(Period(noon.date(), noon.date()), "seen_before", 5)
    assert (example.file, example.value) == ("a.png", "also on 28 Oct 2026")


def test_a_file_of_31_days_ago_and_one_without_a_name_are_new(store: Store) -> None:
    noon = at(2026, 10, 31, 12)
    store.collection.insert_many(
        [prediction(noon - timedelta(days=n), filename=name) for n in (0, 31) for name in ("a.png", None, 5)]
    )
    tick(store)
    ((quality, _),) = StoredQuality(store).read(Period(noon.date(), noon.date())).values()
    assert "seen_before" not in quality.counts


def test_without_time_for_the_days_before_a_day_is_left_to_the_next_run(store: Store) -> None:
    now = store.now()
    store.collection.insert_many([prediction(now - timedelta(days=n), filename="a.png") for n in (0, 29)])
    history.refresh(store)
    today = local_day(now, store.settings.zone)
    answers = iter([True, True])  # for the documents without a day, and for today; then the time is up
    refresh_quality(store, lambda: next(answers, False))
    assert today not in StoredQuality(store).read(Period(today, today))
    refresh_quality(store)
    quality, _ = StoredQuality(store).read(Period(today, today))[today]
    assert quality.counts["seen_before"] == 1


def test_what_is_kept_goes_with_its_day(store: Store) -> None:
    noon = at(2026, 10, 31, 12)
    store.collection.insert_one(prediction(noon, filename="a.png"))
    tick(store)
    seen = SeenFiles(store)
    assert list(seen.read(Period(FIRST, LAST))) == [noon.date()]
    seen.delete_others([])
    assert seen.read(Period(FIRST, LAST)) == {}


def test_a_digest_is_of_the_name_alone() -> None:
    one, other, again, odd = map(digest, ["a.png", "b.png", "a.png", "\ud800"])
    assert one == again != other
    assert {len(one), len(odd)} == {8}
