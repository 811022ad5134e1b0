"""The page Samples; each module imports only from those above it.

images  the images that documents name: found, made small, kept
parts   Streamlit's pieces of the page on samples
"""
