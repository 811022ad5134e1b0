"""The frame that all pages share; each module imports only from those above it.

palette      colours: of the classes, and of all else
text         text as Streamlit shall show it, whatever signs are in it
session      what a session stands on: the settings, the store, the local day
state        what a session remembers: every key
errors       the one place that shows an error, and what of the address a page could not use
start        the server's start, outside of any session
refresh      auto-refresh, and the old view dimmed while a run is under way
login        the gate before every page, and the name of who is there
sidebar      the period, the date that a sample is counted by, the average, the granularity
comparing    the segments of the selection, and what it is compared with
scores       the scores of the selection, and of what it is compared with
cards        places for tiles and charts, side by side
links        exports by a signed link, streamed by the server
marks        what templates are made of: axes, points, intervals, and what stands behind charts over time
figure       THE figure: a chart as a value
charts       the charts that two pages show
drawing      a chart as SVG, PNG or CSV
downloads    the menu under each chart
clicks       clicks on a chart's marks, and links, that lead to the page on samples
annotations  the annotations, and the menu to add one
time_charts  what happened on the days of charts over time
show         how a page shows a figure, and a table of numbers
"""
