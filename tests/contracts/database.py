"""What a database's package has to keep to: the suite that a sibling of `monitor_core.mongo` would have to pass.

Inherit DatabaseContract in a test module of the sibling, and say how raw documents get into it. The parts go by the
names that they have in `monitor_core.mongo`; all that they take and give are types of `contract`, `scores` and
`alerting`.
"""

import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.messages import Note
from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import Period, local_day, starts_of_hours
from monitor_core.contract.delivery import ARRIVED
from monitor_core.contract.documents import (
    Notation,
    Review,
    ReviewedRow,
    confidence_bin,
    delay_bucket,
    is_absent,
)
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.problems import DayQuality, Example, FieldUse
from monitor_core.contract.profiles import DayProfile
from monitor_core.contract.selection import NOT_REVIEWED, ORDERS, REJECTED, Sample, SampleFilter, Selection
from monitor_core.scores import confusion, counts
from monitor_core.scores.counts import NO_CONFIDENCE, Counts, DayCounts
from tests.documents import ABSENT, CLOCKS, FIELDS, LATER, Document, any_predictions, at, prediction, segment_of
from tests.lanes import examples

NOW = at(2026, 10, 5)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
EXAMPLE = Example("1", "a.png", "2")
RIVALS = 8  # that want the same thing at the same moment
QUICK = settings(
    max_examples=examples(30),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
)


# ---- the oracle: a plain reading of the raw documents


@dataclass(frozen=True)
class Reading:
    """A document, of Python's own types, as `contract` reads it."""

    document: Document
    basis: Basis
    notation: Notation

    @property
    def raw_date(self) -> Any:
        return self.document.get(FIELDS.validated_at if self.basis == "validated" else FIELDS.predicted_at)

    @property
    def zone(self) -> ZoneInfo:
        return self.notation.zone

    @property
    def instant(self) -> datetime | None:
        return self.notation.instant_of(self.raw_date)

    @property
    def prediction(self) -> int | None:
        return self.notation.class_of(self.document.get(FIELDS.prediction))

    @property
    def confidence(self) -> float | None:
        return self.notation.confidence_of(self.document.get(FIELDS.confidence))

    @property
    def dated(self) -> bool:
        return not is_absent(self.document.get(FIELDS.validated_at))

    @property
    def review(self) -> int | Review:
        dated = self.basis == "validated" or self.dated
        return self.notation.review_of(self.document.get(FIELDS.validated), self.prediction, dated)

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody reviewed it, whatever the review says."""
        return self.notation.is_review(self.document.get(FIELDS.validated), self.dated)

    @property
    def instants(self) -> list[datetime | None]:
        return [
            self.notation.instant_of(self.document.get(name)) for name in (FIELDS.predicted_at, FIELDS.validated_at)
        ]

    @property
    def segment(self) -> str:
        return segment_of(self.document.get("camera"))

    def is_in(self, selection: Selection) -> bool:
        day = local_day(self.instant, self.zone) if self.instant else None
        inside = day is not None and selection.period.first <= day <= selection.period.last
        return inside and all(self.segment == value for _, value in selection.where)


def expected_day(readings: Iterable[Reading]) -> dict[str, Any]:
    """Count the readings of one day, each in exactly one place."""
    numbers: Counter[str] = Counter()
    cells: Counter[tuple[int, int]] = Counter()
    confidences: Counter[tuple[int, int, int]] = Counter()
    for one in readings:
        raw, review = one.document.get(FIELDS.confidence), one.review
        usable = one.confidence
        numbers["documents"] += 1
        numbers["bad_confidence"] += not is_absent(raw) and usable is None
        if one.prediction is None:
            numbers["unreadable_prediction"] += 1
            continue
        if review is Review.UNREADABLE:
            numbers["unreadable_review"] += 1
            continue
        numbers["not_reviewed"] += review is Review.NONE
        if review is not Review.NONE:
            cells[confusion.REJECTED if isinstance(review, Review) else review, one.prediction] += 1
        outcome = counts.RIGHT if review == one.prediction else counts.WRONG
        outcome = counts.NOT_REVIEWED if review is Review.NONE else outcome
        confidences[one.prediction, outcome, NO_CONFIDENCE if usable is None else confidence_bin(usable)] += 1
    return {
        "numbers": {name: numbers[name] for name in counts.NUMBERS if name != "undated"},
        "cells": sorted((*cell, count) for cell, count in cells.items()),
        "confidence": sorted((*cell, count) for cell, count in confidences.items()),
    }


def as_expected(day: DayCounts) -> dict[str, Any]:
    return {
        "numbers": {name: getattr(day, name) for name in counts.NUMBERS if name != "undated"},
        "cells": sorted(map(tuple, day.cells.tolist())),
        "confidence": sorted(map(tuple, day.confidence.tolist())),
    }


def expected_delays(readings: Iterable[Reading]) -> list[list[int]]:
    """Count the reviewed documents by the time between their two instants."""
    buckets: Counter[int] = Counter()
    for one in readings:
        made, seen = one.instants
        if one.is_reviewed and made and seen:
            buckets[delay_bucket((seen - made).total_seconds() / 60)] += 1
    return sorted([bucket, count] for bucket, count in buckets.items())


def set_aside(found: Counts) -> int:
    return found.excluded["unreadable_prediction"] + found.excluded["unreadable_review"]


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """Return what the act gives to each of the rivals, who begin it together."""
    given_to: list[Any] = [None] * RIVALS
    start = threading.Barrier(RIVALS)

    def run(n: int) -> None:
        start.wait()
        given_to[n] = act(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given_to


class DatabaseContract:
    """Say the package, and how raw documents come into the database of a store that `make_store` opens."""

    package: str  # such as "monitor_core.mongo"

    def insert(self, store: Any, documents: list[Document]) -> None:
        raise NotImplementedError

    def empty(self, store: Any) -> None:
        """Take all predictions away."""
        raise NotImplementedError

    def stored(self, store: Any) -> list[Document]:
        """Return the predictions as the database gives them back, of Python's own types."""
        raise NotImplementedError

    def part(self, name: str) -> Any:
        """Return a class or function of the package: `delivery.leases.Leases`."""
        module, _, attribute = name.rpartition(".")
        return getattr(import_module(f"{self.package}.{module}"), attribute)

    @pytest.fixture
    def store(self, make_store: Callable[..., Any]) -> Any:
        return make_store()

    # ---- counts

    def some(self, data: Any, make_store: Callable[..., Any], least: int = 0) -> tuple[Any, Selection]:
        """Return a store with any documents, and a selection of some of their days."""
        name, first = data.draw(st.sampled_from(CLOCKS))
        zone = ZoneInfo(name)
        labels = data.draw(st.lists(st.integers(-2, 12), min_size=1, max_size=4, unique=True))
        made = data.draw(st.lists(any_predictions(first, zone, labels), min_size=least, max_size=60))
        store = make_store(time_zone=name, segments={"camera": "camera"})
        self.empty(store)
        if made:
            self.insert(store, made)
        if data.draw(st.booleans()):
            store.indexes.create()
        period = Period(first, first + timedelta(days=data.draw(st.integers(0, 5))))
        return store, Selection(period, data.draw(st.sampled_from(list(BASES))))

    def readings(self, store: Any, selection: Selection) -> list[Reading]:
        everything = [Reading(one, selection.basis, store.settings.notation) for one in self.stored(store)]
        return [one for one in everything if one.is_in(selection)]

    @given(st.data())
    @QUICK
    def test_each_day_s_counts_are_those_of_a_plain_reading(self, make_store: Callable[..., Any], data: Any) -> None:
        store, selection = self.some(data, make_store)
        if data.draw(st.booleans()):
            segments = sorted({one.segment for one in self.readings(store, selection)} | {"nowhere"})
            selection = replace(selection, where=(("camera", data.draw(st.sampled_from(segments))),))
        readings = self.readings(store, selection)
        days = store.counts.by_day(selection)
        assert len(days) == len(selection.period)
        for day, of_one_day in zip(selection.period.days, days, strict=True):
            of_day = [one for one in readings if one.instant and local_day(one.instant, one.zone) == day]
            assert as_expected(of_one_day) == expected_day(of_day)
            assert sorted(of_one_day.delays.tolist()) == expected_delays(of_day)
        plain = store.counts.plain_by_day(selection)
        assert [day.digest for day in plain] == [day.digest for day in days]

    @given(st.data())
    @QUICK
    def test_the_counts_of_a_period_are_its_days_and_each_document_is_in_one_place(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, selection = self.some(data, make_store)
        expected = expected_day(self.readings(store, selection))
        counted = store.counts.of(selection)
        labels = [*counted.confusion.labels, confusion.REJECTED]
        cells = counted.confusion.matrix_cells().tolist()
        assert sorted((labels[t], labels[p], n) for t, p, n in cells) == expected["cells"]
        assert counted.documents == expected["numbers"]["documents"]
        assert counted.validated + counted.not_reviewed + set_aside(counted) == counted.documents
        assert counted.digest == store.counts.of(selection, exact=True).digest

    @given(st.data())
    @QUICK
    def test_the_hours_of_a_period_are_those_of_a_plain_reading(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, selection = self.some(data, make_store)
        begun = starts_of_hours(selection.period, store.settings.zone)
        expected: Counter[tuple[int, int, int]] = Counter()
        for one in self.readings(store, selection):
            if one.instant and one.prediction is not None and one.review not in (Review.NONE, Review.UNREADABLE):
                target = confusion.REJECTED if isinstance(one.review, Review) else one.review
                expected[bisect_right(begun, one.instant) - 1, target, one.prediction] += 1
        by_hour = store.counts.by_hour(selection)
        labels = [*by_hour.labels, confusion.REJECTED]
        assert {(h, labels[t], labels[p]): n for h, t, p, n in by_hour.cells.tolist()} == expected
        assert len(by_hour.days) == len(begun)

    def test_the_undated_are_counted_by_each_basis_and_in_no_day(self, store: Any) -> None:
        odd = [None, 5, True, "soon", "2026-02-30", "1999-12-31", at(1970, 1, 1), {"at": 1}, []]
        self.insert(store, [prediction(reviewed=date) for date in odd])
        self.insert(store, [prediction(predicted_at=date) for date in odd])
        self.insert(store, [prediction(target=None, reviewed=date) for date in odd])
        by_review, by_prediction = (store.counts.of(Selection(OCTOBER, basis)) for basis in BASES)
        assert by_review.excluded["undated_review"] == by_prediction.excluded["undated_prediction"] == len(odd)
        assert (by_review.documents, by_prediction.documents) == (len(odd), 2 * len(odd))

    # ---- samples

    def search(self, *what: Any, **more: Any) -> Any:
        return self.part("samples.Search")(*what, **more)

    def walk(self, search: Any, place: Any = None) -> list[list[Sample]]:
        """Return all pages from a place on, forwards or backwards."""
        first, place_of = self.part("sample_pages.Place"), self.part("sample_pages.place_of")
        pages, at_place = [], place or first()
        while at_place:
            page = search.page(place_of(at_place.token()))  # through the address
            pages.append(list(page.samples))
            at_place = page.before if at_place.backwards else page.after
        return pages

    def listed(self, search: Any) -> list[Sample]:
        return [sample for page in self.walk(search) for sample in page]

    @given(st.data())
    @QUICK
    def test_as_many_samples_are_listed_and_counted_as_each_number_says(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, selection = self.some(data, make_store, least=1)
        counted = store.counts.of(selection)
        everything = self.listed(self.search(store, selection))
        assert len(everything) == counted.validated + counted.not_reviewed == self.search(store, selection).count()
        cells: Counter[tuple[Any, int]] = Counter()
        labels = counted.confusion.labels
        for row, target in enumerate([*labels, REJECTED]):
            for column, label in enumerate(labels):
                cells[target, label] += int(counted.confusion.matrix()[row][column])
        for (target, label), count in cells.items():
            search = self.search(store, selection, SampleFilter(target, label))
            listed = self.listed(search)
            assert len(listed) == count == search.count()
            true_class = None if target == REJECTED else target
            assert {(one.target, one.prediction) for one in listed} <= {(true_class, label)}
        right = sum(count for (target, label), count in cells.items() if target == label)
        by_outcome = {"right": right, "wrong": counted.validated - right, NOT_REVIEWED: counted.not_reviewed}
        for outcome, count in by_outcome.items():
            search = self.search(store, selection, SampleFilter(outcome=outcome))  # type: ignore[arg-type]
            assert len(self.listed(search)) == count == search.count()
        waiting = self.search(store, selection, SampleFilter(NOT_REVIEWED))
        assert len(self.listed(waiting)) == counted.not_reviewed == waiting.count()

    @given(st.data())
    @QUICK
    def test_the_samples_of_a_bin_of_confidence_are_those_that_the_bin_counts(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, selection = self.some(data, make_store, least=1)
        days = store.counts.by_day(selection)
        low = data.draw(st.sampled_from([0, 1, 60, 114, 199]))
        high = data.draw(st.sampled_from([high for high in (1, 61, 114, 115, 200) if high > low]))
        expected = sum(
            int(day.confidence[(day.confidence[:, 2] >= low) & (day.confidence[:, 2] < high), 3].sum()) for day in days
        )
        search = self.search(store, selection, SampleFilter(bins=(low, high)))
        assert len(self.listed(search)) == expected == search.count()

    @given(st.data())
    @QUICK
    def test_every_order_is_that_of_the_raw_documents(self, make_store: Callable[..., Any], data: Any) -> None:
        store, selection = self.some(data, make_store, least=1)
        zone = store.settings.zone
        for order, (compared, direction) in ORDERS.items():
            counts_found = self.listed(self.search(store, selection, order=order))
            assert len({one.id for one in counts_found}) == len(counts_found)
            keys = []
            for one in counts_found:
                instant = one.reviewed_at if selection.basis == "validated" else one.predicted_at
                assert instant is not None
                assert selection.period.first <= instant.astimezone(zone).date() <= selection.period.last
                key = {"time": instant.timestamp(), "confidence": one.confidence, "delay": one.delay_hours}[compared]
                keys.append((key is None, 0.0 if key is None else round(direction * key, 6)))
            assert keys == sorted(keys), order
            end = self.part("sample_pages.last_page")(len(counts_found))
            backwards = [list(page) for page in self.walk(self.search(store, selection, order=order), end)]
            assert [one for page in reversed(backwards) for one in page] == counts_found

    def test_all_samples_come_one_after_the_other(self, store: Any) -> None:
        self.insert(store, [prediction(reviewed=at(2026, 10, day)) for day in (5, 3, 9)])
        self.insert(store, [prediction(reviewed=f"2026-10-0{day}") for day in (6, 2)])
        self.insert(store, [prediction(target=2)])
        search = self.search(store, Selection(OCTOBER, "validated"), SampleFilter(outcome="right"))
        counts_found = [one.reviewed_at.day for one in search.all()]
        assert sorted(counts_found) == [2, 3, 5, 6, 9]

    # ---- what the logger has still to log

    @given(st.data())
    @QUICK
    def test_what_is_pending_is_what_is_reviewed_and_not_logged(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, _ = self.some(data, make_store)
        reviewed = [one for one in self.stored(store) if Reading(one, "validated", store.settings.notation).is_reviewed]
        counts_found = [row for some in store.predictions.pending(size=7) for row in some]
        rows = [row for row in counts_found if isinstance(row, ReviewedRow)]
        keys = self.part("connection.id_keys")
        assert len(counts_found) == len(reviewed)
        assert store.predictions.has_pending() == bool(counts_found)
        half = [row.id for row in rows[::2]]
        store.predictions.mark_logged(half)
        left = keys(row.id for some in store.predictions.pending() for row in some if isinstance(row, ReviewedRow))
        assert left == keys(row.id for row in rows) - keys(half)
        assert store.predictions.not_logged([row.id for row in rows]) == left
        assert store.predictions.waiting().rows == len(left)

    def test_what_waits_is_what_the_logger_could_log(self, store: Any) -> None:
        assert store.predictions.waiting().rows == 0
        assert store.predictions.is_empty()
        self.insert(store, [prediction(target=target) for target in (1, "2", True, None, "cat")])
        self.insert(store, [prediction(predicted="cat"), prediction(predicted_at=None), prediction(logged=True)])
        self.insert(store, [prediction(reviewed=at(2026, 10, 2))])
        waiting = store.predictions.waiting()
        assert (waiting.rows, waiting.oldest_review_at) == (4, at(2026, 10, 2))

    def test_a_false_is_a_rejection_with_a_review_date_and_no_review_without(self, store: Any) -> None:
        self.insert(store, [prediction(target=False, reviewed=reviewed) for reviewed in (None, ABSENT, LATER)])
        by_review, by_prediction = (store.counts.of(Selection(OCTOBER, basis)) for basis in BASES)
        assert (by_review.documents, by_review.validated, by_review.excluded["undated_review"]) == (1, 1, 0)
        assert (by_prediction.documents, by_prediction.validated, by_prediction.not_reviewed) == (3, 1, 2)
        assert store.predictions.waiting().rows == 1
        ((row,),) = store.predictions.pending()
        assert row.target is None

    def test_the_rows_of_a_day_are_its_reviewed_predictions(self, make_store: Callable[..., Any]) -> None:
        store = make_store(time_zone="Europe/Madrid")
        day = date(2026, 10, 25)  # of 25 hours: from 22:00 to 23:00 UTC
        inside = [at(2026, 10, 24, 22), at(2026, 10, 25, 22, 59), "2026-10-25 12:00"]
        outside = [at(2026, 10, 24, 21, 59), at(2026, 10, 25, 23), "2026-10-26"]
        self.insert(store, [prediction(predicted_at=made) for made in (*inside, *outside)])
        self.insert(store, [prediction(target=None, predicted_at=inside[0])])
        assert len(list(store.predictions.reviewed_rows(day))) == len(inside)

    def test_the_first_day_and_the_newest_review_are_those_of_usable_dates(self, store: Any) -> None:
        assert store.predictions.first_day("validated") is None
        assert store.predictions.newest_review_at(NOW) is None
        self.insert(store, [prediction(reviewed=made) for made in (at(1970, 1, 1), "soon", at(2026, 10, 2))])
        self.insert(store, [prediction(reviewed="2026-10-04T06:00Z"), prediction(reviewed=at(2026, 10, 9))])
        assert store.predictions.first_day("validated") == date(2026, 10, 2)
        assert store.predictions.newest_review_at(NOW) == at(2026, 10, 4, 6)

    def test_the_training_set_is_counted_by_true_class(self, store: Any) -> None:
        self.insert(store, [prediction(target=target, trained=True) for target in (1, "1", True, 2.0, None, False)])
        self.insert(store, [prediction(target=3), prediction(target=3, trained=False)])
        assert store.training.by_class() == {1: 3, 2: 1}

    # ---- quality

    @given(st.data())
    @QUICK
    def test_every_document_is_used_or_waits_or_is_set_aside(self, make_store: Callable[..., Any], data: Any) -> None:
        store, selection = self.some(data, make_store)
        by_prediction = replace(selection, basis="predicted")
        oddities = self.part("quality.problems.QualityProblems")(store)
        days = dict(zip(by_prediction.period.days, store.counts.by_day(by_prediction), strict=True))
        for counts_found in oddities.days(by_prediction.period):
            counted = days[counts_found.day]
            assert counts_found.counts.get("used", 0) == counted.reviewed
            for state in ("not_reviewed", "unreadable_prediction", "unreadable_review"):
                assert counts_found.counts.get(state, 0) == getattr(counted, state), state
            undated = counts_found.counts.get(
                "undated_prediction", 0
            )  # with dates in a list; their confidences are checked too
            assert 0 <= counts_found.counts.get("bad_confidence", 0) - counted.bad_confidence <= undated

    # ---- the monitor's own documents

    def test_a_lease_has_one_holder(self, store: Any) -> None:
        leases = self.part("delivery.leases.Leases")(store)
        taken = at_once(lambda n: leases.take("work", str(n)))
        assert sum(taken) == 1
        holder = str(taken.index(True))
        assert leases.take("work", holder)
        assert not leases.take("work", "another")
        assert leases.take("other work", "another")
        leases.release("another", "work")  # it is not theirs
        assert not leases.take("work", "another")
        leases.release(holder, "work")
        assert leases.take("work", "another")

    @given(st.data())
    @QUICK
    def test_a_stored_day_is_replaced_and_read_as_it_was_counted(
        self, make_store: Callable[..., Any], data: Any
    ) -> None:
        store, selection = self.some(data, make_store)
        day_to_store, now = self.part("history.days.DayToStore"), store.now()
        for basis in BASES:
            store.history.forget_before(basis, date(2100, 1, 1))
        days = store.counts.by_day(selection, exact=True)
        made = [day_to_store(day, one, {}, {}) for day, one in zip(selection.period.days, days, strict=True)]
        assert store.history.store(selection.basis, made, now) == len(days)
        assert store.history.store(selection.basis, made, now + timedelta(seconds=1)) == 0
        stored = store.history.read(selection.basis, selection.period)
        assert list(stored) == list(selection.period.days)
        assert [as_expected(one) for one in stored.values()] == list(map(as_expected, days))
        assert [one.delays.tolist() for one in stored.values()] == [one.delays.tolist() for one in days]
        assert store.history.state().days == len(days)

    def test_an_older_count_of_a_day_does_not_replace_a_newer_one(self, store: Any) -> None:
        day_to_store, now, day = self.part("history.days.DayToStore"), store.now(), Period(NOW.date(), NOW.date())
        empty = store.counts.by_day(Selection(day, "validated"))
        self.insert(store, [prediction(reviewed=NOW)])
        newer = store.counts.by_day(Selection(day, "validated"))
        store.history.store("validated", [day_to_store(day.first, newer[0], {}, {})], now)
        store.history.store("validated", [day_to_store(day.first, empty[0], {}, {})], now - timedelta(seconds=1))
        assert store.history.read("validated", day)[day.first].reviewed == 1

    def test_a_day_noted_again_while_it_is_counted_stays_noted(self, store: Any) -> None:
        first, second = ("validated", date(2026, 10, 3)), ("validated", date(2026, 10, 4))
        store.changes.note([first, second])
        noted = store.changes.noted()
        store.changes.note([second])
        store.changes.settle(noted)
        assert list(store.changes.noted()) == [second]

    def test_a_day_s_quality_is_replaced(self, store: Any) -> None:
        quality, version = self.part("quality.stored.StoredQuality")(store), self.part("quality.stored.QualityVersion")
        day = Period(NOW.date(), NOW.date())
        seen = DayQuality(day.first, {"used": 2, "naive_date": 1}, {}, [FieldUse("a.b", 2, 0)], cut=True)
        stored_quality = replace(seen, counts={"used": 3, "bad_confidence": 1}, examples={"bad_confidence": [EXAMPLE]})
        for made, digest in ((seen, "one"), (stored_quality, "two")):
            quality.store([made], {made.day: version(digest, NOW)})
        assert quality.read(day) == {day.first: (replace(stored_quality, examples={}), NOW)}
        assert quality.examples(day, "bad_confidence", 5) == [EXAMPLE]
        assert quality.versions() == {day.first: version("two", NOW)}
        assert quality.undated() is None
        quality.store([replace(stored_quality, day=None)], {None: version("", NOW)})
        assert quality.undated()[0].counts == stored_quality.counts

    def test_annotations_come_by_day_and_of_the_kinds_that_are_asked_for(self, store: Any) -> None:
        annotations = self.part("annotations.Annotations")(store)
        later = annotations.add("note", date(2026, 10, 4), "the left camera was cleaned", "ana", NOW)
        earlier = annotations.add("retraining", date(2026, 10, 1), "", "bo", NOW)
        assert annotations.read() == [earlier, later]
        assert annotations.read(["retraining"]) == [earlier]
        annotations.remove(earlier.id)
        assert annotations.read() == [later]
        with pytest.raises(MonitorError, match="no annotation"):
            annotations.remove(earlier.id)

    def test_of_two_edits_of_a_rule_at_once_one_is_refused_and_each_version_is_kept(self, store: Any) -> None:
        book = self.part("rulebook.Rulebook")(store)
        book.seed(NOW)
        rule = book.rules()[0]

        def edit(n: int) -> bool:
            try:
                book.edit(rule.name, {"title": f"by {n}"}, str(n), NOW)
            except MonitorError:
                return False
            return True

        done = at_once(edit)
        assert any(done)
        versions = book.versions(rule.name)
        assert book.rule(rule.name).version == rule.version + sum(done)
        assert [version.stored["version"] for version in versions] == list(range(rule.version + sum(done), 0, -1))
        book.remove(rule.name, "ana", NOW)
        with pytest.raises(MonitorError, match="no rule"):
            book.rule(rule.name)
        assert len(book.versions(rule.name)) == len(versions) + 1

    def test_the_last_run_is_kept_until_the_next(self, store: Any) -> None:
        state, result = self.part("state.State")(store.settings, store.database), self.part("state.TickResult")
        assert state.last_tick() is None
        state.save_tick(result(NOW, 3, {"no date": 2}, "WhyLabs is away."))
        state.save_tick(result(NOW, 1))
        state.save_next_run(timedelta(hours=1))
        counts_found = state.last_tick()
        assert (counts_found.logged, counts_found.set_aside, counts_found.error) == (1, {}, None)
        assert timedelta(minutes=59) < counts_found.next_at - store.now() <= timedelta(hours=1)

    def test_a_message_is_queued_once_and_claimed_by_one(self, store: Any) -> None:
        messages = self.part("notifications.Notifications")(store)
        messages.create_indexes()
        note = Note("a/1", "warning", EventKind("firing"), "Accuracy is low", "Accuracy fell.")
        at_once(lambda n: messages.queue("mail", {"a/1": note}, NOW))
        assert messages.queued("mail", ["a/1", "a/2"]) == {"a/1"}
        assert [one.notes for one in messages.latest()] == [(note,)]
        claimed = [one for one in at_once(lambda n: messages.claim(NOW, NOW + timedelta(minutes=1), ["mail"])) if one]
        assert len(claimed) == 1
        messages.refused(claimed[0], "The server is away.", False, NOW + timedelta(hours=1), NOW)
        assert messages.claim(NOW, NOW + timedelta(minutes=1), ["mail"]) is None
        again = messages.claim(NOW + timedelta(hours=1), NOW + timedelta(hours=2), ["mail"])
        assert again is not None
        messages.arrived(again, NOW + timedelta(hours=1))
        assert messages.undelivered(NOW + timedelta(hours=2)) == []
        assert [one.state for one in messages.latest()] == ["sent"]

    def test_of_those_who_write_an_alert_at_once_one_succeeds_and_each_event_is_there_once(self, store: Any) -> None:
        alerts = self.part("alerts.Alerts")(store)
        alerts.create_indexes()
        opened = an_alert("low", NOW)
        assert sum(at_once(lambda n: alerts.write(None, opened, [an_event(opened, 1)]))) == 1
        (before,) = alerts.open_alerts()
        assert before == replace(opened, changes=1)
        other_day = replace(opened, opened_on=opened.opened_on + timedelta(days=1))
        assert not alerts.write(None, other_day, [])  # one open alert for a rule and class
        after = replace(before, state="resolved", closed_at=NOW + timedelta(hours=1), transitions=2)
        assert sum(at_once(lambda n: alerts.write(before, after, [an_event(after, 2)]))) == 1
        at_once(lambda n: alerts.publish())
        assert [event.number for event in alerts.events(opened.id)] == [1, 2]
        assert alerts.open_alerts() == []
        assert alerts.alert(opened.id).closed_at == after.closed_at

    def test_a_mark_on_an_alert_makes_a_write_that_did_not_see_it_fail(self, store: Any) -> None:
        alerts = self.part("alerts.Alerts")(store)
        alerts.create_indexes()
        opened = an_alert("low", NOW)
        assert alerts.write(None, opened, [an_event(opened, 1)])
        before = alerts.alert(opened.id)
        alerts.acknowledge(opened.id, "ana", NOW)
        assert not alerts.write(before, replace(before, days=2), [])
        assert alerts.alert(opened.id).acknowledged.by == "ana"
        alerts.publish()
        assert [event.id for event in alerts.unnotified()] == [an_event(opened, 1).id]
        alerts.mark_notified([an_event(opened, 1).id])
        assert alerts.unnotified() == []
        assert alerts.was_notified(opened.id)

    def test_only_one_batch_is_exposed_and_the_rows_of_a_held_one_are_nobody_else_s(self, store: Any) -> None:
        outbox = self.part("delivery.outbox.Outbox")(store)
        outbox.create_indexes()
        self.insert(store, [prediction() for _ in range(6)])
        started = at_once(lambda n: outbox.start_batch(demo=False))
        assert len({batch.id for batch in started}) == 1
        (rows,) = store.predictions.pending()
        ids = [row.id for row in rows]
        held, free = rows[:4], self.part("connection.id_keys")(ids[4:])
        prepared = at_once(lambda n: outbox.prepare(started[0], [(a_profile(f"trace {n}", held), held)], ["remote"]))
        assert len(prepared) == RIVALS
        batch = outbox.batch(started[0].id)
        assert len(outbox.part_ids(batch)) == 1  # of the others' parts none is left
        assert outbox.finish(batch, ["remote"], []) == 0  # it has not arrived: the rows are held
        assert outbox.has_claims()
        assert outbox.free(ids) == free
        part = outbox.part(outbox.part_ids(batch)[0])
        assert outbox.step(part, "remote", ARRIVED).state == "sent"
        batch = outbox.batch(batch.id)
        assert sum(at_once(lambda n: outbox.finish(batch, ["remote"], []))) == len(held)  # each row once
        assert store.predictions.not_logged(ids) == free
        assert outbox.open_batches() == []


def an_alert(rule: str, opened_at: datetime) -> Alert:
    day = opened_at.date()
    evaluation = Evaluation(None, day, "firing", "Accuracy is low.", Period(day, day), 0.5, 0.4, 0.6, 0.8, 100)
    return Alert(rule, None, "Accuracy is low", "warning", "firing", day, opened_at, evaluation, days=1, transitions=1)


def an_event(alert: Alert, number: int) -> Event:
    kind = EventKind("resolved" if alert.state == "resolved" else "firing")
    return Event(
        id=f"{alert.id}#{number}",
        alert=alert.id,
        at=alert.opened_at + timedelta(minutes=number),
        rule=alert.rule,
        title=alert.title,
        severity=alert.severity,
        label=None,
        class_name=None,
        kind=kind,
        before=None if number == 1 else "firing",
        state=alert.state,
        day=alert.opened_on,
        sentence="Accuracy is low.",
        period=alert.evaluation.period,
        link="/metrics",
        notified=False,
    )


def a_profile(trace_id: str, rows: list[ReviewedRow]) -> DayProfile:
    return DayProfile(rows[0].predicted_at.date(), trace_id, len(rows), b"a profile")
