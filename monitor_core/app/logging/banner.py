"""A line on every page while the logger does not work."""

import streamlit as st

from monitor_core.app.frame import login, session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.state import FAILED_RUNS


def show() -> None:
    """Say that the logger's runs fail or have stopped; if the database does not answer, the page itself reports it."""
    try:
        trouble = _trouble() if login.is_inside() else ""
    except MonitorError:
        return
    if trouble:
        st.error(trouble, icon=":material/warning:")


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def _trouble() -> str:
    """Return a sentence; empty if the logger works or has never run, which the page Logging reports."""
    store = session.store()
    last = store.state.last_tick()
    if last is None:
        return ""
    zone = store.settings.zone
    if store.settings.log_every.is_late(last.finished_at, store.now()):
        since = wording.instant(last.finished_at, zone)
        return f"No run of the logger has ended since {since}: what the pages show of the days since may be incomplete."
    if last.failed_runs >= FAILED_RUNS and last.failing_since:
        first = last.failures[0] if last.failures else None
        error = f"The step {first.step} failed: {first.error}" if first else last.error or ""
        since = wording.instant(last.failing_since, zone)
        return f"All runs of the logger have failed since {since}, {last.failed_runs} in a row. {plain(error)}"
    return ""
