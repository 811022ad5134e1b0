"""The page drift; each module imports only from those above it.

charts  templates of the rules' courses, and of the last week beside the reference
parts   Streamlit's pieces of the page on drift
"""
