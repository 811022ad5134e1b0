"""Clicks on a chart's marks that lead to the page Samples."""

import json
from datetime import date

import altair as alt
import pandas as pd
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame import clicks
from monitor_core.app.frame.figure import BIN, CELL, CLASS, DAY, Figure
from monitor_core.app.frame.marks import DATA, Spec, compiled
from tests.app.drawn import views

TABLE = pd.DataFrame({"day": pd.to_datetime([date(2026, 10, 1)]), "target": ["1"], "prediction": ["2"], "count": [3]})


def layered() -> Spec:
    behind = alt.Chart(alt.NamedData("bands")).mark_rect().encode(alt.X("from:T"))
    bars = alt.Chart(DATA).mark_bar().encode(alt.X("day:T"), alt.Y("count:Q"))
    return compiled(behind, bars, bars.mark_text(), height=100)


def test_what_opens_nothing_is_not_touched() -> None:
    figure = Figure("a", "b", layered(), {"table": TABLE}, "c")
    assert clicks.clickable(figure) == (figure.spec, figure.tables, {})


def test_the_first_view_of_the_table_has_the_selection_and_no_other() -> None:
    figure = Figure("a", "The cells", layered(), {"table": TABLE}, "c", opens=CELL)
    spec, tables, arguments = clicks.clickable(figure)
    params = [(name, view["mark"]["type"], view["params"]) for name, view in views(spec) if "params" in view]
    ((name, mark, (param,)),) = params
    assert (name, mark, param["name"]) == ("table", "bar", clicks.CLICKED)
    assert param["select"]["fields"] == ["target", "prediction"]
    assert spec["config"]["mark"]["cursor"] == "pointer"
    assert spec["config"]["axis"] == figure.spec["config"]["axis"]
    assert (arguments["key"], arguments["selection_mode"]) == ("chart The cells", clicks.CLICKED)
    assert tables is figure.tables
    assert "params" not in str(figure.spec)  # a template serves every session


def test_a_day_is_told_as_text() -> None:
    """Of a date Vega would tell the milliseconds of a midnight in the visitor's zone."""
    _, tables, _ = clicks.clickable(Figure("a", "b", layered(), {"table": TABLE}, "c", opens=DAY))
    assert tables["table"]["date"].tolist() == ["2026-10-01"]
    assert "date" not in TABLE


def test_the_link_names_what_the_figures_open_and_nothing_else() -> None:
    assert clicks.link_label([{}, {}]) == "Choose samples here"  # weeks: a point is no day
    assert clicks.link_label([CELL]) == "Click a cell, or choose samples here"
    assert clicks.link_label([CLASS, {}, {**DAY, **CLASS}]) == "Click a day or a class, or choose samples here"
    assert clicks.link_label([BIN, {**BIN, "outcome": "outcome"}]) == "Click a point or a bar, or choose samples here"


def page(marks: list[dict[str, object]]) -> None:
    import streamlit as st

    from monitor_core.app.frame import clicks, state

    st.session_state["chart"] = {"selection": {clicks.CLICKED: marks}}
    clicks._remember_click("chart", {"target": "target", "date": "day"}, {"outcome": "wrong"})
    st.write(st.session_state.get(state.CLICKED_MARK, "nothing"))


def remembered(*marks: dict[str, object]) -> str:
    app = AppTest.from_function(page, args=(list(marks),)).run()
    assert not app.exception
    return str([*app.json, *app.markdown][0].value)


def test_a_mark_is_remembered_with_what_the_chart_asks_for_besides() -> None:
    said = remembered({"target": "1", "date": "2026-10-01"})
    assert '"target": "1"' in said.replace('":"', '": "')
    assert "2026-10-01" in said
    assert "wrong" in said


def test_a_mark_that_lacks_a_value_or_stands_for_others_opens_nothing() -> None:
    assert remembered() == "nothing"
    assert remembered({"target": "1"}) == "nothing"  # an alert's band
    assert remembered({"target": clicks.OTHERS, "date": "2026-10-01"}) == "nothing"


def address_of(query: dict[str, object]) -> None:
    import streamlit as st

    from monitor_core.app.frame import clicks

    st.json(clicks._address(query))


def test_an_address_keeps_the_view_and_asks_for_the_mark() -> None:
    mark = {"target": "1", "confidence_from": 0.9, "confidence_to": 0.95}
    app = AppTest.from_function(address_of, args=(mark,))
    app.query_params["period"] = "7d"
    app.query_params["range"] = ["2026-10-01", "2026-10-02"]
    app.query_params["outcome"] = "wrong"  # of an earlier visit to the page
    address = json.loads(app.run().json[0].value)
    assert address == {
        "period": "7d",
        "range": ["2026-10-01", "2026-10-02"],
        "target": "1",
        "confidence": ["0.9", "0.95"],
    }
