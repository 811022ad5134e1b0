"""Overview: the scores, their values over time, and the number of samples."""

import streamlit as st

from monitor_core.app.alerts import verdict
from monitor_core.app.frame import clicks
from monitor_core.app.frame.show import card, traffic_cards
from monitor_core.app.logging import parts as logger
from monitor_core.app.performance import charts, opening, parts
from monitor_core.scores.metrics import ON_TABS

verdict.line()
view = parts.view_over_time()
opening.opening("Overview", view.now, ON_TABS)
parts.tell_other(view)
tiles = st.container()
focus = parts.metric_in_focus()
with tiles:
    opening.headline(view, [] if focus in ON_TABS else [focus])

view = parts.with_trends(view.with_reference(verdict.current()), [focus])
scores = charts.metric(view, focus)
card(scores)
parts.tell_scores(view)
parts.tell_time(view, [focus])

traffic_cards(view.granularity)
bars = parts.class_bars(view, "Samples by class")
parts.tell_holm(view)
clicks.samples_link_of(scores, bars)
st.subheader("Logger")
logger.state()
