"""Charts over time: what stands behind and on them, and what a click on a day opens."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import pandas as pd
import streamlit as st

from monitor_core.app.frame import annotation_marks as charts_annotations
from monitor_core.app.frame import annotations as ui_annotations
from monitor_core.app.frame import charts
from monitor_core.app.frame import page as ui
from monitor_core.app.frame.charts import Spec
from monitor_core.app.frame.page import FRESH_SECONDS, plain
from monitor_core.app.reviews import parts as ui_reviews
from monitor_core.app.samples import parts as ui_samples
from monitor_core.contract.calendar import Period
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports.alerts import MATURING, Band
from monitor_core.reports.granularity import is_hourly, span

MOST_TOLD = 5  # alerts or annotations in a caption


def chart(
    spec: Spec,
    table: pd.DataFrame,
    alt: str,
    rules: Collection[str] | None = None,
    matures: bool | None = None,
    opens: Mapping[str, str] | None = None,  # as `ui_samples.chart` has it; `date` is the day as text
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
    maturing = ui_reviews.maturing(period) if ui_reviews.matures(matures) else []
    told += f". Still maturing: {ui_reviews.listed(maturing)}" if maturing else ""
    shown += [Band(one.first, one.last, "few reviews yet", MATURING, "") for one in maturing]
    more = {
        "bands": charts.bands_table(shown, period.first, period.last),
        "annotations": charts_annotations.annotations_table(notes, period.first, period.last),
    }
    if is_hourly(table):
        more["bands"][["from", "to"]] += timedelta(hours=12)  # the template takes a point for the middle of its day
    if opens:
        dated = table.assign(date=table["day"].dt.strftime("%Y-%m-%d"))
        ui_samples.chart(spec, dated, told, opens, more=more)
    else:
        ui.chart(spec, table, told, more)


def tell(matures: bool | None = None) -> None:
    """What is shaded and noted on the charts of the selection; `matures` as they were drawn with."""
    notes = ui_annotations.of_period(ui.selection().period)
    if notes:
        more = " …" if len(notes) > MOST_TOLD else ""
        st.caption(f"Annotated: {plain(ui_annotations.told(notes[-MOST_TOLD:]))}{more}.")
    shown = _bands_of(ui.selection().period)
    if shown:
        whole = " They are about all documents, not the segment." if ui.selection().where else ""
        more = " …" if len(shown) > MOST_TOLD else ""
        st.caption(f"Shaded, alerts: {plain(_listed(shown[:MOST_TOLD]))}{more}.{whole}")
    if ui_reviews.matures(matures):
        ui_reviews.tell_maturing()


def _bands_of(period: Period) -> list[Band]:
    return [one for one in alert_bands() if one.first <= period.last and one.last >= period.first]


def _listed(bands: list[Band]) -> str:
    return "; ".join(map(str, bands))


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def alert_bands() -> list[Band]:
    return alerts_page.bands(ui.store(), ui.today())
