"""How far the reviews have come, how long they take, what waits, and whether they are a fair sample."""

import streamlit as st

from monitor_core.app.frame import cards, clicks, session
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.reviews import charts as charts_reviews
from monitor_core.app.reviews import parts as ui_reviews

found = ui_reviews.reviews_report()
ui_reviews.reviews_opening(found)
ui_reviews.reviews_tiles(found)

st.subheader("Reviewed, by prediction day")
ui_time.chart(
    charts_reviews.coverage_by_day(1 - session.settings().maturing_share),
    found.daily,
    alt="Share of each day's predictions that are reviewed",
    matures=True,
    opens=clicks.DAY if found.selection.basis == "predicted" else None,  # a click keeps the selection's basis
)
ui_time.tell_incomplete()

st.subheader("Time to review")
ui_time.chart(
    charts_reviews.hours_by_day(),
    found.delays,
    alt="Hours within which half and 90% are reviewed, by day",
    opens=clicks.DAY,
)
ui_reviews.tell_time_to_review(found)
clicks.link("Click a day, or choose samples here")

st.subheader("Which predictions are reviewed")
ui_reviews.tell_unevenness(found)
left, right = cards.cards(2)
with left:
    st.markdown("**By predicted class**")
    ui_reviews.coverage_by_group(found.by_class, "predicted class")
with right:
    st.markdown("**By confidence**")
    ui_reviews.coverage_by_group(found.by_band, "confidence")
st.caption(
    "All predictions of the period are counted. Line: 95% interval of how often such predictions are reviewed. "
    "Grey number: predictions."
)

st.subheader("What the reviews said")
ui_reviews.answers(found)
st.subheader("What waits")
ui_reviews.backlog(found)
