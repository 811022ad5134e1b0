"""Charts over time: what stands behind and on them, and what a click on a day opens."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import streamlit as st

from monitor_core.app.frame import annotation_marks as charts_annotations
from monitor_core.app.frame import annotations as ui_annotations
from monitor_core.app.frame import charts, clicks, figure, session, state
from monitor_core.app.frame.charts import Spec
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports import reviews
from monitor_core.reports.alerts import MATURING, Band
from monitor_core.reports.granularity import is_hourly, span

MOST_TOLD = 5  # alerts, annotations or periods in a caption


def chart(
    spec: Spec,
    table: pd.DataFrame,
    alt: str,
    rules: Collection[str] | None = None,
    matures: bool | None = None,
    opens: Mapping[str, str] | None = None,  # as `clicks.chart` has it; `date` is the day as text
    period: Period | None = None,  # of a table that lacks the days without samples
) -> None:
    """A template with a column `day`, behind it the alerts of those days, of these rules only if given, and on it the
    annotations.

    `matures`: whether it shows reviews by prediction day, so that young days are shaded; without it, as the selection
    has it.
    """
    period = period or span(table)
    shown = [one for one in _bands_of(period) if rules is None or one.rule in rules]
    notes = ui_annotations.of_period(period)
    told = f"{alt}. Alerts: {_listed(shown)}" if shown else alt
    told += f". Annotations: {ui_annotations.told(notes)}" if notes else ""
    young = incomplete(period) if matures_by(matures) else []
    told += f". Still maturing: {_dates(young)}" if young else ""
    shown += [Band(one.first, one.last, "few reviews yet", MATURING, "") for one in young]
    more = {
        "bands": charts.bands_table(shown, period.first, period.last),
        "annotations": charts_annotations.annotations_table(notes, period.first, period.last),
    }
    if is_hourly(table):
        more["bands"][["from", "to"]] += timedelta(hours=12)  # the template takes a point for the middle of its day
    if opens:
        dated = table.assign(date=table["day"].dt.strftime("%Y-%m-%d"))
        clicks.chart(spec, dated, told, opens, more=more)
    else:
        figure.chart(spec, table, told, more)


def tell(matures: bool | None = None) -> None:
    """What is shaded and noted on the charts of the selection; `matures` as they were drawn with."""
    notes = ui_annotations.of_period(state.selection().period)
    if notes:
        more = " …" if len(notes) > MOST_TOLD else ""
        st.caption(f"Annotated: {plain(ui_annotations.told(notes[-MOST_TOLD:]))}{more}.")
    shown = _bands_of(state.selection().period)
    if shown:
        whole = " They are about all documents, not the segment." if state.selection().where else ""
        more = " …" if len(shown) > MOST_TOLD else ""
        st.caption(f"Shaded, alerts: {plain(_listed(shown[:MOST_TOLD]))}{more}.{whole}")
    if matures_by(matures):
        tell_incomplete()


def _bands_of(period: Period) -> list[Band]:
    return [one for one in alert_bands() if one.first <= period.last and one.last >= period.first]


def _listed(bands: list[Band]) -> str:
    return "; ".join(map(str, bands))


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def alert_bands() -> list[Band]:
    return alerts_page.bands(session.store(), session.today())


# ---- days that are still maturing


def matures_by(told: bool | None = None) -> bool:
    """Whether reviews are shown by prediction day: as told, else as the selection has it."""
    return state.selection().basis == "predicted" if told is None else told


def incomplete(period: Period) -> list[Period]:
    return _incomplete(replace(state.selection(), period=period))


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _incomplete(selection: Selection) -> list[Period]:
    return reviews.maturing(session.store(), selection)


def _dates(periods: list[Period]) -> str:
    told = [str(one.first) if len(one) == 1 else f"{one.first} to {one.last}" for one in periods[-MOST_TOLD:]]
    return ("… " if len(periods) > MOST_TOLD else "") + ", ".join(told)


def tell_incomplete() -> None:
    """What is shaded grey on the charts of the selection."""
    found = incomplete(state.selection().period)
    if found:
        share = session.settings().maturing_share
        st.caption(
            f"Shaded grey, still maturing: {_dates(found)}. More than {share:.0%} of the predictions of these days "
            "wait for a review, and their numbers may still change."
        )
