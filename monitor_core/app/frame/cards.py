"""Layout of tiles and charts, side by side."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def tiles(count: int) -> list[DeltaGenerator]:
    """Return containers for tiles, in one row."""
    return [place.container(border=True, height="stretch") for place in st.columns(count)]


def cards(count: int) -> list[DeltaGenerator]:
    """Return containers side by side: three in a row if there are three, else two."""
    across = 3 if count == 3 else 2
    rows = [st.columns(across) for _ in range(-(-count // across))]
    return [place.container(border=True, height="stretch") for row in rows for place in row][:count]
