"""Is a confidence of 80% right in 80% of the cases?"""

import streamlit as st

from monitor_core.app.calibration import parts
from monitor_core.app.frame import cards, clicks

found = parts.pick_report()
parts.opening(found)
parts.tiles(found)

left, right = cards.cards(2)
with left:
    st.subheader("Reliability")
    parts.reliability(found)
with right:
    st.subheader("Histogram of confidence")
    parts.confidence_histogram(found)
st.caption(
    "On the dashed line the model is as sure as it is right; below it, too sure. Upright line: 95% interval; level "
    "line: the bin. A hollow point is uncertain by more than ±10 points; a bin of fewer than 5 samples has none. A "
    "confidence is known to half a point."
)
clicks.link("Click a point or a bar, or choose samples here")
st.subheader("By predicted class")
parts.by_class(found)
