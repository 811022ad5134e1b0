"""The page quality; each module imports only from those above it.

charts  Altair templates of the page on data quality
parts   Streamlit's pieces of the page on data quality
"""
