"""The page Reviews; each module imports only from those above it.

charts  Altair templates of the page on reviews
parts   Streamlit's pieces of the page on reviews
"""
