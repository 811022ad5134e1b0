"""The page alerts; each module imports only from those above it.

parts  Streamlit's pieces of the page on alerts, and their number in the navigation
"""
