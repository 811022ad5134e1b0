"""The page Logging; each module imports only from those above it.

banner  a line on every page while the logger does not work
charts  what was logged by hour, and the profile of a day
parts   Streamlit's pieces of the page on logging
"""
