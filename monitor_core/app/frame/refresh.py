"""Automatic refresh of a view, and dimming while a run is under way."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import state

REFRESH = {"off": None, "1 min": 60, "5 min": 300}  # seconds
# Streamlit marks at once what a run has not confirmed yet, but waits half a second and fades it over another: until
# then numbers of the old selection would stand beside the new selection as if they were its own. A tenth of a second
# without dimming keeps quick runs from flickering.
DIMMED = """
[data-stale="true"] { opacity: 0.35 !important; transition: opacity 0.1s linear 0.1s !important; }
"""
# Streamlit's own button saves a chart with the theme's ink lost, black on the dark ground: the menu below has a better.
OWN_PICTURE = """
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as PNG"]) { display: none; }
"""
# Streamlit's captions have a contrast of 3.9 on white.
CAPTIONS = """
[data-testid="stCaptionContainer"] { opacity: 0.8 !important; }
"""
# Streamlit leaves 6 rem above a page and 5 beside it. The periods in one line; what is out of sight; small menus.
ROOM = """
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; }
@media (min-width: 768px) { [data-testid="stMainBlockContainer"] { padding-left: 2.5rem; padding-right: 2.5rem; } }
:is(.st-key-period, .st-key-granularity) [role="radio"] { padding-left: 0.5rem; padding-right: 0.5rem; }
:has(> .st-key-unused-place) { display: none; }
[class*="st-key-downloads-"] { margin-top: -0.5rem; opacity: 0.8; }
[class*="st-key-downloads-"] button { min-height: 1.5rem; }
[class*="st-key-downloads-"] button p { font-size: 0.8rem; }
"""


def style() -> None:
    st.html(f"<style>{CAPTIONS}{DIMMED}{OWN_PICTURE}{ROOM}</style>")


def picker(place: DeltaGenerator) -> None:
    """Choose how often the page refreshes; the address holds it, and the selection stays as it is."""
    with place:
        chosen = st.segmented_control(
            "Refresh", list(REFRESH), default="off", required=True, key=state.REFRESH, bind="query-params"
        )
        # A run of the whole page comes by here as well: it is no reason for another one.
        st.session_state[state.JUST_RUN] = True
        st.fragment(_run_again, run_every=REFRESH.get(str(chosen)))()


def _run_again() -> None:
    if not st.session_state.pop(state.JUST_RUN, False):
        st.rerun()
