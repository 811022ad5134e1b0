"""The counts of the database against scikit-learn on the raw rows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import id_keys
from monitor_core.mongo.store import Store
from monitor_core.settings.documents import FieldNames
from tests.any_values import any_documents, insert_each
from tests.documents import at, fields, prediction

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def test_a_field_may_lie_inside_another(make_store: Callable[..., Store]) -> None:
    names = FieldNames(prediction="model.label", validated="review.label", validated_at="review.at")
    store = make_store(fields=names)
    store.collection.insert_one(
        fields(model={"label": 1}, review={"label": 2, "at": at(2026, 10, 4)}, predicted_at=at(2026, 10, 3))
    )
    assert store.counts.of(Selection(OCTOBER, "validated")).confusion.labels == (1, 2)
    ((row,),) = store.predictions.pending()
    assert isinstance(row, ReviewedRow)
    assert row.target == 2


def test_the_pending_rows_come_in_the_order_of_their_reviews(store: Store) -> None:
    store.indexes.create()
    days = [5, 3, 9, 4]
    store.collection.insert_many([prediction(reviewed=at(2026, 10, day)) for day in days])
    store.collection.insert_many([prediction(logged=True), prediction(target=None)])
    rows = [row for some in store.predictions.pending(size=3) for row in some if isinstance(row, ReviewedRow)]
    assert [row.reviewed_at for row in rows] == [at(2026, 10, day) for day in sorted(days)]
    assert store.predictions.not_logged([row.id for row in rows]) == id_keys(row.id for row in rows)
    store.predictions.mark_logged([row.id for row in rows])
    assert not store.predictions.has_pending()


def test_the_newest_review_is_not_one_dated_tomorrow(store: Store) -> None:
    now = at(2026, 10, 10)
    store.collection.insert_many(
        [
            prediction(reviewed=at(2026, 10, 11)),
            prediction(),
            prediction(reviewed="2026-10-05T06:00Z"),
        ]
    )
    assert store.predictions.newest_review_at(now) == at(2026, 10, 5, 6)


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("changes", [{}, {"stored_times": "local", "date_numbers": "seconds"}])
def test_what_is_pending_lies_beside_a_reading_or_around_it_and_never_in_both(
    make_store: Callable[..., Store], changes: dict[str, Any], indexed: bool
) -> None:
    store = make_store(time_zone="Europe/Madrid", **changes)
    if indexed:
        store.indexes.create()
    began_at = at(2026, 10, 5, 12)
    forms: list[Callable[[Any], Any]] = [lambda t: t, lambda t: t.isoformat(), lambda t: [t, t.isoformat()]]
    insert_each(store.collection, [document for _, _, document in any_documents(at(2026, 10, 4))])
    written = [
        (f"{number} {minutes} {target} {logged}", form(began_at + timedelta(minutes=minutes)), target, logged)
        for number, form in enumerate(forms)
        for minutes in range(-60, 90, 3)
        for target in (1, "cat")
        for logged in (False, 0, True)
    ]
    store.collection.insert_many(
        [
            prediction(at(2026, 10, 4), _id=name, target=target, reviewed=form, logged=logged)
            for name, form, target, logged in written
        ]
    )
    predictions, instants = store.predictions, (began_at, began_at + timedelta(hours=1))

    def ids(pieces: Any) -> list[bytes]:
        return [key for piece in pieces for row in piece if isinstance(row, ReviewedRow) for key in id_keys([row.id])]

    everything = ids(predictions.pending())
    around, beside = ids(predictions.pending_around(*instants, 50)), ids(predictions.pending_beside(*instants, 50))
    assert sorted(around + beside) == sorted(everything)
    to_come = [f"{n} {m} 1 {logged}" for n in range(len(forms)) for m in range(-9, 60, 3) for logged in (False, 0)]
    if changes:  # a date without an offset is two hours off
        to_come = [name for name in to_come if name.startswith("1 ")]
    assert set(around) >= id_keys(to_come)
    assert len(around) < len(everything) / 2
