"""The page Drift; each module imports only from those above it.

charts  the evidence day by day, and the last week beside the reference
parts   Streamlit's pieces of the page on drift
"""
