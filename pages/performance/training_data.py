"""What the model learned from, beside what it sees now."""

import streamlit as st

from monitor_core import charts, reports, ui

now = ui.performance()
mix = ui.training_mix(now)
ui.training_opening("Training data", now, mix)

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.subheader("Training set")
    ui.chart(charts.donut(ui.mix_classes(mix)), reports.mix_side(mix, "training"), alt="Training set by class")
with right.container(border=True, height="stretch"):
    st.subheader("Production, reviewed")
    ui.chart(charts.donut(ui.mix_classes(mix)), reports.mix_side(mix, "production"), alt="Reviewed samples by class")

st.subheader("Difference")
ui.chart(
    charts.difference_bars(ui.mix_classes(mix)),
    mix.table,
    alt="Points by which a class's share in production exceeds its share in the training set",
)
