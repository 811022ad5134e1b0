"""One document with any value of BSON in any of its fields costs itself alone, and every count of it is the same."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import ORDERS, SampleFilter, Selection
from monitor_core.logger.tick import tick
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports.quality import quality_report
from tests.any_values import DATES, any_documents, insert_each, is_of_another_year
from tests.documents import fields

SETTINGS: list[dict[str, Any]] = [
    {},
    {
        "class_names": {0: "cat", 1: "dog"},
        "class_aliases": {"kitten": 0},
        "not_reviewed": ("-1", "skip"),
        "confidence_scale": "percent",
        "date_numbers": "seconds",
        "stored_times": "local",
    },
    {
        "boolean_classes": True,
        "stored_times": "+02:00",
        "date_numbers": "milliseconds",
        "fields": {"scene": "scene"},
    },
]


@pytest.mark.parametrize("changes", SETTINGS)
def test_any_value_in_any_field_costs_itself_alone(make_store: Callable[..., Store], changes: dict[str, Any]) -> None:
    store = make_store(time_zone="Europe/Madrid", segments={"camera": "camera"}, log_batch=300, **changes)
    store.indexes.create()
    now = store.now()
    made = now - timedelta(hours=5)  # of late: so the look for changes reads them too
    documents = [
        document
        for field, value, document in any_documents(made)
        if not (field in DATES and is_of_another_year(store, value))
    ]
    insert_each(store.collection, documents)
    documents_there = store.collection.count_documents({})
    logged_before = store.collection.count_documents(fields(logged=True))
    assert documents_there > len(documents) * 0.9

    first, again = tick(store), tick(store)
    assert first is not None
    assert again is not None
    assert (first.error, first.failures, again.error, again.failures) == (None, (), None, ())
    assert (again.logged, again.set_aside) == (0, first.set_aside)
    assert store.predictions.waiting().rows == 0
    assert store.counts.census()["documents"] == documents_there

    everything = Period(date(2026, 9, 1), now.date() + timedelta(days=1))
    by_prediction = Selection(everything, "predicted")
    counts = store.counts.of(by_prediction, exact=True)
    stored = store.counts.of(by_prediction)
    assert (stored.documents, stored.validated, stored.not_reviewed) == (
        counts.documents,
        counts.validated,
        counts.not_reviewed,
    )
    assert (stored.excluded, stored.noticed) == (counts.excluded, counts.noticed)
    excluded = {name: number for name, number in counts.excluded.items() if number}
    assert first.set_aside == {name: n for name, n in excluded.items() if name != "undated_review"}
    assert first.logged == counts.validated - logged_before

    report = quality_report(store, everything, now, most=None)
    assert (report.used, report.not_reviewed) == (counts.validated, counts.not_reviewed)
    # An array of dates is in no day, and listed on the day of its first date.
    undated = report.set_aside.pop("undated_prediction") + report.undated
    assert report.set_aside == {name: counts.excluded[name] for name in report.set_aside}
    assert undated == counts.excluded["undated_prediction"]
    assert report.documents + report.undated == documents_there

    for basis in ("predicted", "validated"):
        selection = Selection(everything, basis)
        of_basis = store.counts.of(selection)
        used = of_basis.validated + of_basis.not_reviewed
        assert Search(store, selection).count() == len(list(Search(store, selection).all())) == used
        waiting = Search(store, selection, SampleFilter(("not reviewed",)))
        assert waiting.count() == len(list(waiting.all())) == of_basis.not_reviewed
    for order in ORDERS:
        search, place, listed = (
            Search(store, Selection(Period(*[local_day(made, store.settings.zone)] * 2), "predicted"), order=order),
            Place(),
            0,
        )
        while place:
            page = search.page(place)
            listed, place = listed + len(page.samples), page.after
        assert listed == search.count()
