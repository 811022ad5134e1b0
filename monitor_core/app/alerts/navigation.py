"""The number of open alerts, in the navigation of every page."""

import streamlit as st

from monitor_core.app.frame import login, session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.alerts import Alerts

DOT = ":red[●]"


def counted(name: str) -> str:
    """Return what the navigation calls the page, or the menu that it is in: with a dot and how many alerts are open."""
    count = open_count() if login.is_inside() else 0
    return f"{name} {DOT} {count}" if count else name


def without_colour(page_title: str) -> str:
    """Return the title as the browser's tab can show it."""
    return page_title.replace(DOT, "●")


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def open_count() -> int:
    """Alerts that somebody should look at; zero if the database does not answer, which the page itself says."""
    try:
        return sum(Alerts(session.store()).open_count().values())
    except MonitorError:
        return 0
