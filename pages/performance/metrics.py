"""Each score over time, with its interval and the samples it rests on."""

import streamlit as st

from monitor_core import charts, ui, ui_alerts, ui_samples

now = ui.performance()
ui.opening("Metrics", now)

left, right = st.columns(2)
for place, metric in zip((left, right, left, right), ("precision", "accuracy", "recall", "f1"), strict=True):
    with place.container(border=True):
        st.subheader(charts.METRIC_TITLES[metric] + ("" if metric == "accuracy" else f", {ui.average()}"))
        ui_alerts.time_chart(
            charts.metric_over_time(metric),
            charts.metric_table(now.daily, metric, ui.average()),
            alt=f"{charts.METRIC_TITLES[metric]} by day with its 95% interval and the number of reviewed samples",
            opens=ui_samples.DAY,
        )
st.caption(
    "Band and whiskers: 95% interval. A hollow point is uncertain by more than ±10 points. Grey bars: reviewed "
    "samples. A gap is a day without reviews."
)
ui_alerts.tell_bands()
ui_samples.link("Click a day to see its samples, or choose them here")
