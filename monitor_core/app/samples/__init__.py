"""The page samples; each module imports only from those above it.

images  the images that documents name: found, made small, kept
parts   Streamlit's pieces of the page on samples, and the clicks that lead there
"""
