"""Reviewing of a list by keyboard: one image after the other, which nobody else has on the screen meanwhile."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from monitor_core.app.frame import errors, session
from monitor_core.app.frame.login import who
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.app.samples import answers, images, viewer
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError, ReviewedMeanwhile
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.reviewing.holds import RENEWED_EVERY, Holds
from monitor_core.mongo.reviewing.snapshots import Snapshot
from monitor_core.mongo.sample_pages import sample_token
from monitor_core.reports.queue.review_next import AUDIT, ReviewQueue, review_queue
from monitor_core.reports.queue.second_opinions import ToReview, is_as_listed, to_review

SITTING = "sitting"
FETCHED_AHEAD = 3  # images
STYLE = """
.st-key-reviewed-image img { max-height: min(58vh, 640px); width: auto !important; max-width: 100%;
  object-fit: contain; margin: 0 auto; }
.st-key-next-images { display: none; }
@media (max-width: 640px) { .st-key-reviewed-image img { max-height: 34vh; } }
"""


@dataclass
class Sitting:
    """The list that a session reviews, and the place in it."""

    model: str
    selection: Selection
    name: str  # of the list
    title: str
    listed: tuple[ToReview, ...] = ()
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    place: int = 0
    snapshot: Snapshot | None = None  # of the image on the screen; None: there is no further one
    answered: list[tuple[str, int]] = field(default_factory=list)  # entries of the log with their places, to undo
    notice: str = ""


@session.cached(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def queue_of(selection: Selection) -> ReviewQueue:
    """Return the review queue of a selection."""
    return review_queue(session.store(), selection, session.now())


def _holds() -> Holds:
    return Holds(session.store())


def is_reviewing() -> bool:
    """Return whether this session reviews a list of its model."""
    sitting = st.session_state.get(SITTING)
    return isinstance(sitting, Sitting) and sitting.model == session.model() and answers.may_review()


def begin_button(queue: ReviewQueue, name: str, title: str) -> None:
    """Show the button that begins to review a list; nothing unless people review in the app."""
    if answers.may_review() and (queue.lists[name] or name == AUDIT):
        st.button(
            f"Review: {title.lower()}",
            key=f"review {name}",
            icon=":material/keyboard:",
            on_click=_begin,
            args=(queue, name, title),
        )


def _begin(queue: ReviewQueue, name: str, title: str) -> None:
    if not answers.may_review():
        return
    _end()
    sitting = Sitting(session.model(), queue.audit.selection, name, title)
    st.session_state[SITTING] = sitting
    try:
        sitting.listed = to_review(session.store(), queue, name, who(), session.now())
        answers.reviewer().settle()
    except MonitorError as wrong:
        sitting.notice = str(wrong)
    else:
        _go_on(sitting, 0)


def _end() -> None:
    """Release the image and forget the list."""
    sitting = st.session_state.pop(SITTING, None)
    if isinstance(sitting, Sitting) and sitting.model == session.model():
        with suppress(MonitorError):  # then the hold expires
            _release(sitting)
    session.forget(queue_of)


def show_sitting(queue: ReviewQueue) -> None:
    """Show the image that is to be reviewed, with the keys; the list of another period is left for this one's."""
    sitting: Sitting = st.session_state[SITTING]
    if sitting.selection != queue.audit.selection:
        _begin(queue, sitting.name, sitting.title)
        sitting = st.session_state[SITTING]
    st.html(f"<style>{STYLE}</style>")
    if sentence := answers.hindrance():
        st.warning(plain(sentence))
        st.button("Back to the lists", on_click=_end)
        return
    if sitting.snapshot and not _holds().take(sitting.snapshot.sample.id, sitting.holder):  # any more
        sitting.snapshot = None
        _go_on(sitting, sitting.place + 1)
    _panel()
    _keep_hold()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Back to the lists", on_click=_end, icon=":material/arrow_back:")
        answers.ask_name()


@st.fragment(run_every=RENEWED_EVERY)
def _keep_hold() -> None:
    """Renew the hold while the image is on the screen; if it was lost, as while the computer slept, go on."""
    sitting = st.session_state.get(SITTING)
    if not isinstance(sitting, Sitting) or sitting.snapshot is None:
        return
    with suppress(MonitorError):  # without an answer of the database nothing can be reviewed anyway
        if not _holds().take(sitting.snapshot.sample.id, sitting.holder):
            st.rerun()


@st.fragment
def _panel() -> None:
    sitting = st.session_state.get(SITTING)
    if not isinstance(sitting, Sitting):
        st.rerun()
    with errors.explained():
        _show_panel(sitting)


def _show_panel(sitting: Sitting) -> None:
    with st.container():  # always there, so that with a notice the image and its buttons stay at their places
        if sitting.notice:
            st.warning(plain(sitting.notice), icon=":material/group:")
    if sitting.snapshot is None:
        st.success("Nothing more waits in this list, except what others have on the screen.")
        _undo_button(sitting)
        return
    of = sitting.listed[sitting.place]
    _image_with_answers(sitting, of, sitting.snapshot)
    with st.container(key="next-images"):
        for following in sitting.listed[sitting.place + 1 :][:FETCHED_AHEAD]:
            viewer.thumbnail(following.entry.sample, images.LARGE)


def _image_with_answers(sitting: Sitting, of: ToReview, snapshot: Snapshot) -> None:
    sample = of.entry.sample
    left, right = st.columns([3, 2])
    with left, st.container(key="reviewed-image"):
        viewer.thumbnail(sample, images.LARGE)
    with right:
        st.caption(f"{sitting.title}, {sitting.place + 1:,} of {len(sitting.listed):,}")
        confidence = "" if sample.confidence is None else f", with a confidence of {wording.percent(sample.confidence)}"
        st.markdown(f"Predicted **{plain(session.settings().class_name(sample.prediction))}**{confidence}")
        answers.answer_buttons(snapshot, _answer)
        with st.container(horizontal=True, gap="small"):
            token = sample_token(sample.id)
            st.button("Skip", key=f"skip {token}", shortcut=answers.SKIP, on_click=_skip, args=(snapshot,))
            _undo_button(sitting)
        reasons = ". ".join(f"{reason[:1].upper()}{reason[1:]}" for reason in of.entry.reasons)
        st.caption(plain(f"{sample.file or 'no file name'}. {reasons}."))


def _undo_button(sitting: Sitting) -> None:
    last = sitting.answered[-1][0] if sitting.answered else ""
    key = f"undo {last}"
    st.button("Undo", key=key, shortcut=answers.UNDO, on_click=_undo, args=(last,), disabled=not last)


# ---- the callbacks: each does nothing if its image is not on the screen any more


def _on_the_screen(snapshot: Snapshot) -> Sitting | None:
    sitting = st.session_state.get(SITTING)
    if not isinstance(sitting, Sitting) or sitting.snapshot is None or not answers.may_review():
        return None
    return sitting if id_key(sitting.snapshot.sample.id) == id_key(snapshot.sample.id) else None


def _answer(snapshot: Snapshot, target: int | None) -> None:
    sitting = _on_the_screen(snapshot)
    if sitting is None:
        return
    sitting.notice, place = "", sitting.place
    try:
        first = sitting.listed[place].first
        entry = answers.reviewer().review(snapshot, target, answers.name_of_reviewer(), first)
        sitting.answered.append((entry.id, place))
    except ReviewedMeanwhile as faster:
        sitting.notice = str(faster)
    except MonitorError as wrong:
        sitting.notice = str(wrong)
        session.forget(answers.hindrance)
        return
    _go_on(sitting, place + 1)


def _skip(snapshot: Snapshot) -> None:
    if sitting := _on_the_screen(snapshot):
        sitting.notice = ""
        _go_on(sitting, sitting.place + 1)


def _undo(entry_id: str) -> None:
    sitting = st.session_state.get(SITTING)
    if not isinstance(sitting, Sitting) or not answers.may_review():
        return
    if not sitting.answered or sitting.answered[-1][0] != entry_id:
        return
    _, place = sitting.answered.pop()
    sitting.notice = ""
    try:
        answers.reviewer().undo(entry_id, answers.name_of_reviewer())
    except MonitorError as wrong:
        sitting.notice = str(wrong)
        return
    _go_on(sitting, place)


def _go_on(sitting: Sitting, place: int) -> None:
    """Release the image on the screen, and take the first from this place on that nobody has, nor has reviewed."""
    try:
        _release(sitting)
        for following in range(place, len(sitting.listed)):
            sitting.place = following
            sitting.snapshot = _taken(sitting, sitting.listed[following])
            if sitting.snapshot:
                return
    except MonitorError as wrong:
        sitting.notice = str(wrong)


def _release(sitting: Sitting) -> None:
    snapshot, sitting.snapshot = sitting.snapshot, None
    if snapshot:
        _holds().release(snapshot.sample.id, sitting.holder)


def _taken(sitting: Sitting, of: ToReview) -> Snapshot | None:
    sample_id: Any = of.entry.sample.id
    if sample_id is None or not _holds().take(sample_id, sitting.holder):
        return None
    snapshot = answers.reviewer().read(sample_id)
    if snapshot and is_as_listed(of, snapshot.sample, snapshot.held):
        return snapshot
    _holds().release(sample_id, sitting.holder)
    return None
