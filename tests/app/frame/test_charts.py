"""The charts that two pages show."""

import re
from datetime import date

import pandas as pd
import pytest

from monitor_core.app.frame import charts, drawing
from monitor_core.app.frame.figure import CELL
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import REJECTED, Performance, read_performance
from tests.app.drawn import colours, column_of, encodings, lacking

BINS = pd.DataFrame({"from": [0.9, 0.9], "to": [0.95, 0.95], "outcome": ["right", "wrong"], "count": [8, 2]})


@pytest.fixture
def now(filled: Store) -> Performance:
    return read_performance(filled, Selection(Period(date(2026, 10, 1), date(2026, 10, 3)), "predicted"))


@pytest.mark.parametrize(("shares", "column"), [(False, "count"), (True, "share")])
def test_a_cell_is_as_dark_as_its_count_or_its_share(now: Performance, shares: bool, column: str) -> None:
    figure = charts.confusion_matrix(now, "The matrix", "October", shares, CELL)
    assert (column_of(figure.spec, "rect", "color"), column_of(figure.spec, "text", "text")) == (column, column)
    assert (column_of(figure.spec, "rect", "x"), column_of(figure.spec, "rect", "y")) == ("prediction", "target")
    assert (figure.described, figure.about, dict(figure.opens)) == ("The matrix", "October", dict(CELL))
    assert lacking(figure) == set()
    counts = {(row["target"], row["prediction"]): row["count"] for row in figure.table.to_dict("records")}
    assert (counts["0", "0"], counts["0", "1"], counts["1", "0"], counts["1", "1"]) == (12, 2, 2, 2)


def test_targets_stand_in_their_order_and_the_rejected_last(now: Performance) -> None:
    spec = charts.confusion_matrix(now, "a", "b", shares=False).spec
    sorts = {channel: encoding["sort"] for _, channel, encoding in encodings(spec) if channel in ("x", "y")}
    assert sorts == {"x": ["0", "1"], "y": ["0", "1", REJECTED]}


def test_the_histogram_stacks_its_outcomes_each_in_its_colour() -> None:
    figure = charts.confidence_histogram(BINS, "By confidence", "October")
    assert colours(figure.spec) == charts.OUTCOME_COLOURS
    assert (column_of(figure.spec, "bar", "x"), column_of(figure.spec, "bar", "x2")) == ("from", "to")
    assert lacking(figure) == set()
    alone = charts.confidence_histogram(BINS, "By confidence", "October", ("right",))
    assert list(colours(alone.spec)) == ["right"]


def test_traffic_is_drawn_as_bars_from_zero() -> None:
    times = pd.to_datetime(["2026-10-01", "2026-10-02"])
    table = pd.DataFrame({"start": times, "end": times + pd.Timedelta(days=1), "label": ["a", "b"], "count": [3, 9]})
    figure = charts.traffic_bars(table, "reviews", "day", "October")
    (svg,) = drawing.drawings([drawing.with_tables(figure.spec, figure.tables)])
    bars = re.findall(
        r'd="M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)', svg.partition("mark-rect")[2].partition("mark-rect")[0]
    )
    ((_, top, width, height), (left, higher, _, taller)) = (map(float, bar) for bar in bars)
    assert (left, top + height) == pytest.approx((width, higher + taller))
    assert taller == pytest.approx(3 * height)
