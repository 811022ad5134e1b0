"""The page reviews; each module imports only from those above it.

charts  Altair templates of the page on reviews
parts   Streamlit's pieces of the pages on reviews and calibration, and which days are still maturing
"""
