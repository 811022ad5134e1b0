"""Each score over time, with its interval and the samples it rests on."""

import streamlit as st

from monitor_core.app.frame import clicks, time_charts
from monitor_core.app.frame.show import card
from monitor_core.app.performance import charts, opening, parts
from monitor_core.scores.metrics import METRIC

view = parts.view_over_time()
opening.opening("Metrics", view.now)
parts.tell_other(view)

left, right = st.columns(2)
for place, key in zip((left, right, left, right), ("precision", "accuracy", "recall", "f1"), strict=True):
    with place.container(border=True):
        card(charts.metric(view, METRIC[key]))
parts.tell_scores(view)
st.caption(charts.ONE_SCORE)
parts.tell_time(view)
time_charts.tell()
clicks.link("Click a day, or choose samples here")
