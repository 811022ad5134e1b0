"""The charts of the page Drift."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from monitor_core.app.drift import charts
from monitor_core.contract.calendar import Period
from monitor_core.drift.rules import RULES, rule_of
from monitor_core.drift.verdicts import DriftTest
from monitor_core.reports.drift import TOO_SMALL, WINDOWS, DriftReport, RuleReport, daily_verdicts
from monitor_core.reports.reviewers.budget import Budget
from tests.app.drawn import colours, column_of, columns, lacking

DAY = date(2026, 10, 31)
TEST = DriftTest(DAY, "drifted", 9.0, 1e-6, 0.001, 12.0, 5.0, DAY, 0.9, 0.78, 0.7, 0.8, None, 1, 12.0, 2000, 100)


def report_of(key: str) -> RuleReport:
    return RuleReport(rule_of(key), TEST, "It moved.", daily_verdicts([replace(TEST, day=DAY - timedelta(1)), TEST]))


@pytest.fixture
def report() -> DriftReport:
    shares = {"window": [WINDOWS[0], WINDOWS[1]] * 2, "count": [10, 5, 30, 15], "share": [0.25] * 2 + [0.75] * 2}
    classes = pd.DataFrame({"name": ["cat", "cat", "dog", "dog"], **shares})
    bins = pd.DataFrame({"from": [0.8, 0.8, 0.9, 0.9], "to": [0.9, 0.9, 1.0, 1.0], **shares})
    return DriftReport(
        DAY,
        Period(date(2026, 9, 1), date(2026, 10, 24)),
        {rule.key: report_of(rule.key) for rule in RULES},
        {"prediction": classes, "target": classes, "confidence": bins},
        pd.DataFrame(),
        pd.DataFrame(),
        {},
        {},
        Budget(0.0, pd.DataFrame(), ""),
        0.0,
        (),
    )


def test_the_evidence_is_drawn_by_day_with_the_alerts_of_the_rules() -> None:
    figure = charts.evidence(report_of("prediction"), ["predicted-mix-moved"])
    assert figure.title == "Predicted classes"
    assert figure.described == "Predicted classes: evidence of drift by day; the rule fires at 1"
    assert figure.about == "30 Oct to 31 Oct 2026, all documents"
    assert (column_of(figure.spec, "point", "y"), lacking(figure)) == ("multiple", set())
    assert {"evidence", "p_value", "effect", "floor"} <= columns(figure.spec)  # in the tooltip
    assert figure.marks
    assert (figure.marks.rules, figure.marks.incomplete) == (["predicted-mix-moved"], False)


def test_a_day_s_state_has_a_colour_and_those_without_a_verdict_have_none() -> None:
    drawn = colours(charts.evidence(report_of("accuracy"), []).spec)
    assert set(drawn) == {"stable", "drifted", TOO_SMALL}
    assert len(set(drawn.values())) == 3


def test_days_of_learning_alone_are_nothing_to_draw() -> None:
    learning = replace(report_of("accuracy"), days=daily_verdicts([replace(TEST, verdict="learning")]))
    assert np.isnan(learning.days["multiple"]).all()
    assert not charts.evidence(learning, []).has_values


@pytest.mark.parametrize(("key", "column"), [("prediction", "name"), ("target", "name"), ("confidence", "from")])
def test_both_sides_of_a_distribution_are_drawn(report: DriftReport, key: str, column: str) -> None:
    figure = charts.distribution(report, key)
    assert figure.title == rule_of(key).title
    assert column in columns(figure.spec)
    assert lacking(figure) == set()
    assert colours(figure.spec) == dict(zip(WINDOWS, charts.WINDOW_COLOURS, strict=True))
    assert figure.about == "Reference 1 Sep to 24 Oct 2026; the 7 days up to 31 Oct 2026; all documents"


def test_while_there_is_no_reference_none_is_named(report: DriftReport) -> None:
    assert charts.distribution(replace(report, reference=None), "target").about.startswith("the 7 days up to")
