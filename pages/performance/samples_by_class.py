"""Which classes the reviewed samples belong to."""

import streamlit as st

from monitor_core import charts, reports, ui, ui_alerts, ui_samples

now = ui.performance()
ui.opening("Samples by class", now)

samples = reports.class_samples(now)
classes = ui.classes(now, samples["name"])
left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.subheader("Share")
    ui_samples.chart(
        charts.donut(classes), samples, alt="Share of reviewed samples by true class", opens=ui_samples.CLASS
    )
with right.container(border=True, height="stretch"):
    st.subheader("Number")
    ui_samples.chart(
        charts.class_bars(classes),
        samples,
        alt="Reviewed samples by true class, most first",
        opens=ui_samples.CLASS,
    )

st.subheader("Class mix over time")
ui_alerts.time_chart(
    charts.class_mix(classes),
    reports.class_mix(now),
    alt="Share of each true class in a day's reviewed samples",
    opens=ui_samples.DAY | ui_samples.CLASS,
)
ui_alerts.tell_bands()
ui_samples.link("Click a class or a day to see its samples, or choose them here")
