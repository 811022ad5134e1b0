"""The page performance; each module imports only from those above it.

charts         templates with another side, and for hours, weeks and months
html_report    a selection as one HTML file
report_button  the button for the HTML report
parts          Streamlit's pieces for segments, granularity, and a second side beside every chart
"""
