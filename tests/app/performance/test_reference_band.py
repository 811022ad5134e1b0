"""The band of the reference: only where it is of the samples that the chart draws, and as the verdict has it."""

from dataclasses import replace
from datetime import date

import pytest

from monitor_core.app.performance import charts
from monitor_core.app.performance.reference_band import band_of
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.state.verdict import ModelVerdict, read_verdict
from monitor_core.scores.metrics import METRIC
from tests.app.drawn import columns

WEEK = Period(date(2026, 9, 25), date(2026, 10, 1))


@pytest.fixture
def verdict(filled: Store) -> ModelVerdict:
    return replace(
        read_verdict(filled),
        selection=Selection(WEEK, "predicted"),
        reference=0.919,
        reference_interval=(0.893, 0.939),
        reference_samples=566,
    )


def test_the_chart_of_the_accuracy_alone_has_the_band_and_names_it(by_prediction: View, verdict: ModelVerdict) -> None:
    view = by_prediction.with_reference(verdict)
    accuracy, recall = (charts.metric(view, METRIC[key]) for key in ("accuracy", "recall"))
    words = "Grey band: accuracy in the reference period, 91.9% (95% interval 89.3–93.9, 566 samples)."
    assert words in accuracy.legend[0]
    assert accuracy.tables["reference"].to_dict("records") == [{"low": 0.893, "high": 0.939}]
    assert columns(accuracy.spec, "reference") == {"low", "high"}
    assert "reference" not in recall.tables
    assert "band" not in recall.legend[0]
    assert columns(recall.spec, "reference") == set()


def test_other_samples_than_the_rule_s_have_no_band(by_prediction: View, verdict: ModelVerdict) -> None:
    chosen = by_prediction.now.selection
    assert band_of(verdict, chosen)
    assert band_of(verdict, replace(chosen, basis="validated")) is None
    assert band_of(verdict, replace(chosen, where=(("camera", "left"),))) is None
    assert band_of(verdict, replace(chosen, period=Period(date(2026, 9, 1), date(2026, 9, 30)))) is None
    assert band_of(replace(verdict, reference=None), chosen) is None
    assert band_of(replace(verdict, reference_interval=(None, None)), chosen) is None  # of an earlier version
