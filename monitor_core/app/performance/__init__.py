"""The five tabs; each module imports only from those above it.

opening        title, what is counted and what is odd about it, and the headline scores
charts         templates with another side, and for hours, weeks and months
html_report    a selection as one HTML file
report_button  the button for the HTML report
parts          Streamlit's pieces of the five tabs: their charts, and what is said of two sides
"""
