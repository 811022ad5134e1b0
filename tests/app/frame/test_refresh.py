"""The choice of how often a page refreshes."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame import refresh, state


def page() -> None:
    import streamlit as st

    from monitor_core.app.frame import refresh

    refresh.style()
    refresh.picker(st.sidebar.container())


def test_it_is_off_until_somebody_chooses() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.segmented_control(key=state.REFRESH).value == "off"
    assert list(app.segmented_control(key=state.REFRESH).options) == list(refresh.REFRESH)


@pytest.mark.parametrize(("written", "chosen"), [("1 min", "1 min"), ("5 min", "5 min"), ("banana", "off")])
def test_the_address_holds_the_choice(written: str, chosen: str) -> None:
    app = AppTest.from_function(page)
    app.query_params[state.REFRESH] = written
    assert app.run().segmented_control(key=state.REFRESH).value == chosen


def test_a_run_of_the_whole_page_is_no_reason_for_another() -> None:
    app = AppTest.from_function(page)
    app.query_params[state.REFRESH] = "1 min"
    app.run()
    assert not app.exception
    assert state.JUST_RUN not in app.session_state  # the fragment has taken note of it
    assert refresh.REFRESH == {"off": None, "1 min": 60, "5 min": 300}
