"""Streamlit and Altair; what two pages share is in frame, and no page imports another.

frame        what all pages share
performance  the five tabs
reviews      the page Reviews
calibration  the page Calibration
quality      the page Data quality
samples      the page Samples
drift        the page Drift
alerts       the page Alerts
logging      the page Logging
"""
