"""Reviews: coverage, time to review, backlog, and whether the reviewed predictions are representative."""

import streamlit as st

from monitor_core.app.frame import cards, clicks, session, time_charts
from monitor_core.app.frame.show import card, traffic_cards
from monitor_core.app.reviews import charts, parts

report = parts.reviews_report()
parts.reviews_opening(report)
parts.reviews_tiles(report)

traffic_cards()
coverage = charts.coverage_by_day(report, least=1 - session.settings().maturing_share)
card(coverage)
time_charts.tell_incomplete()

waits = charts.time_to_review(report)
card(waits)
parts.tell_time_to_review(report)
clicks.samples_link_of(coverage, waits)

st.subheader("Which predictions are reviewed")
parts.tell_unevenness(report)
left, right = cards.cards(2)
with left:
    st.markdown("**By predicted class**")
    parts.coverage_by_group(report, report.by_class, "predicted class")
with right:
    st.markdown("**By confidence**")
    parts.coverage_by_group(report, report.by_confidence, "confidence")
st.caption(charts.COVERAGE)

st.subheader("Outcomes of the reviews")
parts.answers(report)
parts.confirmations(report)
parts.second_opinions(report)
parts.tell_clusters(report)
st.subheader("Waiting for review")
parts.backlog(report)
st.subheader("How many reviews it takes")
parts.budget()
