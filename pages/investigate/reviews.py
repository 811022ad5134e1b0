"""Reviews: their coverage, how long they take, the backlog, and whether they are a fair sample."""

import streamlit as st

from monitor_core.app.frame import cards, clicks, session, time_charts
from monitor_core.app.frame.show import card
from monitor_core.app.reviews import charts, parts

found = parts.reviews_report()
parts.reviews_opening(found)
parts.reviews_tiles(found)

card(charts.coverage_by_day(found, least=1 - session.settings().maturing_share))
time_charts.tell_incomplete()

card(charts.time_to_review(found))
parts.tell_time_to_review(found)
clicks.link("Click a day, or choose samples here")

st.subheader("Which predictions are reviewed")
parts.tell_unevenness(found)
left, right = cards.cards(2)
with left:
    st.markdown("**By predicted class**")
    parts.coverage_by_group(found, found.by_class, "predicted class")
with right:
    st.markdown("**By confidence**")
    parts.coverage_by_group(found, found.by_band, "confidence")
st.caption(charts.COVERAGE)

st.subheader("Outcomes of the reviews")
parts.answers(found)
st.subheader("Waiting for review")
parts.backlog(found)
