"""The charts over time of the five tabs, with a comparison and without, whatever one point is of."""

from dataclasses import replace
from datetime import date

import pytest

from monitor_core.app.performance import charts
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import GRANULARITIES, Granularity, by
from monitor_core.scores.metrics import METRIC, ON_TABS
from tests.app.drawn import colours, column_of, columns, lacking

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


def compared(by_prediction: View, store: Store) -> View:
    by_day = by("day", by_prediction.now, store, DAYS.last)
    return replace(by_prediction, other=by_prediction.now, over_time=by_day, other_over_time=by_day)


def test_a_score_is_drawn_with_its_interval_and_a_gap_where_nothing_is_reviewed(by_prediction: View) -> None:
    figure = charts.metric(by_prediction, METRIC["recall"])
    assert figure.title == "Macro recall"
    assert figure.table["reviewed"].tolist() == [9, 0, 9]
    assert figure.table["value"].isna().tolist() == [False, True, False]
    assert column_of(figure.spec, "point", "y") == "value"
    assert column_of(figure.spec, "area", "y2") == "high"
    assert column_of(figure.spec, "bar", "y") == "reviewed"
    assert lacking(figure) == set()


def test_precision_comes_first_and_what_was_chosen_besides_last(by_prediction: View) -> None:
    further = next(metric for metric in METRIC.values() if metric not in ON_TABS)
    titles = [figure.title for figure in charts.each_metric(by_prediction, [further])]
    assert titles[0] == METRIC["precision"].titled("macro")
    assert titles[-1] == further.titled("macro")
    assert sorted(titles[:-1]) == sorted(metric.titled("macro") for metric in ON_TABS)


def test_all_scores_stand_in_one_chart_each_in_its_colour(by_prediction: View) -> None:
    figure = charts.metrics(by_prediction)
    assert colours(figure.spec) == {metric.title: metric.colour for metric in ON_TABS}
    assert figure.table["metric"].value_counts().to_dict() == {metric.title: 3 for metric in ON_TABS}
    assert figure.title == "Day by day"
    assert lacking(figure) == set()


def test_a_comparison_adds_its_line_and_its_words(filled: Store, by_prediction: View) -> None:
    for draw in (lambda of: charts.metric(of, METRIC["accuracy"]), charts.metrics):
        alone, beside = draw(by_prediction), draw(compared(by_prediction, filled))
        assert "other_value" not in columns(alone.spec)
        assert {"other_value", "difference_text"} <= columns(beside.spec)
        assert lacking(beside) == set()
        assert beside.described.startswith(f"{alone.described}, compared with ")
        assert charts.OTHER_LINE in beside.legend


@pytest.mark.parametrize("granularity", [one for one in GRANULARITIES if one != "day"])
def test_points_of_hours_weeks_and_months_open_no_wrong_day(
    filled: Store, by_prediction: View, granularity: Granularity
) -> None:
    grouped = replace(
        by_prediction, granularity=granularity, over_time=by(granularity, by_prediction.now, filled, DAYS.last)
    )
    figures = [charts.metric(grouped, METRIC["accuracy"]), charts.metrics(grouped)]
    assert [lacking(figure) for figure in figures] == [set()] * 2
    expected = {"date": "day"} if granularity == "hour" else {}
    assert dict(figures[0].opens) == expected
    assert (charts.CUT_OFF in figures[0].legend) is (granularity != "hour")
    assert figures[0].marks
    assert figures[0].marks.hourly is (granularity == "hour")


def test_only_numbers_by_prediction_day_are_incomplete(by_prediction: View) -> None:
    by_review = replace(by_prediction.now, selection=Selection(DAYS, "validated"))
    for of, incomplete in ((by_prediction, True), (replace(by_prediction, now=by_review), False)):
        marks = charts.metrics(of).marks
        assert marks
        assert (marks.incomplete, marks.period) == (incomplete, DAYS)
