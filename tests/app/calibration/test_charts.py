"""The charts of the page Calibration."""

from datetime import date

import pytest

from monitor_core.app.calibration import charts
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.calibration import CalibrationReport, calibration_report
from tests.app.drawn import colours, column_of, lacking, views
from tests.documents import prediction

SELECTION = Selection(Period(date(2026, 10, 1), date(2026, 10, 9)), "predicted")


@pytest.fixture
def report(store: Store) -> CalibrationReport:
    """Ten samples of a confidence of 0.9, of which eight are right, and one that is not reviewed."""
    made = [prediction(target=1 if n < 8 else 2, confidence=0.9) for n in range(10)]
    store.collection.insert_many([*made, prediction(target=None, confidence=0.9)])
    return calibration_report(store, SELECTION)


def test_the_curve_is_the_share_right_over_the_confidence_beside_the_diagonal(report: CalibrationReport) -> None:
    figure = charts.reliability(report, None)
    (row,) = figure.table.to_dict("records")
    assert (row["value"], row["samples"]) == (0.8, 10)
    assert lacking(figure) == set()
    assert (column_of(figure.spec, "point", "x"), column_of(figure.spec, "point", "y")) == ("confidence", "value")
    assert column_of(figure.spec, "rule", "x2") == "to"  # the bin
    (diagonal,) = (view for name, view in views(figure.spec) if name == "")
    assert diagonal["encoding"]["x"]["field"] == diagonal["encoding"]["y"]["field"]
    assert figure.legend == [charts.CURVE]
    assert figure.about == "1 Oct to 9 Oct 2026 by prediction day"


def test_a_click_opens_the_bin_and_the_class(report: CalibrationReport) -> None:
    of_all, of_class = charts.reliability(report, None), charts.reliability(report, "SIGRE")
    assert dict(of_all.opens) == {"from": "confidence_from", "to": "confidence_to"}
    assert (of_all.also, of_class.also) == ({}, {"prediction": "SIGRE"})
    assert of_class.about.endswith(", predicted as SIGRE")
    histogram = charts.confidence_histogram(report, "SIGRE")
    assert histogram.opens["outcome"] == "outcome"
    assert histogram.also == {"prediction": "SIGRE"}


def test_the_histogram_has_right_and_wrong_samples_alone(report: CalibrationReport) -> None:
    figure = charts.confidence_histogram(report, None)
    assert set(colours(figure.spec)) == {"right", "wrong"}
    drawn = figure.table[figure.table["count"] > 0]
    assert dict(zip(drawn["outcome"], drawn["count"], strict=True)) == {"right": 8, "wrong": 2}
    assert lacking(figure) == set()
    assert figure.title == "Histogram of confidence"


def test_without_samples_there_is_nothing_to_draw(store: Store) -> None:
    assert not charts.reliability(calibration_report(store, SELECTION), None).has_values
