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
    curve = charts.reliability(report, name)
    card(curve)
with right:
    histogram = charts.confidence_histogram(report, name)
    card(histogram)
st.caption(charts.CURVE)
clicks.samples_link_of(curve, histogram)
st.subheader("By predicted class")
parts.by_class(report)
