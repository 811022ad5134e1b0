"""The counts of the database against scikit-learn on the raw rows."""

from collections.abc import Callable
from datetime import date

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import id_keys
from monitor_core.mongo.store import Store
from monitor_core.settings.documents import FieldNames
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
    found = [row for some in store.predictions.pending(size=3) for row in some if isinstance(row, ReviewedRow)]
    assert [row.reviewed_at for row in found] == [at(2026, 10, day) for day in sorted(days)]
    assert store.predictions.not_logged([row.id for row in found]) == id_keys(row.id for row in found)
    store.predictions.mark_logged([row.id for row in found])
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
