"""The page Calibration; each module imports only from those above it.

charts  Altair templates of the page on calibration
parts   Streamlit's pieces of the page on calibration
"""
