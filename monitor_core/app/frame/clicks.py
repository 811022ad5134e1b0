"""Clicks on a chart's marks, and links, that open the page Samples; drags over a chart that set the period."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from monitor_core.app.frame import state
from monitor_core.app.frame.address import entries
from monitor_core.app.frame.figure import Figure, Opens, OverTime, Tables
from monitor_core.app.frame.marks import STRIPS, Spec
from monitor_core.contract.calendar import Period
from monitor_core.contract.wording import listed, written
from monitor_core.reports.performance import OTHERS

PAGE_FILE = "pages/investigate/samples.py"
QUEUE_FILE = "pages/investigate/review_next.py"
OWN = (  # what the page keeps in the address
    *("day", "target", "prediction", "outcome", "confidence", "order", "file", "tag", "trained"),
    *("at", "sample"),  # the page of the gallery, and the opened sample
)
Address = dict[str, str | list[str]]
MARKS = {"date": "a day", "name": "a class", "target": "a cell", "from": "a point or a bar"}  # by the column they open


CLICKED, ZOOMED = "clicked", "zoomed"  # the names of the selections
# With `clear`, a double click would only remove the grey of the drag, which the next period's chart does not have.
ACROSS = {"type": "interval", "encodings": ["x"], "translate": False, "zoom": False, "clear": False}


def clickable(figure: Figure) -> tuple[Spec, Tables, dict[str, Any]]:
    """Return a template and tables that can be clicked and dragged over, and Streamlit's arguments that report it.

    A click reports columns of the clicked mark. Layered views share a selection, so only one of them defines it; it
    does not change the drawing. Its columns are text or numbers, because Vega reports a date as the milliseconds of a
    midnight in the visitor's zone. A drag reports both ends. The alternative text is the chart's key, with the period
    where it can be dragged over: a chart with the same key would keep the grey of the drag.
    """
    zoomable = figure.marks if figure.has_strips else None
    key = f"chart {figure.described}{f', {figure.about}' if zoomable else ''}"
    spec, names = figure.spec, []
    if zoomable:
        spec, names = _with_param(spec, {"name": ZOOMED, "select": ACROSS}), [ZOOMED]
    if figure.opens:
        select = {"type": "point", "fields": list(figure.opens), "toggle": False}
        config = figure.spec.get("config", {})
        config = {**config, "mark": {**config.get("mark", {}), "cursor": "pointer"}}
        spec, names = {**_with_param(spec, {"name": CLICKED, "select": select}), "config": config}, [*names, CLICKED]
    if not names:
        return figure.spec, figure.tables, {}
    react = partial(_react, key, dict(figure.opens), dict(figure.also), zoomable)
    return spec, _dated(figure), {"key": key, "on_select": react, "selection_mode": names}


def _dated(figure: Figure) -> Tables:
    """Return the tables, with the days of the chart's own table as text if a click uses them."""
    if "date" not in figure.opens:
        return figure.tables
    return {**figure.tables, "table": figure.table.assign(date=figure.table["day"].dt.strftime("%Y-%m-%d"))}


def _with_param(spec: Any, param: dict[str, Any], table: str = "") -> Any:
    """Return the specification with the parameter in its strips, or in the first view that draws the table."""
    table = spec.get("data", {}).get("name", table)
    if "layer" not in spec:
        return {**spec, "params": [*spec.get("params", []), param]}
    views = list(spec["layer"])
    has_strips = any(view.get("name") == STRIPS for view in views)
    for position, view in enumerate(views):
        if view.get("name") == STRIPS if has_strips else _draws(view, table):
            views[position] = _with_param(view, param, table)
            break
    return {**spec, "layer": views}


def _draws(spec: Any, table: str) -> bool:
    table = spec.get("data", {}).get("name", table)
    return any(_draws(view, table) for view in spec["layer"]) if "layer" in spec else table == "table"


def _react(key: str, opens: dict[str, str], also: dict[str, str], zoomable: OverTime | None) -> None:
    dragged = st.session_state[key]["selection"].get(ZOOMED) or {}
    ends = next(iter(dragged.values()), None)
    if zoomable and ends:
        _zoom(days_between(min(ends), max(ends), st.context.timezone, zoomable))
    else:
        _remember_click(key, opens, also)


def days_between(begins_ms: float, ends_ms: float, visitors_zone: str | None, chart: OverTime) -> Period:
    """Return the days of a chart that lie between two instants, both in part: Vega's, in the visitor's zone.

    A day's point is at its midnight, so its strip begins at noon of the day before; an hour's is at its beginning, and
    so is a day's bar.
    """
    zone = _zone(visitors_zone)
    shift = timedelta(0) if chart.barred else timedelta(minutes=30) if chart.hourly else timedelta(hours=12)
    first, last = (
        (datetime.fromtimestamp(ms / 1000, zone).replace(tzinfo=None) + shift).date() for ms in (begins_ms, ends_ms)
    )
    of = chart.period
    return Period(min(max(first, of.first), of.last), max(min(last, of.last), of.first))


def _zone(name: str | None) -> tzinfo:
    """Return the visitor's zone; UTC if the browser does not tell it, or by a name of its own."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _zoom(days: Period) -> None:
    """Make these days the period; the browser's Back undoes it."""
    entries.write(**{state.PERIOD: written(days), state.RANGE: []})


def _remember_click(key: str, opens: dict[str, str], also: dict[str, str]) -> None:
    """Store the clicked mark for `follow_click`, because a callback cannot switch to another page."""
    marks = st.session_state[key]["selection"].get(CLICKED) or []
    values = {name: marks[0].get(column) for column, name in opens.items()} if marks else {}
    if values and all(value is not None and value != OTHERS for value in values.values()):  # an alert's band has no day
        st.session_state[state.CLICKED_MARK] = also | values


def follow_click() -> None:
    """Switch to the page Samples, once, if a mark was clicked in the previous run."""
    values = st.session_state.pop(state.CLICKED_MARK, None)
    if values:
        address = _address(values)
        _release(address)
        st.switch_page(PAGE_FILE, query_params=address)


def _release(names: Iterable[str]) -> None:
    """Let others write the query parameters of the sidebar's widgets; the next run binds them again.

    Otherwise a click would be two entries in the browser's history, such as without and then with the period,
    and going back would lead to the same samples of another period. Streamlit has no public function for this.
    """
    context = get_script_run_ctx()
    if context:
        with context.session_state.query_params() as held:
            for binding in filter(None, map(held.get_binding_for_param, names)):
                held.unbind_widget(binding.widget_id)


def samples_link_of(*figures: Figure) -> None:
    """Show the link to the samples, with what in these figures can be clicked instead."""
    samples_link(link_label(figure.opens for figure in figures))


def link_label(opens: Iterable[Opens]) -> str:
    """Return the words of a link beside figures whose marks open these, as `Figure.opens`."""
    columns = set().union(*opens)
    marks = [words for column, words in MARKS.items() if column in columns]
    return f"Click {listed(marks, 'or')}, or choose samples here" if marks else "Choose samples here"


def samples_link(label: str = "See the samples", **query: str | list[str]) -> None:
    """Show a link that does the same for keyboard users, who cannot reach a mark."""
    st.page_link(PAGE_FILE, label=label, icon=":material/image_search:", query_params=_address(query))


def queue_link() -> None:
    """Show a link to what people should review next, with the period and segments of this page."""
    icon = ":material/playlist_add_check:"
    st.page_link(QUEUE_FILE, label="Review next", icon=icon, query_params=_address({}))


def _address(query: Mapping[str, Any]) -> Address:
    """Return the view's own address, including period and basis, extended by the query."""
    unchanged: Address = {name: _values(name) for name in st.query_params if name not in OWN}
    bounds = query.get("confidence_from"), query.get("confidence_to")
    if None not in bounds:
        unchanged["confidence"] = [f"{float(edge or 0):g}" for edge in bounds]
    others = {name: value for name, value in query.items() if not name.startswith("confidence")}
    return unchanged | {name: value if isinstance(value, list) else str(value) for name, value in others.items()}


def _values(name: str) -> str | list[str]:
    values = st.query_params.get_all(name)
    return values[0] if len(values) == 1 else values
