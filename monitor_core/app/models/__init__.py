"""The page Models, for installations that watch several.

parts  the Streamlit elements of the page
"""
