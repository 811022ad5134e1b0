"""Display of a figure on a page."""

import streamlit as st

from monitor_core.app.frame import clicks, downloads, time_charts
from monitor_core.app.frame.figure import NOTHING_TO_DRAW, Figure
from monitor_core.app.frame.text import plain


def show_figure(figure: Figure) -> None:
    """Draw the figure with its marks over time, clicks and downloads; if no row has a value, say so."""
    if not figure.has_values:
        st.info(NOTHING_TO_DRAW)
        return
    marked = time_charts.marked(figure)
    spec, tables, events = clicks.clickable(marked)
    with st.container(gap=None):
        st.vega_lite_chart(spec={**spec, "datasets": tables}, alt=marked.described, width="stretch", **events)
        downloads.offer(marked)


def card(figure: Figure) -> None:
    """Draw the figure under its title."""
    st.subheader(plain(figure.title))
    show_figure(figure)
