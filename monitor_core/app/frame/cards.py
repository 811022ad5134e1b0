"""Layout of tiles and charts, side by side; on a narrow page fewer stand in a row."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

NARROWEST_TILE, NARROWEST_CARD = 172, 308  # pixels: of a score's bounds in a tile, and of a chart with its numbers


def tiles(count: int) -> list[DeltaGenerator]:
    """Return containers for tiles, in one row where they fit."""
    return _places(count, count, NARROWEST_TILE)


def cards(count: int) -> list[DeltaGenerator]:
    """Return containers side by side, as far as they fit: three in a row if there are three, else two."""
    return _places(count, 3 if count == 3 else 2, NARROWEST_CARD)


def _places(count: int, across: int, narrowest: int) -> list[DeltaGenerator]:
    grid = st.grid(across, min_column_width=narrowest)
    return [grid.container(border=True, height="stretch") for _ in range(count)]
