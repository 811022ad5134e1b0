"""The confusion matrix of few and of many classes."""

from datetime import date

import pytest

from monitor_core.app.frame.drawing import picture
from monitor_core.app.performance import matrix_charts
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.classes.confused import BLOCK
from monitor_core.reports.performance import read_performance
from tests.app.drawn import lacking
from tests.documents import prediction

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


def view_of(store: Store, classes: int) -> View:
    wrong = [prediction(day=DAYS.first, predicted=(n + 1) % classes, target=n) for n in range(classes)]
    store.collection.insert_many(wrong + [prediction(day=DAYS.first, predicted=1, target=0) for _ in range(5)])
    return View(read_performance(store, Selection(DAYS, "predicted")), store.settings, "macro")


@pytest.mark.parametrize("classes", [2, 25])
def test_of_few_classes_the_matrix_is_whole_and_says_so_by_silence(store: Store, classes: int) -> None:
    view = view_of(store, classes)
    figure = matrix_charts.confusion_matrix(view, shares=False)
    assert len(figure.table) == classes**2
    assert figure.legend == []
    assert matrix_charts.pairs_of_many(view) == []


def test_of_many_classes_it_is_the_most_confused_block_and_the_pairs_are_ranked(store: Store) -> None:
    view = view_of(store, 300)
    figure = matrix_charts.confusion_matrix(view, shares=False)
    assert len(figure.table) == BLOCK**2
    assert "Of 300 classes, the 20 that are confused most" in " ".join(figure.legend)
    (pairs,) = matrix_charts.pairs_of_many(view)
    assert pairs.table.iloc[0][["target", "prediction", "count", "text"]].tolist() == [
        *("0", "1", 6),
        "6 (100.0% of the class)",
    ]
    assert dict(pairs.opens) == {"target": "target", "prediction": "prediction"}
    assert lacking(pairs) == set()
    drawn = picture(pairs.spec, pairs.tables, "svg").decode("utf-8")
    assert drawn.index("0 → 1") < drawn.index(pairs.table["pair"].iloc[-1])
