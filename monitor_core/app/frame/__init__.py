"""The frame that all pages share; each module imports only from those above it.

palette      colours of the classes and of everything else
text         escaping of text for Streamlit's Markdown
session      the objects behind a session: settings, store, local day
state        the keys of the session state that several widgets use
address      the web address, which holds the view
errors       display of errors, and of unusable parts of the web address
start        preparation at the server's start, outside of any session
refresh      automatic refresh, with the old view dimmed during a run
login        the login, and the name of the visitor
sidebar      the sidebar: period, date basis, average, granularity
comparing    the sidebar's choice of segments and comparison
scores       the scores of the selection and of its comparison
cards        layout of tiles and charts, side by side
links        exports by a signed link, streamed by the server
marks        parts of chart templates: axes, points, intervals, shaded days
figure       THE figure: a chart as a value
charts       the charts that several pages show
drawing      a chart as SVG, PNG or CSV
downloads    the menu under each chart
clicks       clicks on a chart's marks, and links, that lead to the page on samples
annotations  the annotations, and the menu to add one
time_charts  what happened on the days of charts over time
show         how a page shows a figure, traffic, and a table of numbers
"""
