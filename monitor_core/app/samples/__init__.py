"""The page Samples; each module imports only from those above it.

images  the images of documents: finding, thumbnails, cache
parts   the Streamlit elements of the page
"""
