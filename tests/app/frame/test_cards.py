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
    ("kind", "count", "columns"),
    [
        ("tiles", 5, 5),
        ("tiles", 1, 1),
        ("cards", 1, 2),
        ("cards", 2, 2),
        ("cards", 3, 3),
        ("cards", 4, 4),  # two rows of two
        ("cards", 5, 6),  # three rows of two, of which the last place is not given
    ],
)
def test_there_is_a_place_for_each_and_no_more(kind: str, count: int, columns: int) -> None:
    app = AppTest.from_function(page, args=(kind, count)).run()
    assert [element.value for element in app.markdown] == [*(f"place {number}" for number in range(count)), "below"]
    assert len(app.columns) == columns


@pytest.mark.parametrize(("count", "share"), [(2, 1 / 2), (3, 1 / 3), (4, 1 / 2)])
def test_three_stand_in_a_row_and_others_in_pairs(count: int, share: float) -> None:
    app = AppTest.from_function(page, args=("cards", count)).run()
    assert [column.weight for column in app.columns] == pytest.approx([share] * count)
