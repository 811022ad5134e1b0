"""Metrics: each score over time, with its interval and number of samples."""

import streamlit as st

from monitor_core.app.frame import cards, clicks, time_charts
from monitor_core.app.frame.show import card
from monitor_core.app.performance import charts, opening, over_all, parts
from monitor_core.scores.metrics import METRICS, ON_TABS

view = parts.view_over_time()
opening.opening("Metrics", view.now, METRICS)
parts.tell_other(view)

further = parts.further_metric()
view = parts.with_trends(view, [*ON_TABS, *further])
figures = charts.each_metric(view, further)
for place, figure in zip(cards.cards(len(figures)), figures, strict=True):
    with place:
        card(figure)
over_all.over_all_card(view)
parts.tell_undefined(view, further)
parts.tell_scores(view, [*ON_TABS, *further])
st.caption(charts.one_score(view, [*ON_TABS, *further]))
parts.tell_time(view)
time_charts.tell()
clicks.samples_link_of(*figures)
