"""The page Drift; each module imports only from those above it.

charts  templates of the evidence of drift day by day, and of the last week beside the reference
parts   Streamlit's pieces of the page on drift
"""
