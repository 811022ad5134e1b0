"""What the model learned from, beside what it sees now."""

import streamlit as st

from monitor_core.app.frame import charts, figure, scores
from monitor_core.app.performance import opening
from monitor_core.app.performance import parts as ui_compare
from monitor_core.reports import performance as reports

now = scores.performance()
mix = ui_compare.training_mix(now)
opening.training_opening("Training data", now, mix)
ui_compare.tell_other()

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.subheader("Training set")
    spec = charts.donut(ui_compare.mix_classes(mix))
    figure.chart(spec, reports.mix_side(mix, "training"), alt="Training set by class")
with right.container(border=True, height="stretch"):
    st.subheader("Production, reviewed")
    ui_compare.production_donut(now, mix)

st.subheader("Difference")
ui_compare.training_difference(now, mix)
ui_compare.tell_holm()
