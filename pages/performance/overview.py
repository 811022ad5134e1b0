"""Is the model doing well? The scores, their course, and what they rest on."""

import streamlit as st

from monitor_core import charts, reports, ui, ui_alerts, ui_samples

now = ui.performance()
ui.opening("Overview", now)
ui.headline(now)

st.subheader("Day by day")
ui_alerts.time_chart(
    charts.daily_metrics(),
    charts.metrics_table(now.daily, ui.average()),
    alt="Accuracy, precision, recall and F1 by day, with the number of reviewed samples under them",
    opens=ui_samples.DAY,
)
st.caption("A hollow point is uncertain by more than ±10 points; a gap is a day without reviews.")
ui_alerts.tell_bands()

st.subheader("Samples by class")
samples = reports.class_samples(now)
ui_samples.chart(
    charts.class_bars(ui.classes(now, samples["name"])),
    samples,
    alt="Reviewed samples by true class, most first",
    opens=ui_samples.CLASS,
)
ui_samples.link("Click a day or a class to see its samples, or choose them here")
st.subheader("Logger")
ui.logger_state()
