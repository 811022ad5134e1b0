"""Each score over time, with its interval and the samples it rests on."""

from itertools import cycle

import streamlit as st

from monitor_core.app.frame import clicks, time_charts
from monitor_core.app.frame.show import card
from monitor_core.app.performance import charts, opening, parts

view = parts.view_over_time()
opening.opening("Metrics", view.now)
parts.tell_other(view)

columns = st.columns(2)
for place, figure in zip(cycle(columns), charts.each_metric(view), strict=False):
    with place.container(border=True):
        card(figure)
parts.tell_scores(view)
st.caption(charts.ONE_SCORE)
parts.tell_time(view)
time_charts.tell()
clicks.link("Click a day, or choose samples here")
