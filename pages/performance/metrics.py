"""Each score over time, with its interval and the samples it rests on."""

import streamlit as st

from monitor_core.app.frame import clicks, scores, state
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.performance import opening
from monitor_core.app.performance import parts as ui_compare
from monitor_core.scores.metrics import METRIC

now = scores.performance()
opening.opening("Metrics", now)
ui_compare.tell_other()

left, right = st.columns(2)
for place, metric in zip((left, right, left, right), ("precision", "accuracy", "recall", "f1"), strict=True):
    with place.container(border=True):
        st.subheader(METRIC[metric].titled(state.average()))
        ui_compare.metric_chart(now, metric)
ui_compare.tell_scores(now)
st.caption(
    "Band and whiskers: 95% interval. A hollow point is uncertain by more than ±10 points. Grey bars: reviewed "
    "samples. A gap is a day without reviews."
)
ui_compare.tell_time()
ui_time.tell()
clicks.link("Click a day, or choose samples here")
