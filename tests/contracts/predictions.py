"""What a database's package has to keep to for the predictions: counts, samples, what is to be logged, and quality."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import local_day, starts_of_hours
from monitor_core.contract.documents import Review, ReviewedRow
from monitor_core.contract.selection import NOT_REVIEWED, ORDERS, REJECTED, Sample, SampleFilter, Selection
from monitor_core.scores import confusion
from tests.contracts.plain_reading import Reading, as_expected, expected_day, expected_delays, expected_hours, set_aside
from tests.contracts.sibling import NOW, OCTOBER, QUICK, Sibling
from tests.documents import ABSENT, LATER, at, prediction


class PredictionsContract(Sibling):
    """The suite for the predictions."""

    # ---- counts

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
            assert of_one_day.hours.tolist() == expected_hours(of_day)
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
            search = self.search(store, selection, SampleFilter((target,), (label,)))
            listed = self.listed(search)
            assert len(listed) == count == search.count()
            true_class = None if target == REJECTED else target
            assert {(one.target, one.prediction) for one in listed} <= {(true_class, label)}
        right = sum(count for (target, label), count in cells.items() if target == label)
        by_outcome = {"right": right, "wrong": counted.validated - right, NOT_REVIEWED: counted.not_reviewed}
        for outcome, count in by_outcome.items():
            search = self.search(store, selection, SampleFilter(outcome=outcome))  # type: ignore[arg-type]
            assert len(self.listed(search)) == count == search.count()
        waiting = self.search(store, selection, SampleFilter((NOT_REVIEWED,)))
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
