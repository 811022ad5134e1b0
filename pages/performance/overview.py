"""Is the model doing well? The scores, their course, and what they rest on."""

import streamlit as st

from monitor_core import ui, ui_alerts, ui_compare

now = ui.performance()
ui.opening("Overview", now)
ui_compare.tell_other()
ui.headline(now)

st.subheader("Day by day")
ui_compare.metrics_chart(now)
ui_compare.tell_scores(now)
st.caption("A hollow point is uncertain by more than ±10 points; a gap is a day without reviews.")
ui_compare.tell_time()
ui_alerts.tell_bands()

st.subheader("Samples by class")
ui_compare.class_bars(now)
ui_compare.tell_holm()
st.subheader("Logger")
ui.logger_state()
