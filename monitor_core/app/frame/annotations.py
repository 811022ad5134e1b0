"""Annotations on each chart over time, and the menu to add and remove one."""

from datetime import date
from typing import get_args

import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.login import may_edit, pick_name, tell_viewer
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.annotations import Annotation, AnnotationKind, Annotations

LONGEST_TEXT = 500
MOST_LISTED = 20  # in the menu, the newest of the period


def of_period(period: Period) -> list[Annotation]:
    return [annotation for annotation in read() if period.first <= annotation.day <= period.last]


def annotations_in_words(annotations: list[Annotation]) -> str:
    return "; ".join(map(str, annotations))


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def read() -> list[Annotation]:
    return Annotations(session.store()).read()


def menu() -> None:
    """Show the selection's annotations in the sidebar, and a form to add one."""
    annotations = of_period(state.selection().period)
    count = f" ({len(annotations)})" if annotations else ""
    with st.sidebar, st.popover(f"Annotations{count}", icon=":material/flag:", width="stretch"):
        for annotation in reversed(annotations[-MOST_LISTED:]):
            _row(annotation)
        if not annotations:
            st.caption("None in this period. Deployments, retrainings and notes are marked on every chart over time.")
        if may_edit():
            _form()
        else:
            tell_viewer()


def _row(annotation: Annotation) -> None:
    left, right = st.columns([5, 2], vertical_alignment="center")
    text = f": {plain(annotation.text)}" if annotation.text else ""
    left.markdown(f"**{wording.day(annotation.day)}** {annotation.kind}{text}")
    left.caption(plain(annotation.by))
    if may_edit():
        name = f"Remove {annotation.kind} of {wording.day(annotation.day)}"
        key, remove = f"remove {annotation.id}", (annotation.id,)
        right.button("Remove", key=key, help=name, on_click=_remove, args=remove, type="tertiary")


def _remove(annotation_id: str) -> None:
    if not may_edit():  # any more: a login ends while its page is open
        return
    try:
        Annotations(session.store()).remove(annotation_id)
    except MonitorError as wrong:
        st.session_state[state.ANNOTATION_REFUSED] = str(wrong)
    session.forget(read)


def _form() -> None:
    refused = st.session_state.pop(state.ANNOTATION_REFUSED, None)
    with st.form("annotate", border=False, clear_on_submit=False):
        today = session.today()
        day = st.date_input("Day", today, min_value=FIRST_DAY, format="YYYY-MM-DD", key="annotated day")
        kind = st.selectbox("Kind", get_args(AnnotationKind), key="annotated kind")
        text = st.text_input("What happened", key="annotated text", max_chars=LONGEST_TEXT)
        by = pick_name("who annotates")
        pressed = st.form_submit_button("Annotate")
    if pressed:
        try:
            _add(kind, day, text, by)
        except MonitorError as wrong:
            refused = str(wrong)
    if refused:
        st.error(plain(refused))
    elif pressed:
        st.rerun()


def _add(kind: str, day: date | None, text: str, by: str) -> None:
    if not by.strip():
        raise MonitorError("Enter your name: it is stored with the annotation.")
    if day is None:
        raise MonitorError("Choose the day.")
    store = session.store()
    Annotations(store).add(kind, day, text.strip(), by.strip(), store.now())
    session.forget(read)
