"""What all pages share; each module imports only from those above it.

palette           the classes' colours
links             exports by a signed link, streamed by the server
annotation_marks  the annotations on charts over time
charts            Altair templates, compiled once, fed with the reports' tables
clicks            the templates whose marks can be clicked
drawing           a chart as SVG, PNG or CSV
refresh           auto-refresh, and the old view dimmed while a run is under way
downloads         the menu under each chart
page              Streamlit's shared pieces: period picker, cached reports, empty states
login             Streamlit's login: the gate before every page, and the name of who is there
annotations       the annotations, and the menu to add one
time_charts       charts over time: what stands behind and on them, and what a click on a day opens
"""
