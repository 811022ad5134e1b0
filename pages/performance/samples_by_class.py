"""Which classes the reviewed samples belong to."""

import streamlit as st

from monitor_core.app.frame import clicks, scores
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.performance import opening
from monitor_core.app.performance import parts as ui_compare

now = scores.performance()
opening.opening("Samples by class", now)
ui_compare.tell_other()

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.subheader("Share")
    ui_compare.donut(now)
with right.container(border=True, height="stretch"):
    st.subheader(ui_compare.bars_title())
    ui_compare.class_bars(now)
ui_compare.tell_holm()

st.subheader("Class mix over time")
ui_compare.mix_chart(now)
ui_time.tell()
clicks.link("Click a class or a day, or choose samples here")
