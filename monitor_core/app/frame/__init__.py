"""What all pages share; each module imports only from those above it.

palette           the classes' colours
text              text as Streamlit shall show it, whatever signs are in it
errors            the one place that shows an error
session           what a session stands on: the settings, the store, the local day
state             what a session remembers: every key
start             the server's start, outside of any session
refresh           auto-refresh, and the old view dimmed while a run is under way
login             the gate before every page, and the name of who is there
sidebar           the period, the date that a sample is counted by, the average, the granularity
comparing         the segments that are looked at, and what they are compared with
scores            the scores of the selection, and of what it is compared with
cards             places for tiles and charts, side by side
links             exports by a signed link, streamed by the server
annotation_marks  the annotations on charts over time
charts            Altair templates, compiled once, fed with the reports' tables
drawing           a chart as SVG, PNG or CSV
downloads         the menu under each chart
figure            a chart on a page
clicks            clicks on a chart's marks, and links, that lead to the page on samples
annotations       the annotations, and the menu to add one
time_charts       charts over time: what stands behind and on them, and what a click on a day opens
"""
