"""The rare ones of very many classes, counted together."""

from datetime import date

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import MISTAKEN, OTHER
from monitor_core.scores import folding
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import DayCounts, confusion_of, counts_of_days, is_right, with_rare_together
from monitor_core.scores.daily import daily_table
from monitor_core.scores.intervals import overall_intervals
from monitor_core.scores.metrics import METRIC

DAY, NEXT = date(2026, 10, 1), date(2026, 10, 2)
MANY = 60_000


def a_day(target: np.ndarray, prediction: np.ndarray) -> DayCounts:
    rows = np.unique(np.column_stack([target, prediction]), axis=0, return_counts=True)
    cells = np.column_stack(rows)
    confidence = np.column_stack([prediction, target, np.zeros_like(target), np.ones_like(target)])
    return DayCounts(len(target), 0, 0, 0, 0, cells, folding.merged(confidence), np.zeros((0, 2), np.int64))


def test_the_totals_and_the_accuracy_stay_exact() -> None:
    target, prediction = np.arange(MANY), np.arange(MANY)
    prediction[::3] = np.roll(prediction[::3], 1)
    target[::10] = REJECTED
    day = with_rare_together(a_day(target, prediction), {59_999})
    confusion = confusion_of((DAY,), [day], {59_999})
    total = confusion.total()
    assert total.reviewed == MANY
    assert total.rejected == (target == REJECTED).sum()
    assert total.hits.sum() == (target == prediction).sum()
    assert day.classes == MANY
    assert len(confusion.labels) == folding.MOST_CLASSES + 3  # the named one, OTHER and MISTAKEN
    assert confusion.labels[:2] == (OTHER, MISTAKEN)
    assert 59_999 in confusion.labels
    assert day.confidence[:, 3].sum() == MANY
    assert day.confidence[is_right(day.confidence), 3].sum() == (target == prediction).sum()
    assert day.confidence[day.confidence[:, 1] == REJECTED, 3].sum() == total.rejected
    assert len(day.cells) + len(day.confidence) < 20_000
    assert np.isnan(METRIC["matthews_correlation"].overall(total, None))
    low, high = overall_intervals(confusion)["accuracy"].bounds[0]
    assert low < METRIC["accuracy"].overall(total, None) < high
    assert counts_of_days({DAY: day}, {}, {59_999: "x"}).classes == MANY


def test_what_is_counted_together_is_in_no_average(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "MOST_CLASSES", 5)
    monkeypatch.setattr("monitor_core.scores.counts.MOST_CLASSES", 5)
    rng = np.random.default_rng(1)
    target = rng.integers(0, 12, 2000) ** 2 // 12
    prediction = np.where(rng.random(2000) < 0.7, target, rng.integers(0, 9, 2000))
    confusion = confusion_of((DAY,), [a_day(target, prediction)])
    single = list(confusion.labels[confusion.others :])
    assert len(single) == 5
    precision, recall, f1, _ = precision_recall_fscore_support(target, prediction, labels=single, average="macro")
    total = confusion.total()
    for key, expected in (("precision", precision), ("recall", recall), ("f1", f1), ("balanced_accuracy", recall)):
        assert METRIC[key].overall(total, "macro") == pytest.approx(expected)
    of_weighted = precision_recall_fscore_support(target, prediction, labels=single, average="weighted")
    assert METRIC["f1"].overall(total, "weighted") == pytest.approx(of_weighted[2])


def test_classes_that_stay_on_their_day_may_be_rare_in_the_period() -> None:
    few = folding.MOST_CLASSES
    first, second = (a_day(classes, classes) for classes in (np.arange(few), np.arange(few) + few))
    counts = counts_of_days({DAY: first, NEXT: second}, {}, {})
    assert (counts.classes, len(counts.confusion.labels)) == (2 * few, few + 1)
    assert counts.confusion.total().hits.sum() == 2 * few
    assert counts_of_days({DAY: first}, {}, {}).confusion.others == 0
    table = daily_table(Period(DAY, NEXT), {DAY: first, NEXT: second})
    assert (len(table.labels), table.confusion.total().hits.sum()) == (few + 1, 2 * few)
