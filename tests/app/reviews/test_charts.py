"""The charts of the page Reviews."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor_core.app.reviews import charts
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.reviews import ReviewsReport, reviews_report
from monitor_core.scores.delays import QUANTILES
from tests.app.drawn import colours, column_of, encodings, lacking
from tests.documents import at, prediction

SELECTION = Selection(Period(date(2026, 10, 1), date(2026, 10, 9)), "predicted")


@pytest.fixture
def report(store: Store) -> ReviewsReport:
    """Of eight predictions of a day six are reviewed, two hours later; two wait."""
    day = at(2026, 10, 3, 12)
    reviewed = [prediction(day, target=n % 2, predicted=n % 2, reviewed=timedelta(hours=2)) for n in range(6)]
    waiting = [prediction(day, target=None, reviewed=None) for _ in range(2)]
    store.collection.insert_many([*reviewed, *waiting])
    return reviews_report(store, SELECTION, at(2026, 10, 9))


def test_the_share_of_a_day_that_is_reviewed_stands_against_the_least(report: ReviewsReport) -> None:
    figure = charts.coverage_by_day(report, 0.8)
    (row,) = figure.table[figure.table["predicted"] > 0].to_dict("records")
    assert (row["share"], row["reviewed"]) == (0.75, 6)
    assert column_of(figure.spec, "bar", "y") == "share"
    assert lacking(figure) == set()
    assert figure.legend == ["Dashed line: 80%, below which a day is incomplete."]
    lines = [found for mark, channel, found in encodings(figure.spec) if (mark, channel) == ("rule", "y")]
    (line,) = (line for line in lines if "datum" in line)
    assert line["datum"] == 0.8
    assert figure.marks
    assert figure.marks.incomplete


def test_a_click_on_a_day_opens_it_only_where_days_are_of_predictions(report: ReviewsReport) -> None:
    by_review = replace(report, selection=replace(SELECTION, basis="validated"))
    assert dict(charts.coverage_by_day(report, 0.8).opens) == {"date": "day"}
    assert charts.coverage_by_day(by_review, 0.8).opens == {}
    for of, incomplete in ((report, True), (by_review, False)):
        marks = charts.time_to_review(of).marks
        assert marks
        assert marks.incomplete is incomplete


def test_each_quantile_of_the_time_to_review_has_its_line(report: ReviewsReport) -> None:
    figure = charts.time_to_review(report)
    assert list(colours(figure.spec)) == list(QUANTILES)
    assert list(figure.table["quantile"].head(2)) == list(QUANTILES)  # the order that the tooltip takes them in
    drawn = figure.table.dropna(subset="hours")
    assert drawn.loc[drawn["quantile"] == "median", "hours"].tolist() == pytest.approx([2], rel=0.05)
    assert (column_of(figure.spec, "line", "y"), lacking(figure)) == ("hours", set())


def test_each_class_has_its_coverage_with_an_interval(report: ReviewsReport) -> None:
    figure = charts.coverage_by_group(report, report.by_class, "predicted class")
    assert figure.title == "By predicted class"
    assert figure.described.endswith("by predicted class, with its 95% interval")
    assert (column_of(figure.spec, "bar", "x"), column_of(figure.spec, "rule", "x2")) == ("value", "high")
    assert lacking(figure) == set()
    rows = figure.table.set_index("name")
    assert (rows.loc["0", "value"], rows.loc["1", "predicted"], rows.loc["1", "reviewed"]) == (1.0, 5, 3)


def test_what_waits_is_drawn_by_age_and_place(report: ReviewsReport) -> None:
    figure = charts.backlog(report.backlog, "all days up to today")
    assert set(colours(figure.spec)) == set(charts.PLACE_COLOURS)
    assert (column_of(figure.spec, "bar", "x"), column_of(figure.spec, "bar", "color")) == ("waiting", "place")
    assert lacking(figure) == set()
    assert int(figure.table["waiting"].sum()) == 2
    assert figure.about == "all days up to today"


def test_without_predictions_there_is_nothing_to_draw(store: Store) -> None:
    empty = reviews_report(store, SELECTION, at(2026, 10, 9))
    assert not charts.time_to_review(empty).has_values
    assert not charts.coverage_by_group(empty, empty.by_class, "class").has_values
