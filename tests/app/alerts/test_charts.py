"""The chart of what a rule measured."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor_core.app.alerts import charts
from monitor_core.contract.calendar import Period
from monitor_core.reports.alerts import PastVerdicts
from tests.alerting.days import a_rule
from tests.app.drawn import colours, column_of, columns, lacking, views

ACCURACY = {"metric": "accuracy", "operator": "below", "threshold": 0.8}
SILENCE = {"metric": "days_without_reviews", "operator": "above", "threshold": 2}


def measured(threshold: float = 0.8) -> PastVerdicts:
    table = pd.DataFrame(
        {
            "day": pd.to_datetime([date(2026, 10, 1), date(2026, 10, 2)]),
            "name": "",
            "value": [0.9, 0.7],
            "low": [0.8, 0.6],
            "high": [0.95, 0.8],
            "threshold": threshold,
            "status": ["ok", "firing"],
            "sentence": ["Fine.", "It fell."],
            "samples": [40, 50],
        }
    )
    return PastVerdicts(table, (date(2026, 10, 2),), "It fell.")


def test_it_draws_the_values_with_their_intervals_and_only_the_rule_s_own_alerts() -> None:
    figure = charts.rule_by_day(a_rule(ACCURACY), measured(), "What it measured", incomplete=True)
    assert (figure.title, figure.described) == ("Mine", "What it measured")
    assert figure.about == "1 Oct to 2 Oct 2026, all documents"
    assert lacking(figure) == set()
    assert column_of(figure.spec, "point", "y") == "value"
    assert column_of(figure.spec, "rule", "y2") == "high"
    assert figure.marks
    assert figure.marks.period == Period(date(2026, 10, 1), date(2026, 10, 2))
    assert (list(figure.marks.rules or ()), figure.marks.incomplete) == (["mine"], True)


def test_a_threshold_is_drawn_only_if_there_is_one() -> None:
    rule = a_rule(ACCURACY)
    assert "threshold" in columns(charts.rule_by_day(rule, measured(), "a", incomplete=False).spec)
    assert "threshold" not in columns(charts.rule_by_day(rule, measured(np.nan), "a", incomplete=False).spec)


def test_a_status_has_a_colour_and_a_shape_of_its_own() -> None:
    figure = charts.rule_by_day(a_rule(ACCURACY), measured(), "a", incomplete=False)
    assert colours(figure.spec) == {status: colour for status, (colour, _) in charts.STATUSES.items()}
    assert len({shape for _, shape in charts.STATUSES.values()}) == len(charts.STATUSES)


@pytest.mark.parametrize(("condition", "form"), [(ACCURACY, "%"), (SILENCE, "~s")])
def test_shares_are_written_in_per_cent_and_counts_are_not(condition: dict[str, Any], form: str) -> None:
    figure = charts.rule_by_day(a_rule(condition), measured(), "a", incomplete=False)
    axes = [view["encoding"]["y"]["axis"] for name, view in views(figure.spec) if name == "table"]
    assert {axis["format"] for axis in axes} == {form}


def test_a_drift_rule_says_that_its_effect_has_to_be_significant_too() -> None:
    drift = a_rule({"metric": "target_drift", "operator": "drifted"})
    assert "only if it is also significant" in charts.rule_by_day(drift, measured(), "a", incomplete=False).legend[0]
    assert charts.rule_by_day(a_rule(ACCURACY), measured(), "a", incomplete=False).legend == []


def test_the_legend_names_what_decides() -> None:
    def legend(metric: str) -> str:
        rule = a_rule({"metric": metric, "operator": "drifted"}, basis="validated")
        return " ".join(charts.rule_by_day(rule, measured(200), "a", incomplete=False).legend)

    assert legend("accuracy_drift").startswith("The evidence that accuracy has fallen")
    assert legend("target_drift").startswith("The total variation in percentage points")
    predicted = a_rule({"metric": "confidence_drift", "operator": "drifted"}, basis="predicted")
    assert "Kolmogorov-Smirnov distance in percentage points" in " ".join(
        charts.rule_by_day(predicted, measured(5), "a", incomplete=False).legend
    )
