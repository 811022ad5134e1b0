"""Where the reviewed samples have been delivered, what waits, and the whylogs profile of a day."""

import streamlit as st

from monitor_core.app.frame import charts, figure, scores
from monitor_core.app.frame.text import DASH, plain
from monitor_core.app.logging import charts as charts_logger
from monitor_core.app.logging import parts as ui_logger
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.reports import performance as reports

found = ui_logger.report()
st.header("Logging")
ui_logger.state()
ui_logger.tiles(found)

st.subheader("Destinations")
st.dataframe(found.destinations, hide_index=True, width="stretch", alt="The destinations and how each stands")
st.subheader("Documents logged, hour by hour")
figure.chart(charts_logger.rows_by_hour(), found.by_hour, alt="Documents logged in each of the last 24 hours")

st.subheader("Profile of a day")
day = ui_logger.pick_profile_day(found.profile_days)
shown = ui_logger.profile_report(day) if day else None
if day is None or shown is None:
    st.stop()
ui_logger.profile_opening(shown)
st.dataframe(shown.columns, hide_index=True, width="stretch", placeholder=DASH, alt="The profile's columns in numbers")
ui_logger.download_profile(day)

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.subheader("Confidence")
    figure.chart(charts.confidence_histogram(), shown.confidence, alt="Documents by confidence, right and wrong ones")
with right.container(border=True, height="stretch"):
    st.subheader("Confusion matrix")
    now = scores.performance_of(Selection(Period(day, day), "predicted"))
    figure.chart(
        charts.confusion_matrix(tuple(reports.listed(now)), False),
        reports.confusion_table(now),
        alt="Confusion matrix of the day: true classes as rows, predictions as columns",
    )
for place, (column, names) in zip(st.columns(2), shown.frequent.items(), strict=False):
    with place.container(border=True, height="stretch"):
        st.subheader(plain(column))
        figure.chart(charts_logger.frequent_names(len(names)), names, alt=f"The most frequent values of {column}")
