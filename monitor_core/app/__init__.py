"""The web app: Streamlit and Altair. What two pages share is in frame, and no page imports another.

frame   what all pages share
others  the pages, one package each; performance has five tabs
"""
