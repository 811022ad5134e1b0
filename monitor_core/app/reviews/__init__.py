"""The page Reviews; each module imports only from those above it.

charts  how much is reviewed, by day and by group, how fast, and the backlog
parts   Streamlit's pieces of the page on reviews
"""
