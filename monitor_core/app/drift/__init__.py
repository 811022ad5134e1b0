"""The page Drift; each module imports only from those above it.

charts  the evidence by day, and the last week compared with the reference
parts   the Streamlit elements of the page
"""
