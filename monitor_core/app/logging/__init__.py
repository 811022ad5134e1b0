"""The page logging; each module imports only from those above it.

charts  templates of the page on logging
parts   Streamlit's pieces of the page on logging
"""
