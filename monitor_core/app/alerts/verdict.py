"""The verdict on the model: the first line of Overview, and the sign in the title and icon of the browser's tab."""

import streamlit as st

from monitor_core.app.frame import session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import MonitorError
from monitor_core.reports.state.verdict import Level, ModelVerdict, read_verdict

# They differ in form as well as in colour.
SIGNS: dict[Level, str] = {"good": ":green[✔]", "bad": ":red[▲]", "unknown": ":orange[?]"}
MARKS: dict[Level, str] = {
    "good": '<circle cx="32" cy="32" r="28" fill="#1a7f37"/><path d="M18 33l10 10 19-21" stroke="#fff"/>',
    "bad": '<path d="M32 5L61 58H3z" fill="#cf222e"/><path d="M32 24v16M32 48v2" stroke="#fff"/>',
    "unknown": (
        '<circle cx="32" cy="32" r="26" fill="#fff" stroke="#9a6700"/><path d="M32 18v18M32 44v2" stroke="#9a6700"/>'
    ),
}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64" fill="none" stroke-width="7" '
    'stroke-linecap="round">{}</svg>'
)


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def current() -> ModelVerdict:
    """Return the verdict, at most FRESH_SECONDS old."""
    return read_verdict(session.store())


def mark_tab(title: str) -> None:
    """Put the state before the title of the browser's tab, unless all is well, and into its icon."""
    if not session.is_database_quick():
        return
    try:
        verdict = current()
    except MonitorError:  # the pages that need what could not be read say so; others stand
        return
    begins = "" if verdict.level == "good" else f"{verdict.title} · "
    st.set_page_config(page_title=f"{begins}{title}", page_icon=ICON.format(MARKS[verdict.level]))


def line() -> None:
    """Show the verdict: state, accuracy against the reference, open alerts, freshness, and whom it stands for."""
    verdict = current()
    with st.container(border=True):
        st.markdown(f"**{SIGNS[verdict.level]} {verdict.title}.** {plain(verdict.sentence)}")
        with st.container(horizontal=True, key="verdict"):
            _link("pages/operate/alerts.py", verdict.alerts_in_words, ":material/notifications:")
            _link("pages/investigate/reviews.py", verdict.freshness, ":material/schedule:")
            if verdict.stands_for_all:
                text = "Not representative of all" if verdict.over_all.is_chosen else "Accuracy over all predictions"
                _link("pages/investigate/reviews.py", text, ":material/balance:", verdict.stands_for_all)


def _link(page: str, text: str, icon: str, explained: str | None = None) -> None:
    st.page_link(page, label=text, icon=icon, help=explained, query_params=session.model_in_address())
