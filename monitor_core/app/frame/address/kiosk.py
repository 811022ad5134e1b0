"""The view without its frame, for a screen on a wall: `?kiosk` in the address."""

import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.text import plain
from monitor_core.contract import segments, wording
from monitor_core.contract.bases import BASES

KIOSK = "kiosk"
WITHOUT_FRAME = """<style>
:is([data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stExpandSidebarButton"]) { display: none; }
:has(> .st-key-open-alerts) { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1rem; }
</style>"""


def hide_frame() -> None:
    """Hide menus and sidebar, if the address says so; their choices stay in force."""
    if KIOSK in st.query_params:
        st.html(WITHOUT_FRAME)


def tell_view(is_dated: bool) -> None:
    """Say what the sidebar would: the days, and when the page was made; `is_dated`: the page uses a date."""
    if KIOSK in st.query_params:
        chosen, zone = state.selection(), session.settings().zone
        by = f" by {BASES[chosen.basis].title}" if is_dated else ""
        only = f", only {plain(segments.in_words(chosen.where))}" if chosen.where else ""
        days = f"{wording.days(chosen.period)}{by}{only}. "
        st.caption(f"{days}As of {wording.instant(session.now(), zone)}.")
