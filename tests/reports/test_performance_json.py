"""The JSON of a selection's scores."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sklearn.metrics import accuracy_score, f1_score

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance
from monitor_core.reports.performance_json import as_json
from tests.documents import fields

ROWS = [(0, 0)] * 12 + [(0, 1)] * 3 + [(1, 1)] * 9 + [(1, 0)] * 2 + [(2, 2)] * 4


def test_it_has_the_scores_of_the_rows_and_null_where_there_is_none(make_store: Callable[..., Store]) -> None:
    store = make_store()
    now, today = store.now(), store.now().date()
    for target, prediction in ROWS:
        at = now - timedelta(days=1)
        document = fields(prediction=prediction, validated=target, predicted_at=at, validated_at=at)
        store.collection.insert_one(document)
    period = Period(today - timedelta(days=3), today)
    figures = as_json(read_performance(store, Selection(period, "validated"), exact=True))
    json.dumps(figures, allow_nan=False)
    targets, predictions = zip(*ROWS, strict=True)
    assert figures["accuracy"] == pytest.approx(accuracy_score(targets, predictions))
    assert figures["macro"]["f1"] == pytest.approx(f1_score(targets, predictions, average="macro"))
    assert figures["by_class"]["1"]["f1"] == pytest.approx(f1_score(targets, predictions, average=None)[1])
    assert list(figures["by_day"]) == [(today - timedelta(days=1)).isoformat()]
    assert sum(map(sum, figures["confusion"]["counts"])) == len(ROWS)

    without = as_json(read_performance(store, Selection(Period(today, today), "validated"), exact=True))
    json.dumps(without, allow_nan=False)
    assert (without["accuracy"], without["accuracy_interval"]) == (None, [None, None])
    assert without["by_day"] == {}
