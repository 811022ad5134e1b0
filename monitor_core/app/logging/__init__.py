"""The page Logging; each module imports only from those above it.

banner  a line on every page while the logger does not work
charts  the predictions logged by hour, and the profile of a day
parts   the Streamlit elements of the page
"""
