"""The page Logging; each module imports only from those above it.

charts  what was logged by hour, and the profile of a day
parts   Streamlit's pieces of the page on logging
"""
