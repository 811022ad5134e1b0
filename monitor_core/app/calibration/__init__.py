"""The page Calibration; each module imports only from those above it.

charts  the reliability curve, and the histogram of confidence
parts   the Streamlit elements of the page
"""
