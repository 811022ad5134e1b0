"""Is a confidence of 80% right in 80% of the cases?"""

import streamlit as st

from monitor_core.app.frame import page as ui
from monitor_core.app.reviews import parts as ui_reviews
from monitor_core.app.samples import parts as ui_samples

found = ui_reviews.pick_calibration()
ui_reviews.calibration_opening(found)
ui_reviews.calibration_tiles(found)

left, right = ui.cards(2)
with left:
    st.subheader("Reliability")
    ui_reviews.reliability(found)
with right:
    st.subheader("Histogram of confidence")
    ui_reviews.confidence_histogram(found)
st.caption(
    "On the dashed line the model is as sure as it is right; below it, too sure. Upright line: 95% interval; level "
    "line: the bin. A hollow point is uncertain by more than ±10 points; a bin of fewer than 5 samples has none. A "
    "confidence is known to half a point."
)
ui_samples.link("Click a point or a bar, or choose samples here")
st.subheader("By predicted class")
ui_reviews.calibration_by_class(found)
