"""Alerts, annotations and incomplete days on charts over time."""

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from monitor_core.app.frame import annotations, session, state
from monitor_core.app.frame.figure import Figure, dates
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports import reviews
from monitor_core.reports.alerts import ShadedDays

MOST_LISTED = 5  # alerts or annotations in a caption


def marked(figure: Figure) -> Figure:
    """Return a chart over time with its marks; other charts are returned unchanged."""
    if figure.marks is None:
        return figure
    young = incomplete(figure.marks.period) if figure.marks.incomplete else []
    return figure.marked(alert_bands(), annotations.read(), young)


def tell(line: str = "", *further: str, by_prediction_date: bool | None = None) -> None:
    """Explain the charts over time above in one line; an expander has the further sentences and what happened.

    `by_prediction_date`: whether the charts are by prediction date; None: by the selection's basis.
    """
    if line:
        st.caption(line)
    sentences = [*further, *_what_happened(by_prediction_date)]
    if sentences:
        with st.expander("More about the charts over time"):
            for sentence in sentences:
                st.caption(sentence)


def _what_happened(by_prediction_date: bool | None) -> Iterator[str]:
    """Yield what the annotations, the shaded days and the incomplete days of the selection are."""
    notes = annotations.of_period(state.selection().period)
    if notes:
        more = " …" if len(notes) > MOST_LISTED else ""
        yield f"Annotated: {plain(annotations.annotations_in_words(notes[-MOST_LISTED:]))}{more}."
    bands = _bands_of(state.selection().period)
    if bands:
        whole = " They are about all documents, not the segment." if state.selection().where else ""
        more = " …" if len(bands) > MOST_LISTED else ""
        yield f"Shaded, alerts: {plain(_listed(bands[:MOST_LISTED]))}{more}.{whole}"
    by_prediction = state.selection().basis == "predicted" if by_prediction_date is None else by_prediction_date
    if by_prediction and (incomplete_days := incomplete(state.selection().period)):
        yield _incomplete_in_words(incomplete_days)


def _bands_of(period: Period) -> list[ShadedDays]:
    return [band for band in alert_bands() if band.first <= period.last and band.last >= period.first]


def _listed(bands: list[ShadedDays]) -> str:
    return "; ".join(map(str, bands))


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def alert_bands() -> list[ShadedDays]:
    return alerts_page.shaded_days(session.store(), session.today())


# ---- incomplete days


def incomplete(period: Period) -> list[Period]:
    return _incomplete(replace(state.selection(), period=period))


@session.cached(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _incomplete(selection: Selection) -> list[Period]:
    return reviews.incomplete_days(session.store(), selection)


def tell_incomplete() -> None:
    """Explain which days are shaded grey on the charts of the selection."""
    if incomplete_days := incomplete(state.selection().period):
        st.caption(_incomplete_in_words(incomplete_days))


def _incomplete_in_words(incomplete_days: list[Period]) -> str:
    share = session.settings().maturing_share
    return (
        f"Incomplete, shaded grey: {dates(incomplete_days)}. More than {share:.0%} of the predictions of these days "
        "are not reviewed yet, so their numbers may still change."
    )
