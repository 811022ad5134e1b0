"""The page Data quality; each module imports only from those above it.

charts  the share of documents with a problem, by day
parts   the Streamlit elements of the page
"""
