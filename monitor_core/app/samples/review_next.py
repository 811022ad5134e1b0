"""The page Review next: the audit and the most informative predictions, as images with the reason for each."""

from dataclasses import replace
from datetime import date

import streamlit as st

from monitor_core.app.frame import errors, session, state
from monitor_core.app.frame.login import may_edit, pick_name, tell_viewer, who
from monitor_core.app.frame.text import plain, selection_in_words
from monitor_core.app.samples import reviewing, viewer
from monitor_core.app.samples.parts import ACROSS, NARROWEST
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.spreadsheets import BOM
from monitor_core.mongo.sample_pages import PAGE, Page, Place
from monitor_core.mongo.samples import Search
from monitor_core.reports import performance
from monitor_core.reports.queue import review_next
from monitor_core.reports.queue.audit import LARGEST_SHARE, change_share, plan_in_words
from monitor_core.reports.queue.formats import QUEUE_FORMATS
from monitor_core.reports.queue.informative import QueueEntry
from monitor_core.reports.queue.review_next import AUDIT, INFORMATIVE, ReviewQueue

REFUSED = "audit refused"  # why, until the next run
SHARE, SINCE, WHO = "audit share", "audit since", "who sets the audit"
FIRST_PERCENT = 5.0  # of the predictions, that the form proposes
FILES = {
    "csv": "CSV",
    "label-studio": "Label Studio, tasks",
    "label-studio-config": "Label Studio, labelling interface",
    "fiftyone": "FiftyOne",
    "coco": "COCO Camera Traps",
}
TITLES = {
    AUDIT: ("Audit", "Drawn by chance, so that they stand for all predictions; the oldest come first."),
    INFORMATIVE: (
        "Most informative",
        "Chosen, so that they say nothing about all predictions: what the model is unsure of, what is rarely reviewed, "
        "what has become more frequent, and reviews that contradict a very confident model, in turn.",
    ),
}


def queue_of_period() -> ReviewQueue:
    """Return the queue of the period, by prediction day; without predictions, say why and end the page."""
    selection = replace(state.selection(), basis="predicted")
    if state.shows_all_days():
        whole = performance.whole_period(session.store(), "predicted", selection.period.last)
        selection = replace(selection, period=whole)
    queue = reviewing.queue_of(selection)
    named = selection_in_words(queue.audit.selection)
    st.caption(f"Predictions {named} that people should review next, in two lists for two purposes.")
    if empty := session.why_no_predictions():
        st.info(empty)
        errors.end_page()
    return queue


def review_list(queue: ReviewQueue) -> None:
    """Show the image that is to be reviewed, and end the page, while this session reviews a list."""
    if reviewing.is_reviewing():
        reviewing.show_sitting(queue)
        errors.end_page()


def tell_audit(queue: ReviewQueue) -> None:
    """Say what the audit draws, how much of it waits, and the accuracy estimated from it."""
    audit = queue.audit
    if audit.accuracy is None:
        st.info(
            "No audit is in force. An audit draws a share of the predictions by chance; once these are reviewed, the "
            "accuracy over all predictions is known, whatever else people choose to review."
        )
        return
    waiting = f"{wording.count(len(audit.waiting), 'prediction')} of the {audit.drawn:,} that it drew in the period"
    are = "waits" if len(audit.waiting) == 1 else "wait"
    st.markdown(plain(f"{plan_in_words(audit.plans[-1])} {waiting} {are} for review. {audit.accuracy.sentence}"))


def queue_actions(queue: ReviewQueue) -> None:
    """Show the form that changes the audit's share, and the files of the queue."""
    with st.container(horizontal=True):
        with st.popover("Audit", icon=":material/casino:"):
            if may_edit():
                _form(queue)
            else:
                tell_viewer()
        with st.popover("Export", icon=":material/download:"):
            _files(queue)
        for name, (title, _) in TITLES.items():
            if name != AUDIT or queue.audit.in_force:
                reviewing.begin_button(queue, name, title)
    if refused := st.session_state.pop(REFUSED, None):
        st.error(plain(refused))


def _form(queue: ReviewQueue) -> None:
    with st.form("audit", border=False):
        now = 100 * queue.audit.plans[-1].share if queue.audit.in_force else FIRST_PERCENT
        most = 100 * LARGEST_SHARE
        st.number_input("Share of the predictions, in %", 0.0, most, now, 1.0, key=SHARE, help="0 ends the audit.")
        st.date_input(
            "First prediction day",
            None,
            format="YYYY-MM-DD",
            key=SINCE,
            help="Empty: today or, where an audit is in force, tomorrow. A past day only if it had no audit: then what "
            "was predicted since is drawn as well.",
        )
        pick_name(WHO)
        st.form_submit_button("Set", on_click=_change)


def _change() -> None:
    if not may_edit():  # any more: a login ends while its page is open
        return
    share, since, by = (st.session_state.get(key) for key in (SHARE, SINCE, WHO))
    try:
        day = since if isinstance(since, date) else None
        change_share(session.store(), float(share or 0) / 100, who() or str(by or "").strip(), session.now(), day)
    except MonitorError as wrong:
        st.session_state[REFUSED] = str(wrong)
    session.forget(reviewing.queue_of)


def _files(queue: ReviewQueue) -> None:
    for kind, label in FILES.items():
        name, make = QUEUE_FORMATS[kind]
        text = make(queue, session.settings())
        data = (BOM + text if kind == "csv" else text).encode("utf-8", "replace")
        st.download_button(label, data, name, key=f"queue {kind}", on_click="ignore", type="tertiary")
    st.caption("Each file has both lists. How the tools read them: docs/reviewing.md.")


def show_lists(queue: ReviewQueue) -> None:
    """Show the images of both lists, each with its reason and a button that opens it."""
    for name, (title, purpose) in TITLES.items():
        entries = queue.lists[name]
        if name == AUDIT and not queue.audit.in_force:
            continue
        st.subheader(title)
        st.caption(purpose)
        if not entries:
            st.success("Nothing waits in this list.", icon=":material/check_circle:")
        with st.grid(ACROSS, min_column_width=NARROWEST):
            for number, entry in enumerate(entries[:PAGE]):
                with st.container(border=True, height="stretch", gap="xsmall"):
                    _tile(entry, f"{name} {number}")
        number = len(queue.audit.waiting) if name == AUDIT else len(entries)
        if number > PAGE:
            st.caption(f"The first {PAGE} of {number:,}; the files have up to {review_next.MOST_ENTRIES:,}.")


def _tile(entry: QueueEntry, key: str) -> None:
    sample = entry.sample
    viewer.thumbnail(sample)
    viewer.opener(sample, key)
    for reason in entry.reasons:
        st.caption(plain(f"{reason[:1].upper()}{reason[1:]}."))


def show_queued(queue: ReviewQueue) -> None:
    """Show the sample that the address names; those of its list are beside it."""
    search = Search(session.store(), queue.audit.selection)
    samples = tuple(entry.sample for entries in queue.lists.values() for entry in entries[:PAGE])
    viewer.show_opened(search, Page(samples, Place(), None, None))
