"""Is the model doing well? The scores, their course, and what they rest on."""

import streamlit as st

from monitor_core.app.frame import clicks, scores
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.logging import parts as ui_logger
from monitor_core.app.performance import opening
from monitor_core.app.performance import parts as ui_compare

now = scores.performance()
opening.opening("Overview", now)
ui_compare.tell_other()
opening.headline(now)

st.subheader("Day by day")
ui_compare.metrics_chart(now)
ui_compare.tell_scores(now)
st.caption("A hollow point is uncertain by more than ±10 points; a gap is a day without reviews.")
ui_compare.tell_time()
ui_time.tell()

st.subheader("Samples by class")
ui_compare.class_bars(now)
ui_compare.tell_holm()
clicks.link("Click a day or a class, or choose samples here")
st.subheader("Logger")
ui_logger.state()
