"""Showing a figure, traffic, or a table of numbers, on a page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from monitor_core.app.frame import charts, clicks, downloads, session, state, time_charts
from monitor_core.app.frame.cards import cards
from monitor_core.app.frame.figure import NOTHING_TO_DRAW, Figure, about
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import DASH, plain
from monitor_core.contract.selection import Selection
from monitor_core.reports.granularity import LONGEST_BY_HOUR, Granularity, by_length
from monitor_core.reports.reviewers.budget import BUDGET_HELP, Budget
from monitor_core.reports.traffic import KINDS, Kind, traffic_over_time, without_hours

Written = Callable[[Any], str]  # a number in words
# Streamlit leaves none, and browsers draw a text a little larger than Vega measures it: the last label of an axis and
# a title along an axis were cut off.
PADDING = {"left": 3, "right": 8, "top": 2, "bottom": 8}  # pixels


def show_figure(figure: Figure) -> None:
    """Draw the figure with its marks over time, clicks and downloads; if no row has a value, say so."""
    if not figure.has_values:
        st.info(NOTHING_TO_DRAW)
        return
    marked = time_charts.marked(figure)
    spec, tables, events = clicks.clickable(marked)
    with st.container(gap=None):
        spec = {**spec, "padding": PADDING, "datasets": tables}
        st.vega_lite_chart(spec=spec, alt=marked.described, width="stretch", **events)
        downloads.offer(marked)


def card(figure: Figure) -> None:
    """Draw the figure under its title."""
    st.subheader(plain(figure.title))
    show_figure(figure)


def traffic_cards(by: Granularity | None = None) -> None:
    """Show how many predictions and reviews there were; None: as chosen, or as the period's length suggests."""
    selection = state.selection()
    by = by or state.granularity() or by_length(selection.period)
    tables = {kind: _traffic(selection, kind, by, session.today()) for kind in KINDS}
    for place, (kind, table) in zip(cards(2), tables.items(), strict=True):
        with place:
            figure = charts.traffic_bars(table, kind, by, about(replace(selection, basis=KINDS[kind])))
            st.markdown(f"**{figure.title}**")
            show_figure(figure)
    hours = f" By hour, the first {LONGEST_BY_HOUR} days are shown." if by == "hour" else ""
    missing = f" {without_hours(tables.values())}" if by == "hour" else ""
    st.caption(f"Predictions by their date, and reviews, readable or not, by theirs.{hours}{missing.rstrip()}")


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _traffic(selection: Selection, kind: Kind, by: Granularity, today: date) -> pd.DataFrame:
    return traffic_over_time(session.store(), selection, kind, by, today)


# ---- tables


def number_table(rows: pd.DataFrame, alt: str, written: Mapping[str, Written], **options: Any) -> None:
    """Show rows whose columns' numbers are written as these functions say; what is undefined is a dash."""
    styled = rows.style.format({name: write for name, write in written.items() if name in rows}, na_rep=DASH)
    st.dataframe(styled, hide_index=True, width="stretch", placeholder=DASH, alt=alt, **options)


def show_budget(budget: Budget) -> None:
    """Show how many reviews a day it takes to find falls of accuracy, and to measure it."""
    if budget.is_learning:
        return
    number_table(budget.table, "Reviews a day that it takes to find a fall of accuracy", {})
    st.caption(plain(" ".join(filter(None, [BUDGET_HELP, budget.of_intervals]))))


def whole_number(number: float) -> str:
    """Write a number of documents."""
    return f"{number:,.0f}"


def unwritten(_: Any) -> str:
    """Write nothing: of a column that is drawn."""
    return ""
