"""What keeps the view true while nobody touches it: auto-refresh, and dimming while a run is under way."""

import streamlit as st

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


def style() -> None:
    st.html(f"<style>{CAPTIONS}{DIMMED}{OWN_PICTURE}</style>")


def picker() -> None:
    """In the sidebar and the address: how often the page asks again by itself. The selection stays as it is."""
    with st.sidebar:
        chosen = st.segmented_control(
            "Refresh", list(REFRESH), default="off", required=True, key="refresh", bind="query-params"
        )
        # A run of the whole page comes by here as well: it is no reason for another one.
        st.session_state["just run"] = True
        st.fragment(_run_again, run_every=REFRESH.get(str(chosen)))()


def _run_again() -> None:
    if not st.session_state.pop("just run", False):
        st.rerun()
