"""The page Data quality; each module imports only from those above it.

charts  the share of documents with a problem, by day
parts   Streamlit's pieces of the page on data quality
"""
