"""Calibration: whether a confidence of 80% is right in 80% of the cases."""

import streamlit as st

from monitor_core.app.calibration import charts, parts
from monitor_core.app.frame import cards, clicks
from monitor_core.app.frame.show import card

report = parts.pick_report()
parts.opening(report)
parts.tiles(report)

name = parts.class_name(report)
left, right = cards.cards(2)
with left:
    card(charts.reliability(report, name))
with right:
    card(charts.confidence_histogram(report, name))
st.caption(charts.CURVE)
clicks.samples_link("Click a point or a bar, or choose samples here")
st.subheader("By predicted class")
parts.by_class(report)
