"""Places for tiles and charts."""

import pytest
from streamlit.testing.v1 import AppTest


def page(kind: str, count: int) -> None:
    import streamlit as st

    from monitor_core.app.frame import cards

    for number, place in enumerate(getattr(cards, kind)(count)):
        place.write(f"place {number}")
    st.write("below")


@pytest.mark.parametrize(
    ("kind", "count", "across"),
    [("tiles", 5, 5), ("tiles", 1, 1), ("cards", 1, 2), ("cards", 2, 2), ("cards", 3, 3), ("cards", 4, 2)],
)
def test_there_is_a_place_for_each_and_three_stand_in_a_row_or_others_in_pairs(
    kind: str, count: int, across: int
) -> None:
    app = AppTest.from_function(page, args=(kind, count)).run()
    assert [element.value for element in app.markdown] == [*(f"place {number}" for number in range(count)), "below"]
    grid = app.main[0]
    assert len(grid.children) == count
    assert grid.proto.columns == across
    assert grid.proto.wrap
