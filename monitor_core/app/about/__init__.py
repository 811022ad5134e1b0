"""The page About, and what every page shows as long as no prediction can be read.

first_contact  why no prediction can be read, and settings that would
parts          the Streamlit elements of the page
"""
