"""Is a confidence of 80% right in 80% of the cases?"""

import streamlit as st

from monitor_core.app.calibration import charts, parts
from monitor_core.app.frame import cards, clicks
from monitor_core.app.frame.show import card

found = parts.pick_report()
parts.opening(found)
parts.tiles(found)

name = parts.class_name(found)
left, right = cards.cards(2)
with left:
    card(charts.reliability(found, name))
with right:
    card(charts.confidence_histogram(found, name))
st.caption(charts.CURVE)
clicks.link("Click a point or a bar, or choose samples here")
st.subheader("By predicted class")
parts.by_class(found)
