"""Streamlit and Altair; what two pages share is in frame, and no page imports another.

frame   what all pages share
others  the pages, each by its name; performance has the five tabs
"""
