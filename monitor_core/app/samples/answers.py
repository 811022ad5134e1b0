"""The buttons, with keys, that confirm, correct or reject a prediction, and what a press of them writes."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.login import LONGEST_NAME, may_edit, pick_name, who
from monitor_core.app.frame.text import plain
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.mongo.reviewing.rights import why_not_reviewed
from monitor_core.mongo.reviewing.snapshots import Snapshot, snapshot_of
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.sample_pages import sample_token

CONFIRM, REJECT, UNDO, SKIP = "Y", "X", "U", "S"  # keys; Streamlit refuses C and R
MOST_KEYS = 10  # classes that have a key each
DAYS_BEFORE = 60  # whose classes can be given, if none are configured
REVIEWER_NAME, REMEMBERED_NAME = "name of the reviewer", "remembered name of the reviewer"
OPENED_ANSWER, OPENED_NOTICE = "answer of the opened sample", "notice of the opened sample"
Answer = Callable[[Snapshot, int | None], None]  # what is called with the class, or None for a rejection


def may_review() -> bool:
    """Return whether the visitor may review in the app; a login may have ended while its page is open."""
    return session.settings().reviewing and may_edit()


@session.cached(ttl=60, show_spinner=False)
def hindrance() -> str | None:
    """Return why nobody can review in the app, such as a right that the database user lacks."""
    return why_not_reviewed(session.store())


@session.cached_resource(ttl=600, show_spinner=False)
def reviewer() -> Reviewer:
    """Return what writes the reviews."""
    return Reviewer(session.store())


def name_of_reviewer() -> str:
    """Return the name that the log gets: that of the login; without one, what was typed, which may be nothing."""
    return who() or str(st.session_state.get(REVIEWER_NAME) or "").strip()[:LONGEST_NAME]


def ask_name() -> None:
    """Show whose name the log gets; without a login it is typed, once for all pages of the session."""
    if REVIEWER_NAME not in st.session_state:
        st.session_state[REVIEWER_NAME] = st.session_state.get(REMEMBERED_NAME, "")
    st.session_state[REMEMBERED_NAME] = pick_name(REVIEWER_NAME)


def answer_buttons(snapshot: Snapshot, answer: Answer) -> None:
    """Show the buttons of one prediction; their keys have its id, so that none is taken for another's."""
    sample, token = snapshot.sample, sample_token(snapshot.sample.id)
    names = _classes(sample.prediction)
    with st.container(horizontal=True, gap="small"):
        predicted = plain(session.settings().class_name(sample.prediction))
        _button(f"Confirm {predicted}", CONFIRM, token, answer, (snapshot, sample.prediction), is_main=True)
        # Where false is a class it rejects nothing.
        if not session.settings().boolean_classes:
            _button("Reject", REJECT, token, answer, (snapshot, None))
    keys = keys_of_classes(names)
    with st.container(horizontal=True, gap="small"):
        for label, key in keys.items():
            _button(plain(names[label]), key, token, answer, (snapshot, label))
    if not keys:
        chosen = f"class of {token}"
        st.selectbox(
            "Correct: type a part of the class",
            list(names),
            index=None,
            format_func=names.__getitem__,
            key=chosen,
            placeholder="class",
            on_change=_choose,
            args=(chosen, answer, snapshot),
        )


def _button(
    label: str, key: str, token: str, answer: Answer, given: tuple[Snapshot, int | None], is_main: bool = False
) -> None:
    st.button(
        label,
        key=f"{key} {token}",
        shortcut=key,
        on_click=answer,
        args=given,
        type="primary" if is_main else "secondary",
    )


def _choose(key: str, answer: Answer, snapshot: Snapshot) -> None:
    label = st.session_state.get(key)
    if label is not None:
        answer(snapshot, label)


def keys_of_classes(labels: Collection[int]) -> dict[int, str]:
    """Return the key of each class: its number if it is a digit, else its place; none if there are too many.

    >>> keys_of_classes([0, 1, 7]), keys_of_classes([3, 12])
    ({0: '0', 1: '1', 7: '7'}, {3: '1', 12: '2'})
    """
    if len(labels) > MOST_KEYS:
        return {}
    if all(0 <= label <= 9 for label in labels):
        return {label: str(label) for label in labels}
    return {label: str((place + 1) % 10) for place, label in enumerate(labels)}


def _classes(prediction: int) -> dict[int, str]:
    """Return the classes that a reviewer can give, by number: those of the settings, or else of the last two months."""
    settings = session.settings()
    labels = {*(settings.class_names or _recent_labels(session.today())), prediction}
    return {label: settings.class_name(label) for label in sorted(labels)}


@session.cached(ttl=600, max_entries=4, show_spinner=False)
def _recent_labels(today: date) -> list[int]:
    days = Selection(Period(today - timedelta(days=DAYS_BEFORE), today), "predicted")
    return [label for label in session.store().counts.of(days).confusion.labels if label >= 0]


# ---- the opened sample


def answers_of_opened(document: dict[str, Any]) -> None:
    """Show the buttons for the opened sample; nothing where this visitor does not review in the app."""
    if not may_review():
        return
    try:
        snapshot = snapshot_of(document, session.settings())
        hindered = hindrance()
    except MonitorError as wrong:
        snapshot, hindered = None, str(wrong)
    if hindered:
        st.caption(plain(hindered))
    if hindered or snapshot is None or snapshot.sample.id is None:
        return
    answer_buttons(snapshot, _answer_opened)
    entry_id, token = st.session_state.get(OPENED_ANSWER, ("", ""))
    if entry_id and token == sample_token(snapshot.sample.id):
        st.button("Undo", key=f"undo {entry_id}", shortcut=UNDO, on_click=_undo_opened, args=(entry_id,))
    if notice := st.session_state.pop(OPENED_NOTICE, None):
        st.warning(plain(notice), icon=":material/group:")
    ask_name()


def _answer_opened(snapshot: Snapshot, target: int | None) -> None:
    """Write the answer, unless another sample has been opened since the button was shown."""
    token = sample_token(snapshot.sample.id)
    if st.query_params.get(state.SAMPLE) != token or not may_review():
        return
    try:
        entry = reviewer().review(snapshot, target, name_of_reviewer())
        st.session_state[OPENED_ANSWER] = entry.id, token
    except MonitorError as wrong:
        st.session_state[OPENED_NOTICE] = str(wrong)
        session.forget(hindrance)


def _undo_opened(entry_id: str) -> None:
    if not may_review() or st.session_state.get(OPENED_ANSWER, ("", ""))[0] != entry_id:
        return
    del st.session_state[OPENED_ANSWER]
    try:
        reviewer().undo(entry_id, name_of_reviewer())
    except MonitorError as wrong:
        st.session_state[OPENED_NOTICE] = str(wrong)
