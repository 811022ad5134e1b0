"""The page Calibration; each module imports only from those above it.

charts  the reliability curve, and the histogram of the confidence
parts   Streamlit's pieces of the page on calibration
"""
