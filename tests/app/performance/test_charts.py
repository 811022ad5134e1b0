"""The charts over time of the five tabs, with a comparison and without, whatever one point is of."""

import re
from dataclasses import replace
from datetime import date

import pytest

from monitor_core.app.performance import charts
from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import GRANULARITIES, Granularity, by
from monitor_core.reports.trend import trends_of
from monitor_core.scores.metrics import METRIC, ON_TABS
from tests.app.drawn import column_of, columns, encodings, lacking

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


def with_trend(view: View, store: Store) -> View:
    """The view with the trend of accuracy over two days, as if that were the length of any."""
    (counted,) = trends_of(view.now.confusion, DAYS.days, 2, [METRIC["accuracy"]], "macro").values()
    return replace(
        view, trend_days=2, trends={"accuracy": counted}, other_trends={"accuracy": counted} if view.other else {}
    )


def test_a_trend_is_a_line_with_its_interval_and_the_points_are_faint(filled: Store, by_prediction: View) -> None:
    figure = charts.metric(with_trend(by_prediction, filled), METRIC["accuracy"])
    assert figure.table["trend"].round(3).tolist()[1:] == [round(7 / 9, 3)] * 2
    assert figure.table["trend"].isna().tolist() == [
        True,
        False,
        False,
    ]  # what lies before the first day is not counted
    assert column_of(figure.spec, "line", "y") == "trend"
    assert [column_of(figure.spec, "area", end) for end in ("y", "y2")] == ["trend_low", "trend_high"]
    assert "rule" not in {mark for mark, channel, of in encodings(figure.spec) if channel == "y2" and "field" in of}
    assert lacking(figure) == set()
    assert "Line: the 2 days up to each point, with their 95% interval" in " ".join(figure.legend)
    other = charts.metric(with_trend(compared(by_prediction, filled), filled), METRIC["accuracy"])
    assert column_of(other.spec, "line", "y") == "other_trend"
    assert lacking(other) == set()


def test_a_trend_of_nothing_leaves_the_line_of_the_points(filled: Store, by_prediction: View) -> None:
    view = with_trend(by_prediction, filled)
    figure = charts.metric(
        replace(view, trends={"accuracy": view.trends["accuracy"] * float("nan")}), METRIC["accuracy"]
    )
    assert column_of(figure.spec, "line", "y") == "value"


def test_strips_in_front_of_all_take_the_pointer_and_name_no_column_that_is_not_there(
    filled: Store, by_prediction: View
) -> None:
    for view in (by_prediction, with_trend(compared(by_prediction, filled), filled)):
        figure = charts.metric(view, METRIC["accuracy"]).marked([], [], [])
        top = figure.spec["layer"][-1]
        assert top["name"] == "strips"
        words = top["mark"]["tooltip"]["expr"]
        named = set(re.findall(r"datum\.(\w+)", words)) - {"alert", "annotation", "incomplete", "whole"}
        assert named <= set(figure.table)


def test_a_comparison_adds_its_line_and_its_words(filled: Store, by_prediction: View) -> None:
    views = by_prediction, compared(by_prediction, filled)
    alone, beside = (charts.metric(of, METRIC["accuracy"]) for of in views)
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
    figure = charts.metric(grouped, METRIC["accuracy"])
    assert lacking(figure) == set()
    expected = {"date": "day"} if granularity == "hour" else {}
    assert dict(figure.opens) == expected
    assert (charts.CUT_OFF in figure.legend) is (granularity != "hour")
    assert figure.marks
    assert figure.marks.hourly is (granularity == "hour")


def test_only_numbers_by_prediction_day_are_incomplete(by_prediction: View) -> None:
    by_review = replace(by_prediction.now, selection=Selection(DAYS, "validated"))
    for of, incomplete in ((by_prediction, True), (replace(by_prediction, now=by_review), False)):
        marks = charts.metric(of, METRIC["accuracy"]).marks
        assert marks
        assert (marks.incomplete, marks.period) == (incomplete, DAYS)
