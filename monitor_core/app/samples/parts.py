"""The Streamlit elements of the page Samples."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any, cast

import pandas as pd
import streamlit as st

from monitor_core.app.frame import errors, scores, session, state
from monitor_core.app.frame import links as downloads
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import number_table
from monitor_core.app.frame.text import plain
from monitor_core.app.samples import images
from monitor_core.contract import wording
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.documents import CONFIDENCE_BINS, PLAIN, TOGETHER
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import (
    NOT_REVIEWED,
    ORDERS,
    OUTCOMES,
    REJECTED,
    Outcome,
    Sample,
    SampleFilter,
    Selection,
    Target,
)
from monitor_core.mongo.sample_pages import PAGE, Page, Place, last_page, place_of
from monitor_core.mongo.samples import Search

ANY = "any"
ACROSS, NARROWEST = 6, 110  # of the gallery: columns, and pixels of one
FOLLOWED = "at"  # the page of the gallery, in the address
LONGEST_NAME, LONGEST_VALUE = 28, 2000  # characters shown


def routes() -> list[Any]:
    """Return the server's routes besides the pages: the exports."""
    return downloads.routes(session.store_of, lambda: datetime.now(UTC))


# ---- what is asked for


def pick_samples() -> Search:
    """Show the filters and return the search; the web address holds them, so that clicks and links set them too."""
    names = _class_names()
    places = st.grid(3, min_column_width=190)
    target = places.selectbox(
        "Target (true class)", [ANY, *names, REJECTED, NOT_REVIEWED], key="target", bind="query-params"
    )
    prediction = places.selectbox("Prediction", [ANY, *names], key="prediction", bind="query-params")
    outcome = places.selectbox(
        "Outcome",
        [ANY, *OUTCOMES],
        key="outcome",
        bind="query-params",
        help="Wrong: the target is another class, or the prediction was rejected.",
    )
    day = places.date_input(
        "Day",
        value=None,
        min_value=FIRST_DAY,
        max_value=max(session.today(), FIRST_DAY),
        format="YYYY-MM-DD",
        key="day",
        bind="query-params",
    )
    confidence = places.slider(
        "Confidence",
        0.0,
        1.0,
        (0.0, 1.0),
        step=1 / CONFIDENCE_BINS,
        format="percent",
        key="confidence",
        bind="query-params",
        help="The lowest and the highest confidence. The full range includes predictions without a confidence.",
    )
    order = places.selectbox("Order", list(ORDERS), key="order", bind="query-params")
    chosen = SampleFilter(
        cast(Target, target) if target in (REJECTED, NOT_REVIEWED) else names.get(str(target)),
        names.get(str(prediction)),
        None if outcome == ANY else cast(Outcome, outcome),
        _bins(confidence),
    )
    return Search(session.store(), _selection(day), chosen, str(order))


def _class_names() -> dict[str, int]:
    """Return the labels by class name: named classes, occurring ones, and those given by number in the address."""
    labels = {*session.settings().class_names, *scores.performance().names} - set(TOGETHER)
    for field in ("target", "prediction"):
        label = PLAIN.class_of(st.session_state.get(field) or st.query_params.get(field))
        labels |= set() if label is None else {label}
    return {session.settings().class_name(label): label for label in sorted(labels)}


def _bins(confidence: tuple[float, float]) -> tuple[int, int] | None:
    low, high = (round(edge * CONFIDENCE_BINS) for edge in confidence)
    if (low, high) == (0, CONFIDENCE_BINS):
        return None
    return (low, high) if low < high else (min(low, CONFIDENCE_BINS - 1), min(low, CONFIDENCE_BINS - 1) + 1)


def _selection(day: date | None) -> Selection:
    chosen = state.selection()
    if day is None:
        return chosen
    if not chosen.period.first <= day <= chosen.period.last:
        st.info(
            f"{wording.day(day)} lies outside of the period, {wording.days(chosen.period)}. Choose a longer period, or "
            "no day."
        )
        errors.end_page()
    return Selection(Period(day, day), chosen.basis, chosen.where)


# ---- what is shown


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
        errors.end_page()
    return page


def _place(search: Search) -> Place:
    """Return the position in the address, or the first page if the selection has changed."""
    of, _, token = st.query_params.get(FOLLOWED, "").partition(".")
    return place_of(token) if of == _fingerprint(search) or not token else Place()


def _fingerprint(search: Search) -> str:
    choice = (search.selection, search.filter, search.order)
    return hashlib.sha256(repr(choice).encode()).hexdigest()[:8]


def _why_none(search: Search) -> str:
    if empty := session.why_no_predictions():
        return empty
    asks_for_unreviewed = NOT_REVIEWED in (search.filter.target, search.filter.outcome)
    if asks_for_unreviewed and search.selection.basis == "validated":
        return (
            "Predictions that are not reviewed have no review day: choose prediction day as the date of a sample, in "
            "the sidebar."
        )
    return "No sample of the period matches the filters. Choose a longer period, or fewer filters."


def gallery(page: Page) -> None:
    """Show thumbnails of the page's samples, each with a button that opens it."""
    with st.grid(ACROSS, min_column_width=NARROWEST):
        for number, sample in enumerate(page.samples):
            with st.container(border=True, height="stretch"):
                _picture(sample)
                label = plain(_short(sample.file)) or "no file name"
                key = f"open {number}"
                st.button(
                    label,
                    key=key,
                    on_click=_open,
                    args=(sample.id,),
                    disabled=sample.id is None,
                    type="tertiary",
                    width="stretch",
                )
                st.caption(plain(_in_short(sample)))


def _picture(sample: Sample, pixels: int = images.SMALL) -> None:
    image = images.small(session.settings(), sample.file, pixels)
    if isinstance(image, bytes):
        st.image(image, width="stretch", alt=f"{sample.file}: {_in_short(sample)}")
    else:
        st.markdown(f":material/hide_image: *{image.label}* {plain(sample.file)}", help=image.sentence)


def _in_short(sample: Sample) -> str:
    name = session.settings().class_name
    said = f"predicted {name(sample.prediction)}"
    if sample.outcome in (REJECTED, NOT_REVIEWED):
        said += f", {sample.outcome}"
    else:
        said += ", right" if sample.target == sample.prediction else f", is {name(cast(int, sample.target))}"
    return said if sample.confidence is None else f"{said}, {wording.percent(sample.confidence)}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _open(sample_id: Any) -> None:
    st.session_state[state.OPENED_SAMPLE] = sample_id


def show_opened(page: Page) -> None:
    """Show the opened sample, large and with all of its fields, until it is closed."""
    opened = st.session_state.pop(state.OPENED_SAMPLE, None)
    if opened is None:
        return
    for sample in page.samples:
        if sample.id == opened:
            title = plain(_short(sample.file)) or "A sample"
            st.dialog(title, width="large")(_show_sample)(sample)
            return  # in a view several samples may have one id


def _show_sample(sample: Sample) -> None:
    _picture(sample, images.LARGE)
    st.caption(plain(_in_short(sample)))
    document = session.store().predictions.read(sample.id)
    if document is None:
        st.info("The document has been removed in the meantime.")
        return
    rows = pd.DataFrame([{"field": name, "value": _as_text(value)} for name, value in document.items()])
    st.dataframe(rows, hide_index=True, width="stretch", alt="The fields of the sample's document")


def _as_text(value: Any) -> str:
    text = value.astimezone(session.settings().zone).isoformat() if isinstance(value, datetime) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"


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


def turn_pages(search: Search, page: Page) -> None:
    """Show the number of samples, the position of this page, and links to other pages."""
    total = _count(search.selection, search.filter)
    pages = max(1, -(-total // PAGE))
    number = 1 if page.before is None else pages if page.after is None else page.place.number
    st.caption(f"{wording.count(total, 'sample')}; page {number:,} of {pages:,}.")
    links = {
        "First": Place() if page.before else None,
        "Previous": page.before,
        "Next": page.after,
        "Last": last_page(total) if page.after else None,
    }
    with st.container(horizontal=True):
        for label, place in links.items():
            token = f"{_fingerprint(search)}.{place.token()}" if place else ""
            st.button(label, disabled=place is None, on_click=_turn, args=(token,))


def _turn(token: str) -> None:
    st.query_params[FOLLOWED] = token


@session.cached(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _count(selection: Selection, chosen: SampleFilter) -> int:
    return Search(session.store(), selection, chosen).count()


def export(search: Search) -> None:
    """Offer all samples of the search as files."""
    row = st.container(horizontal=True)
    now = datetime.now(UTC)
    for kind, label in (("csv", "CSV"), ("parquet", "Parquet")):
        row.link_button(label, downloads.link(search, kind, now), icon=":material/download:")
    st.caption(
        "The files hold all samples that match the filters, by time. On the page, sorting by time is fastest; other "
        "orders read the keys of all matching samples."
    )
