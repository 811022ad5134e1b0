"""A comparison as JSON: shares, and null where there is nothing to compare."""

from datetime import date

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.comparison import NO_VALUE
from monitor_core.reports.comparison_json import as_json
from monitor_core.reports.performance import read_performance
from tests.documents import at, prediction


def test_differences_are_shares_and_of_bounds_the_smallest(store: Store) -> None:
    for month, wrong in ((9, 0), (10, 20)):
        targets = [0] * 60 + [1] * (60 - wrong) + [0] * wrong
        made = [0] * 60 + [1] * 60
        rows = zip(made, targets, strict=True)
        store.collection.insert_many([prediction(predicted=p, target=t, reviewed=at(2026, month, 5)) for p, t in rows])
    store.collection.insert_one(prediction(predicted=1, target=False, reviewed=at(2026, 10, 5)))
    now, other = (
        read_performance(store, Selection(Period(date(2026, month, 1), date(2026, month, 30)), "validated"))
        for month in (10, 9)
    )
    report = as_json(now, other)
    assert report["validated"] == 120
    assert report["accuracy"]["verdict"] == "significant"
    assert -0.2 < report["accuracy"]["difference"] < -0.1
    recall = report["by_class"]["0"]["recall"]
    assert recall["difference"] == 60 / 80 - 1  # the rejected sample is not of class 0
    assert report["matthews_correlation"] == {
        "other": 1.0,
        "difference": None,
        "interval": [None, None],
        "verdict": NO_VALUE,
    }
