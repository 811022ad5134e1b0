"""The page Models, where an installation watches several.

parts  Streamlit's pieces of the page
"""
