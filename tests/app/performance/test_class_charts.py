"""The templates of the charts by class, as Vega reads them."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import vl_convert

from monitor_core.app.frame.drawing import picture
from monitor_core.app.frame.palette import NEUTRAL
from monitor_core.app.performance import class_charts
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.classes.listing import Listing
from monitor_core.reports.performance import read_performance
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import FEWEST
from tests.app.drawn import encodings, lacking
from tests.documents import prediction


def test_the_axis_beside_a_side_without_a_single_value_does_not_ask_the_data() -> None:
    """Vega would look for the extent of nothing, and warn in the visitor's console."""
    drawn = vl_convert.vegalite_to_vega(class_charts._values(True))
    (axis,) = (scale for scale in drawn["scales"] if scale["name"] == "x")
    assert axis["domain"][0] == 0
    assert "most" in axis["domain"][1]["signal"]


DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


@pytest.fixture
def view(filled: Store) -> View:
    return View(read_performance(filled, Selection(DAYS, "predicted")), filled.settings, "macro")


def test_a_bar_s_text_is_its_value_with_the_interval(view: View) -> None:
    figure = class_charts.class_scores(view, METRIC["recall"])
    rows = figure.table.to_dict("records")
    for row in rows:
        value, bounds = wording.number(row["value"]), wording.bounds(row["low"], row["high"])
        assert row["text"] == (f"{value} ({bounds})" if row["samples"] >= FEWEST else "–")
    drawn = picture(figure.spec, figure.tables, "svg").decode("utf-8")
    assert f">{rows[0]['text']}<" in drawn
    assert lacking(figure) == set()


def of_three_classes(store: Store, *more: dict[str, Any]) -> View:
    """Class 2 is the worst, class 0 the largest."""
    pairs = [(0, 0)] * 30 + [(1, 1)] * 9 + [(1, 0)] + [(2, 2)] * 5 + [(2, 0)] * 15
    documents = [prediction(day=DAYS.first, predicted=predicted, target=target) for target, predicted in pairs]
    store.collection.insert_many([*documents, *more])
    return View(read_performance(store, Selection(DAYS, "predicted")), store.settings, "macro")


def test_bars_stand_in_the_order_of_the_list_with_one_template_for_all(store: Store) -> None:
    view = of_three_classes(store)
    for order, names in (("name", ["0", "1", "2"]), ("worst F1", ["2", "0", "1"]), ("support", ["0", "2", "1"])):
        figure = class_charts.class_scores(replace(view, listing=Listing(order)), METRIC["precision"])
        assert figure.table["name"].tolist() == names
        drawn = picture(figure.spec, figure.tables, "svg").decode("utf-8")
        axis = drawn[drawn.index("Y-axis") :]
        assert re.findall(r">([0-2])</text>", axis)[:3] == names


def test_of_bounds_a_bar_s_text_is_what_is_possible(store: Store) -> None:
    view = of_three_classes(store, prediction(day=DAYS.first, predicted=0, target=False))
    figure = class_charts.class_scores(view, METRIC["recall"])
    row = figure.table.set_index("name").loc["1"]
    assert row["text"] == wording.between(9 / 11, 0.9) == "81.8–90.0%"


def test_a_long_name_shows_both_ends(view: View) -> None:
    figure = class_charts.class_bars(view)
    table = figure.table.replace({"name": {"0": "a scratch on the left side of the lens"}})
    drawn = picture(figure.spec, {"table": table}, "svg").decode("utf-8")
    assert ">a scratch…the lens<" in drawn


def test_every_bar_has_the_one_hue_of_what_a_name_stands_beside(view: View) -> None:
    for figure in (class_charts.class_bars(view), class_charts.class_scores(view, METRIC["f1"])):
        assert not [channel for _, channel, _ in encodings(figure.spec) if channel in ("color", "fill")]
        assert NEUTRAL in json.dumps(figure.spec)
