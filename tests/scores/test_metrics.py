"""What the list's entries say of rows; tests/scores/test_metrics_contract.py runs over all of them."""

import pytest

from monitor_core.scores.metrics import CLASS_METRICS, METRIC, METRICS, ON_TABS, Metric
from tests.confusions import counts_of


def test_a_rejected_row_is_wrong_for_accuracy_and_precision_and_leaves_recall_open() -> None:
    total = counts_of([(0, 0), (0, 0), (None, 0), (1, 1)]).total()
    assert METRIC["accuracy"].of(total) == 3 / 4
    assert METRIC["precision"].of(total).tolist() == [2 / 3, 1]
    assert METRIC["recall"].of(total) == pytest.approx([1, float("nan")], nan_ok=True)  # it is not of class 0
    assert METRIC["recall"].bounds_of(total)[1].tolist() == [1 / 2, 1]


def test_keys_are_unique_and_those_of_everybody_s_four_are_as_ever() -> None:
    assert len(METRIC) == len(METRICS)
    assert {metric.key for metric in ON_TABS} == {"accuracy", "precision", "recall", "f1"}
    assert {"precision", "recall", "f1"} <= {metric.key for metric in CLASS_METRICS}


def test_a_score_is_named_for_tables_and_titled_for_people() -> None:
    accuracy, f1 = METRIC["accuracy"], METRIC["f1"]
    assert (accuracy.name("macro"), f1.name("macro")) == ("accuracy", "macro_f1")
    assert (accuracy.titled("macro"), f1.titled("macro")) == ("Accuracy", "Macro F1")
    assert (accuracy.words, f1.words) == ("accuracy", "F1")


def test_a_metric_by_class_without_an_interval_is_the_programmer_s_mistake() -> None:
    f1 = METRIC["f1"]
    with pytest.raises(ValueError, match="a ratio and a proportion"):
        Metric(
            key="f1",
            words="F1",
            doc="",
            value=f1.value,
            by_class=True,
            rests_on=f1.rests_on,
            samples="",
            colour="#000",
            dash=(1,),
        )
