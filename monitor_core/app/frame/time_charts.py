"""What happened on the days of charts over time: alerts, annotations, days with few reviews yet."""

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
from monitor_core.reports.alerts import Band

MOST_TOLD = 5  # alerts or annotations in a caption


def marked(figure: Figure) -> Figure:
    """Return the chart with what happened on its days; as it is, if it is not one over time."""
    if figure.marks is None:
        return figure
    young = incomplete(figure.marks.period) if figure.marks.incomplete else []
    return figure.marked(alert_bands(), annotations.read(), young)


def tell(by_prediction_date: bool | None = None) -> None:
    """Say what is shaded and noted on the charts of the selection.

    `by_prediction_date`: whether they show reviews so; None: as the selection counts them.
    """
    notes = annotations.of_period(state.selection().period)
    if notes:
        more = " …" if len(notes) > MOST_TOLD else ""
        st.caption(f"Annotated: {plain(annotations.told(notes[-MOST_TOLD:]))}{more}.")
    shown = _bands_of(state.selection().period)
    if shown:
        whole = " They are about all documents, not the segment." if state.selection().where else ""
        more = " …" if len(shown) > MOST_TOLD else ""
        st.caption(f"Shaded, alerts: {plain(_listed(shown[:MOST_TOLD]))}{more}.{whole}")
    by_prediction = state.selection().basis == "predicted" if by_prediction_date is None else by_prediction_date
    if by_prediction:
        tell_incomplete()


def _bands_of(period: Period) -> list[Band]:
    return [one for one in alert_bands() if one.first <= period.last and one.last >= period.first]


def _listed(bands: list[Band]) -> str:
    return "; ".join(map(str, bands))


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def alert_bands() -> list[Band]:
    return alerts_page.bands(session.store(), session.today())


# ---- days that are still maturing


def incomplete(period: Period) -> list[Period]:
    return _incomplete(replace(state.selection(), period=period))


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _incomplete(selection: Selection) -> list[Period]:
    return reviews.maturing(session.store(), selection)


def tell_incomplete() -> None:
    """What is shaded grey on the charts of the selection."""
    found = incomplete(state.selection().period)
    if found:
        share = session.settings().maturing_share
        st.caption(
            f"Shaded grey, still maturing: {dates(found)}. More than {share:.0%} of the predictions of these days "
            "wait for a review, and their numbers may still change."
        )
