"""Head of every page while no prediction can be read: why, what else is there, and settings to paste."""

import streamlit as st

from monitor_core.app.frame import login, session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import MonitorError
from monitor_core.reports.contact.diagnosis import PASTE, Diagnosis, diagnose
from monitor_core.settings.mapping import Proposal


def show_first_contact() -> None:
    """Show why no prediction can be read, if that is so; if the database does not answer, the page says it.

    Only those who may edit, and so may see every model, see what else is in the database.
    """
    try:
        if _readable_once() or not login.is_inside() or not session.is_database_quick():
            return
        it = _diagnosis()
    except MonitorError:
        return
    if it is None:
        _readable_once().add(True)
    else:
        _show(it if login.may_edit() else it.of_this_collection)


@session.cached_resource(show_spinner=False)
def _readable_once() -> set[bool]:
    """Return whether predictions of the model could ever be read: as a set, which is empty until then."""
    return set()


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def _diagnosis() -> Diagnosis | None:
    return diagnose(session.store(), session.places_of_models())


def _show(it: Diagnosis) -> None:
    st.warning(plain(" ".join(it.sentences)))
    if it.document:
        with st.expander("A document, and settings that would read it" if it.proposal else "A document"):
            st.caption(f"A document of {plain(it.of)}, without secrets and with long values cut.")
            st.code(it.document, language="json")
            if it.proposal:
                _show_proposal(it.proposal)


def _show_proposal(proposal: Proposal) -> None:
    st.markdown(plain(PASTE))
    st.code(proposal.toml, language="toml")
    st.code(proposal.variables, language="bash")
