"""The documents of a period, each with its day."""

from datetime import date

from monitor_core.contract.calendar import Period
from monitor_core.mongo.quality.dated import DAY, DatedDocuments
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, at, fields, prediction

PERIOD = Period(date(2026, 10, 3), date(2026, 10, 5))


def test_each_document_of_the_period_has_its_day(store: Store) -> None:
    forms = [at(2026, 10, 3), "2026-10-04T23:59:59", [at(2026, 10, 5, 12)]]
    others = [at(2026, 10, 2, 23), at(2026, 10, 6), "2026-10-06T00:30:00", "soon", None]
    store.collection.insert_many([prediction(PERIOD.first) | fields(predicted_at=value) for value in [*forms, *others]])
    dated = DatedDocuments(store.live)
    documents = store.collection.aggregate(dated.of_period(PERIOD))
    assert sorted(((document[DAY], document[FIELDS.predicted_at]) for document in documents), key=str) == list(
        enumerate(forms)
    )
    assert store.collection.count_documents(dated.within(PERIOD)) >= len(forms)
    (newest,) = store.collection.aggregate(dated.of_period(Period(PERIOD.first, PERIOD.first), most=1))
    assert newest[FIELDS.predicted_at] == forms[0]
