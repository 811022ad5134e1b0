"""The number of open alerts in navigation and header of every page, and whether the rules are not judged."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from monitor_core.app.frame import login, session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.alerts import Alerts

DOT = ":red[●]"
PALE_DOT = ":orange[●]"


def counted(name: str) -> str:
    """Return the title of a page or its menu in the navigation: with a dot and the number of open alerts.

    If the rules were not judged recently, the title says so, because the number of open alerts may then be wrong.
    """
    count, late = _state()
    parts = [*([str(count)] if count else []), *([late] if late else [])]
    return f"{name} {DOT if count else PALE_DOT} {', '.join(parts)}" if parts else name


def show_open(alerts_page: StreamlitPage) -> None:
    """Show the number of open alerts in the header, because a narrow screen hides the navigation; it leads to them."""
    with st.container(key="open-alerts"):
        count, late = _state()
        model = session.model_in_address()
        if count:
            alerts = "open alert" if count == 1 else "open alerts"
            st.page_link(alerts_page, label=f"{DOT} {count} {'open, ' + late if late else alerts}", query_params=model)
        elif late:
            st.page_link(alerts_page, label=f"{PALE_DOT} rules {late}", query_params=model)


def _state() -> tuple[int, str]:
    """Return the number of open alerts, and words for rules that are not judged; none for visitors without access."""
    if not login.is_inside() or not session.is_database_quick():
        return 0, ""
    return open_count(), _not_judged()


def without_colour(page_title: str) -> str:
    """Return the title for the browser's tab, which cannot show Streamlit's coloured dots."""
    return page_title.replace(DOT, "●").replace(PALE_DOT, "●")


def _not_judged() -> str:
    """Return words for rules that are not judged in time; empty if they are, or if the database does not answer."""
    try:
        timeliness = session.timeliness()
    except MonitorError:
        return ""
    if not timeliness.is_late:
        return ""
    return "never judged" if timeliness.since is None else "not judged"


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def open_count() -> int:
    """Return how many alerts need attention; zero if the database does not answer, which the page itself reports."""
    try:
        return sum(Alerts(session.store()).open_count().values())
    except MonitorError:
        return 0
