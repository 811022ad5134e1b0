"""The opened sample: its image as large as the screen allows, its fields, and the samples beside it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.login import may_edit
from monitor_core.app.frame.text import plain
from monitor_core.app.samples import answers, chosen, filters, images
from monitor_core.app.samples.captions import badge, sample_in_short, short_name
from monitor_core.contract.selection import Sample
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.filtering.tags import LONGEST_TAG, Tags
from monitor_core.mongo.sample_pages import Page, sample_id_of, sample_token
from monitor_core.mongo.samples import Search

OPENED, PLACE = state.SAMPLE, state.SAMPLES_PAGE  # in the address: the opened sample, and the page of the gallery
LONGEST_VALUE = 2000  # characters shown
ROW_PIXELS, MOST_PIXELS = 35, 460  # of the table of fields
FITS = """
[role="dialog"] [data-testid="stImage"] img {
  max-height: min(66vh, 900px); width: auto !important; max-width: 100%; object-fit: contain; margin: 0 auto; }
[role="dialog"] [data-testid="stImageContainer"] { justify-content: center; }
@media (max-width: 640px) { [role="dialog"] [data-testid="stImage"] img { max-height: 42vh; } }
"""


def opens(sample_id: Any) -> None:
    """Open a sample, by writing it into the address; use it in a callback."""
    st.query_params[OPENED] = sample_token(sample_id)


def _close() -> None:
    st.query_params.pop(OPENED, None)


def show_opened(search: Search, page: Page | None) -> None:
    """Show the sample that the address names until it is closed; the samples of the gallery's page are beside it."""
    if OPENED in st.query_params:
        st.dialog("Sample", width="large", on_dismiss=_close)(_show)(search, page)


def _show(search: Search, page: Page | None) -> None:
    """Show the sample, in a run of its own: the page behind it stays as it is."""
    token = st.query_params.get(OPENED)
    if token is None:
        st.rerun()
    sample_id = sample_id_of(token)
    document = None if sample_id is None else session.store().predictions.read(sample_id)
    if document is None:
        st.info("The address names no sample of this collection. It may have been removed in the meantime.")
        return
    st.html(f"<style>{FITS}</style>")
    sample = search.read(sample_id)
    _steps(search, page, sample_id, sample)
    left, right = st.columns([3, 2])
    with left:
        if sample:
            thumbnail(sample, images.LARGE)
    with right:
        if sample:
            st.markdown(f"**{plain(sample.file) or 'no file name'}**")
            st.markdown(f"{badge(sample.outcome)} {plain(sample_in_short(sample))}")
            _tags(sample)
        answers.answers_of_opened(document)
        _fields(document)


def thumbnail(sample: Sample, pixels: int = images.SMALL) -> None:
    """Show the sample's image, or why there is none."""
    image = images.small(session.settings(), sample.file, pixels)
    if isinstance(image, bytes):
        words = f"{sample.file}: {sample_in_short(sample)}"
        st.image(image, width="stretch" if pixels == images.SMALL else "content", alt=words)
    else:
        st.markdown(f":material/hide_image: *{image.label}* {plain(sample.file)}", help=image.sentence)


def opener(sample: Sample, key: str) -> None:
    """Show a button with the sample's name that opens it, and what the model and people say of it."""
    st.button(
        short_name(sample),
        key=f"open {key}",
        on_click=opens,
        args=(sample.id,),
        disabled=sample.id is None,
        type="tertiary",
        width="stretch",
    )
    st.caption(plain(sample_in_short(sample)))


def _steps(search: Search, page: Page | None, sample_id: Any, sample: Sample | None) -> None:
    """Show the buttons to the samples beside this one, to those like it, and its address."""
    before, after = (_beside(search, page, sample_id, step) for step in (-1, 1))
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, other, key in (("Previous", before, "Left"), ("Next", after, "Right")):
            st.button(
                label,
                key=f"{label} sample",
                on_click=opens,
                args=(other,),
                disabled=other is None,
                shortcut=key,
                help=f"Key: {'←' if key == 'Left' else '→'}. In the order of the gallery, with its filters.",
            )
        if sample and st.button(
            "More like this",
            icon=":material/image_search:",
            help="All samples of the period with the same target and prediction.",
        ):
            filters.set_alike(sample)
            st.rerun()
        with st.popover("Link", icon=":material/link:"):
            st.caption("This address opens the sample, with the filters as they are.")
            st.code(_address(), language=None, wrap_lines=True)


def _beside(search: Search, page: Page | None, sample_id: Any, step: int) -> Any:
    """Return the id of the sample before or after in the order of the gallery; None at its ends."""
    ids = [sample.id for sample in page.samples] if page else []
    keys = [id_key(other) for other in ids]
    if page and id_key(sample_id) in keys:
        place = keys.index(id_key(sample_id)) + step
        if 0 <= place < len(ids):
            return ids[place]
        if (page.before if step < 0 else page.after) is None:
            return None
    other = search.beside(sample_id, step)
    return other.id if other else None


def _address() -> str:
    names = {name: st.query_params.get_all(name) for name in st.query_params}
    return f"{(st.context.url or '').partition('?')[0]}?{urlencode(names, doseq=True)}"


def _tags(sample: Sample) -> None:
    """Show the sample's tags; those who may edit change them."""
    tags = Tags(session.store()).read([sample.id]).get(id_key(sample.id), ())
    if not may_edit():
        st.caption(f"Tags: {plain(', '.join(tags))}" if tags else "No tags")
        return
    key = f"tags of {sample_token(sample.id)}"
    st.session_state[key] = list(tags)
    st.multiselect(
        "Tags",
        sorted({*filters.tags_in_use(), *tags}),
        key=key,
        accept_new_options=True,
        placeholder="none; choose or type a tag",
        help=f"A tag has at most {LONGEST_TAG} characters. Tags are stored beside the predictions, for everybody.",
        on_change=_change_tags,
        args=(sample, key, tags),
    )
    if refused := st.session_state.pop(chosen.REFUSED, None):
        st.error(plain(refused))


def _change_tags(sample: Sample, key: str, before: tuple[str, ...]) -> None:
    """Store what differs from the tags that were shown: others may have changed further ones in the meantime."""
    now = st.session_state[key]
    for tag in [tag for tag in now if tag not in before]:
        chosen.change_tag([sample], tag, adds=True)
    for tag in [tag for tag in before if tag not in now]:
        chosen.change_tag([sample], tag, adds=False)


def _fields(document: dict[str, Any]) -> None:
    rows = pd.DataFrame([{"field": name, "value": _as_text(value)} for name, value in document.items()])
    height = min(ROW_PIXELS * (len(rows) + 1) + 3, MOST_PIXELS)
    st.dataframe(rows, hide_index=True, width="stretch", height=height, alt="The fields of the sample's document")


def _as_text(value: Any) -> str:
    text = value.astimezone(session.settings().zone).isoformat() if isinstance(value, datetime) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"
