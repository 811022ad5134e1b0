"""The Streamlit elements of the page Samples."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import errors, session
from monitor_core.app.frame import links as downloads
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import number_table
from monitor_core.app.frame.text import plain
from monitor_core.app.samples import chosen, viewer
from monitor_core.app.samples.captions import BADGES, badge
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import NOT_REVIEWED, Outcome, Sample, SampleFilter, Selection
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.sample_pages import PAGE, Page, Place, last_page, place_of
from monitor_core.mongo.samples import Search

ACROSS, NARROWEST = 6, 110  # of the gallery: columns, and pixels of one


def routes() -> list[Any]:
    """Return the server's routes besides the pages: the exports."""
    return downloads.routes(session.store_of, lambda: datetime.now(UTC))


def samples(search: Search) -> Page:
    """Return the page of samples named in the web address; without samples, say why and end the page."""
    try:
        place = _place(search)
    except MonitorError as wrong:
        st.warning(plain(str(wrong)))
        place = Place()
    page = search.page(place)
    if not page.samples and place != Place():
        page = search.page(Place())
    if not page.samples:
        st.info(_why_none(search))
        viewer.show_opened(search, None)
        errors.end_page()
    return page


def _place(search: Search) -> Place:
    """Return the position in the address, or the first page if the selection has changed."""
    of, _, token = st.query_params.get(viewer.PLACE, "").partition(".")
    return place_of(token) if of == _fingerprint(search) or not token else Place()


def _fingerprint(search: Search) -> str:
    choice = (session.model(), search.selection, search.filter, search.order)
    return hashlib.sha256(repr(choice).encode()).hexdigest()[:8]


def _why_none(search: Search) -> str:
    if empty := session.why_no_predictions():
        return empty
    asks_for_unreviewed = NOT_REVIEWED in (*search.filter.targets, search.filter.outcome)
    if asks_for_unreviewed and search.selection.basis == "validated":
        return (
            "Predictions that are not reviewed have no review day: choose prediction day as the date of a sample, in "
            "the sidebar."
        )
    return "No sample of the period matches the filters. Choose a longer period, or fewer filters."


def gallery(page: Page) -> None:
    """Show thumbnails of the page's samples, each with its outcome and a button that opens it."""
    tags = Tags(session.store()).read(sample.id for sample in page.samples)
    with st.grid(ACROSS, min_column_width=NARROWEST):
        for number, sample in enumerate(page.samples):
            with st.container(border=True, height="stretch", gap="xsmall"):
                _tile(sample, number, tags.get(id_key(sample.id), ()))


def _tile(sample: Sample, number: int, tags: tuple[str, ...]) -> None:
    viewer.thumbnail(sample)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        chosen.checkbox(sample, number)
        st.markdown(badge(sample.outcome))
    viewer.opener(sample, str(number))
    if tags:
        st.caption(f":material/sell: {plain(', '.join(tags))}")


def table(page: Page) -> None:
    """Show the page's samples as a table."""
    rows = pd.DataFrame([_row(sample) for sample in page.samples])
    alt = "The samples of this page: file, times, prediction, target, outcome, confidence, hours until the review"
    number_table(rows, alt, {"confidence": wording.percent, "hours until reviewed": "{:,.1f}".format})


def _row(sample: Sample) -> dict[str, Any]:
    name = session.settings().class_name
    return {
        "file": sample.file,
        "predicted": _local(sample.predicted_at),
        "reviewed": None if sample.outcome == NOT_REVIEWED else _local(sample.reviewed_at),
        "prediction": name(sample.prediction),
        "target": None if sample.target is None else name(sample.target),
        "outcome": sample.outcome,
        "confidence": sample.confidence,
        "hours until reviewed": sample.delay_hours,
    }


def _local(instant: datetime | None) -> str | None:
    return f"{instant.astimezone(session.settings().zone):%Y-%m-%d %H:%M:%S}" if instant else None


def counts(place: DeltaGenerator, search: Search, page: Page) -> None:
    """Show the number of samples, in all and of each outcome, and the position of the page."""
    outcomes = _outcomes_of(search, page)
    total = sum(outcomes.values())
    with place.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{wording.count(total, 'sample')}; page {_number(page, total):,} of {_pages(total):,}.", width="content"
        )
        badges = [badge(outcome, outcomes[outcome]) for outcome in BADGES if outcomes.get(outcome)]
        st.markdown(" ".join(badges), width="content")


def _outcomes_of(search: Search, page: Page) -> Mapping[Outcome, int]:
    """Return the number of samples of each outcome; if there is only this page, nobody has to look for others."""
    if page.before is None and page.after is None:
        return Counter(sample.outcome for sample in page.samples)
    return _outcomes(search.selection, search.filter)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE))


def _number(page: Page, total: int) -> int:
    return 1 if page.before is None else _pages(total) if page.after is None else page.place.number


def turn_pages(search: Search, page: Page) -> None:
    """Show links to other pages."""
    links = {
        "First": Place() if page.before else None,
        "Previous": page.before,
        "Next": page.after,
        "Last": last_page(sum(_outcomes(search.selection, search.filter).values())) if page.after else None,
    }
    with st.container(horizontal=True):
        for label, place in links.items():
            token = f"{_fingerprint(search)}.{place.token()}" if place else ""
            st.button(label, disabled=place is None, on_click=_turn, args=(token,))


def _turn(token: str) -> None:
    st.query_params[viewer.PLACE] = token


@session.cached(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _outcomes(selection: Selection, narrowed_by: SampleFilter) -> dict[Outcome, int]:
    return Search(session.store(), selection, narrowed_by).outcomes()


def export(search: Search) -> None:
    """Offer all samples of the search as files."""
    row = st.container(horizontal=True)
    now = datetime.now(UTC)
    for kind, label in (("csv", "CSV"), ("parquet", "Parquet"), ("txt", "Image list")):
        row.link_button(label, downloads.link(search, kind, now), icon=":material/download:")
    st.caption(
        "The files hold all samples that match the filters, by time; the image list has a line class/file for each "
        "sample whose true class is known. On the page, sorting by time is fastest; other orders read the keys of all "
        "matching samples."
    )
