"""Automatic refresh of a view, with the old view dimmed during a run."""

from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import session, state

REFRESH = {"off": None, "1 min": 60, "5 min": 300}  # seconds
# Streamlit marks at once what a run has not confirmed yet, but waits half a second and fades it over another: until
# then numbers of the old selection would stand beside the new selection as if they were its own. A tenth of a second
# without dimming keeps quick runs from flickering.
DIMMED = """
[data-stale="true"] { opacity: 0.35 !important; transition: opacity 0.1s linear 0.1s !important; }
"""
# What the page shows is of before: all of it but the line that says so.
AWAY = """
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"]
  > :not(.st-key-database-away, :has(.st-key-database-away)) { opacity: 0.35 !important; }
"""
# Streamlit's own button saves a chart with the theme's ink lost, black on the dark ground: the menu below has a better.
OWN_PICTURE = """
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as PNG"]) { display: none; }
"""
# Streamlit's captions have a contrast of 3.9 on white.
CAPTIONS = """
[data-testid="stCaptionContainer"] { opacity: 0.8 !important; }
"""
# Streamlit cuts the texts of a tile that are wider than it: they wrap instead, and a value breaks if need be.
TILES = """
:is([data-testid="stMetricLabel"], [data-testid="stMetricValue"], [data-testid="stMetric"]) :is(div, p, label) {
  overflow: visible; text-overflow: clip; white-space: normal; overflow-wrap: anywhere; }
"""
# In the header, left of the menu, where Streamlit's navigation leaves room and a scrolled page does not hide it.
OPEN_ALERTS = """
:has(> .st-key-open-alerts) { position: fixed; top: 1.2rem; right: 3.5rem; width: auto; z-index: 999991; }
.st-key-open-alerts p { white-space: nowrap; }
"""
# Streamlit leaves 6 rem above a page and 5 beside it. The periods in one line; what is out of sight; small menus.
ROOM = """
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; }
@media (min-width: 768px) { [data-testid="stMainBlockContainer"] { padding-left: 2.5rem; padding-right: 2.5rem; } }
:is(.st-key-period-shown, .st-key-granularity-shown) [role="radio"] { padding-left: 0.5rem; padding-right: 0.5rem; }
:has(> [class*="st-key-unused-place"]) { display: none; }
[class*="st-key-downloads-"] { margin-top: -0.5rem; opacity: 0.8; }
[class*="st-key-downloads-"] button { min-height: 1.5rem; }
[class*="st-key-downloads-"] button p { font-size: 0.8rem; }
"""
# The day, week or month under the pointer, which shows its tooltip; the pointer passes through tooltips.
UNDER_THE_POINTER = """
.strips_marks path:hover { fill-opacity: 0.06; }
#vg-tooltip-element { pointer-events: none; }
"""
# Streamlit measures the room for "11 more" before it knows the number, which would lose its right edge.
MORE = """
.rc-overflow-item-rest { min-width: 4.5rem; }
.rc-overflow-item-rest [data-testid=stTopNavSection] { padding: 0; }
"""


def style() -> None:
    st.html(f"<style>{CAPTIONS}{DIMMED}{OWN_PICTURE}{TILES}{OPEN_ALERTS}{ROOM}{UNDER_THE_POINTER}{MORE}</style>")


def picker(place: DeltaGenerator) -> None:
    """Show the choice of the refresh interval; the web address holds it, and the selection stays the same."""
    with place:
        st.segmented_control(
            "Refresh", list(REFRESH), default="off", required=True, key=state.REFRESH, bind="query-params"
        )


def keep_running() -> None:
    """Refresh the page at the chosen interval, even one that only reports that the database is unavailable."""
    chosen = st.session_state.get(state.REFRESH) or st.query_params.get(state.REFRESH)
    # A run of the whole page comes by here as well: it is no reason for another one.
    st.session_state[state.JUST_RUN] = True
    st.fragment(_run_again, run_every=REFRESH.get(str(chosen)))()


def _run_again() -> None:
    """Run the page again; while the database is unavailable, keep it dimmed, and say since when it is out of date."""
    if st.session_state.pop(state.JUST_RUN, False):
        st.session_state.pop(state.AWAY_SINCE, None)
        return
    if session.is_database_there():
        st.rerun()
    since = st.session_state.setdefault(state.AWAY_SINCE, datetime.now(session.settings().zone))
    with st.container(key="database-away"):
        st.html(f"<style>{AWAY}</style>")
        st.warning(f"Database away since {since:%H:%M}. The page shows what it showed before, and tries again.")
