"""Logging: delivery of the reviewed samples, the backlog, and the profile of a day."""

import streamlit as st

from monitor_core.app.frame import cards, errors, scores
from monitor_core.app.frame.show import card
from monitor_core.app.frame.text import DASH
from monitor_core.app.logging import charts, parts
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection

report = parts.report()
st.header("Logging")
parts.state()
parts.tiles(report)
parts.unmarked(report)
parts.tell_scheduled_report()

st.subheader("Destinations")
st.dataframe(report.destinations, hide_index=True, width="stretch", alt="The destinations and the state of each")
card(charts.logged_by_hour(report))

st.subheader("Profile of a day")
day = parts.pick_profile_day(report.profile_days)
profile = parts.profile_report(day) if day else None
if day is None or profile is None:
    errors.end_page()
parts.profile_opening(profile)
alt = "The profile's columns in numbers"
st.dataframe(profile.columns, hide_index=True, width="stretch", placeholder=DASH, alt=alt)
parts.download_profile(profile.profile)

left, right = cards.cards(2)
with left:
    card(charts.confidence(profile))
with right:
    card(charts.confusion_matrix(profile, scores.of_selection(Selection(Period(day, day), "predicted"))))
for place, (column, names) in zip(cards.cards(len(profile.frequent)), profile.frequent.items(), strict=True):
    with place:
        card(charts.frequent_values(profile, column, names))
