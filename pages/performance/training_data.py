"""What the model learned from, beside what it sees now."""

import streamlit as st

from monitor_core.app.frame import charts
from monitor_core.app.frame import page as ui
from monitor_core.app.performance import parts as ui_compare
from monitor_core.reports import performance as reports

now = ui.performance()
mix = ui.training_mix(now)
ui.training_opening("Training data", now, mix)
ui_compare.tell_other()

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.subheader("Training set")
    ui.chart(charts.donut(ui.mix_classes(mix)), reports.mix_side(mix, "training"), alt="Training set by class")
with right.container(border=True, height="stretch"):
    st.subheader("Production, reviewed")
    ui_compare.production_donut(now, mix)

st.subheader("Difference")
ui_compare.training_difference(now, mix)
ui_compare.tell_holm()
