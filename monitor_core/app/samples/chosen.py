"""The samples that a visitor has chosen, on one page of the gallery or several: exported and tagged together."""

from datetime import UTC, datetime

import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.login import may_edit, who
from monitor_core.app.frame.text import plain
from monitor_core.app.samples import filters
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Sample
from monitor_core.contract.spreadsheets import BOM
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.filtering.tags import LONGEST_TAG, Tags
from monitor_core.mongo.sample_pages import Page, sample_token
from monitor_core.reports.export import FORMATS, pieces_of_samples

REFUSED = "tag refused"  # why, until the next run
TAG = "tag to change"


def samples() -> dict[bytes, Sample]:
    """Return the chosen samples by the keys of their ids, in the order in which they were chosen."""
    chosen: dict[bytes, Sample] = st.session_state.setdefault(state.CHOSEN_SAMPLES, {})
    return chosen


def checkbox(sample: Sample, number: int) -> None:
    """Show the box that chooses the sample of this number on the page; one without an id cannot be chosen."""
    key = f"choose {number} {sample_token(sample.id)}"  # in a view several samples may have one id
    st.session_state[key] = sample.id is not None and id_key(sample.id) in samples()
    st.checkbox(
        f"Select {plain(sample.file) or 'the sample'}",
        key=key,
        on_change=_turn,
        args=(sample,),
        disabled=sample.id is None,
        label_visibility="collapsed",
    )


def _turn(sample: Sample) -> None:
    key = id_key(sample.id)
    if samples().pop(key, None) is None:
        samples()[key] = sample


def actions(page: Page) -> None:
    """Show how many samples are chosen, and what can be done with them."""
    chosen = list(samples().values())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Select this page", on_click=_choose, args=(page.samples,), icon=":material/select_all:")
        if chosen:
            st.button("Clear the selection", on_click=samples().clear, icon=":material/deselect:")
            for kind, label in (("csv", "CSV"), ("parquet", "Parquet")):
                _download(chosen, kind, label)
            if may_edit():
                _tag_menu(chosen)
            st.caption(f"{wording.count(len(chosen), 'sample')} selected")
    if refused := st.session_state.pop(REFUSED, None):
        st.error(plain(refused))


def _choose(page: tuple[Sample, ...]) -> None:
    samples().update({id_key(sample.id): sample for sample in page if sample.id is not None})


def _download(chosen: list[Sample], kind: str, label: str) -> None:
    data = b"".join(pieces_of_samples(chosen, session.settings(), kind))
    st.download_button(
        f"{label} of the selected",
        BOM.encode() + data if kind == "csv" else data,
        f"selected-samples.{kind}",
        FORMATS[kind],
        on_click="ignore",
        icon=":material/download:",
    )


def _tag_menu(chosen: list[Sample]) -> None:
    with st.popover("Tag", icon=":material/sell:"):
        st.selectbox(
            "Tag",
            filters.tags_in_use(),
            index=None,
            key=TAG,
            accept_new_options=True,
            placeholder="Choose or type a tag",
            help=f"A tag has at most {LONGEST_TAG} characters. Tags are stored beside the predictions, for everybody.",
        )
        with st.container(horizontal=True):
            st.button("Add to the selected", on_click=_tag_all, args=(chosen, True))
            st.button("Remove from the selected", on_click=_tag_all, args=(chosen, False))


def _tag_all(chosen: list[Sample], adds: bool) -> None:
    change_tag(chosen, st.session_state.get(TAG) or "", adds)


def change_tag(of: list[Sample], tag: str, adds: bool) -> None:
    """Give a tag to samples, or take it away; use it in a callback. Without the right to, nothing happens."""
    if not may_edit():  # any more: a login ends while its page is open
        return
    tags, ids, by = Tags(session.store()), [sample.id for sample in of], who() or ""
    try:
        (tags.add if adds else tags.remove)(ids, tag, by, datetime.now(UTC))
    except MonitorError as wrong:
        st.session_state[REFUSED] = str(wrong)
    session.forget(filters.tags_in_use)
