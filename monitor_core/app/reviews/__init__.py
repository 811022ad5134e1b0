"""The page Reviews; each module imports only from those above it.

charts  coverage by day and group, time to review, and backlog
parts   the Streamlit elements of the page
"""
