"""Clicks on a chart's marks that lead to the page Samples."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame import clicks
from monitor_core.app.frame.figure import BIN, CELL, CLASS, DAY, Figure, Opens, OverTime
from monitor_core.app.frame.marks import DATA, STRIPS, UNDER, Spec, compiled, day_strips
from monitor_core.contract.calendar import Period
from tests.app.drawn import views

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
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
    assert (arguments["key"], arguments["selection_mode"]) == ("chart The cells", [clicks.CLICKED])
    assert tables is figure.tables
    assert "params" not in str(figure.spec)  # a template serves every session


def over_time(opens: Opens) -> Figure:
    lines = alt.Chart(DATA).mark_line().encode(alt.X("day:T"), alt.Y("count:Q"))
    spec = compiled(lines, *day_strips({"count": "datum.count"}), height=100)
    return Figure("a", "b", spec, {"table": TABLE}, "October", marks=OverTime(OCTOBER), opens=opens)


def test_strips_take_the_click_and_the_drag() -> None:
    for opens, names in ((DAY, [clicks.ZOOMED, clicks.CLICKED]), ({}, [clicks.ZOOMED])):
        spec, _, arguments = clicks.clickable(over_time(opens))
        ((_, view),) = [(name, view) for name, view in views(spec) if "params" in view]
        assert view["name"] == STRIPS
        assert [param["name"] for param in view["params"]] == [UNDER, *names]
        assert arguments["selection_mode"] == names
        assert arguments["key"] == "chart b, October"  # another period is another chart, without the grey of the drag


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Asia/Tokyo", None])
@pytest.mark.parametrize(
    ("begins", "ends", "hourly", "days"),
    [
        ("2026-10-04T13:00", "2026-10-06T11:00", False, (5, 6)),  # the strip of the 5th begins at noon of the 4th
        ("2026-10-06T11:00", "2026-10-04T11:00", False, (4, 6)),
        ("2026-10-05T03:00", "2026-10-05T04:00", False, (5, 5)),
        ("2026-10-04T23:45", "2026-10-05T09:00", True, (5, 5)),
        ("2026-10-04T13:00", "2026-10-05T09:00", True, (4, 5)),
        ("2026-09-01T13:00", "2026-12-05T09:00", False, (1, 31)),  # beyond the plot
    ],
)
def test_a_drag_is_the_days_under_it_wherever_the_visitor_is(
    zone: str | None, begins: str, ends: str, hourly: bool, days: tuple[int, int]
) -> None:
    there = ZoneInfo(zone) if zone else UTC
    instants = sorted(datetime.fromisoformat(at).replace(tzinfo=there).timestamp() * 1000 for at in (begins, ends))
    period = clicks.days_between(instants[0], instants[1], zone, OverTime(OCTOBER, hourly=hourly))
    assert (period.first.day, period.last.day) == days
    assert {period.first.month, period.last.month} == {10}


def test_a_drag_over_bars_is_the_days_of_the_bars_under_it() -> None:
    begins, ends = (datetime(2026, 10, *at, tzinfo=UTC).timestamp() * 1000 for at in ((5, 1), (6, 23)))
    period = clicks.days_between(begins, ends, "UTC", OverTime(OCTOBER, barred=True))
    assert (period.first.day, period.last.day) == (5, 6)


def dragged() -> None:
    from datetime import date

    import streamlit as st

    from monitor_core.app.frame import clicks, state
    from monitor_core.app.frame.figure import OverTime
    from monitor_core.contract.calendar import Period

    chart = OverTime(Period(date(2026, 10, 1), date(2026, 10, 31)))
    st.session_state["chart"] = {"selection": {clicks.ZOOMED: {"strip_begins": [1791244800000, 1791072000000]}}}
    clicks._react("chart", {"date": "day"}, {}, chart)
    st.write(
        ", ".join(
            map(str, [*map(st.session_state.get, (state.PERIOD, state.RANGE)), state.CLICKED_MARK in st.session_state])
        )
    )


def test_a_drag_makes_its_days_the_period_and_opens_no_samples() -> None:
    app = AppTest.from_function(dragged).run()
    assert not app.exception
    assert app.markdown[0].value == "2026-10-04..2026-10-06, [], False"


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
