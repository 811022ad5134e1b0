"""What ends or repeats a run of a page is no error."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.errors import explained


def test_what_ends_a_run_passes() -> None:
    def page() -> None:
        import streamlit as st

        from monitor_core.app.frame.errors import explained

        with explained():
            st.write("before")
            st.stop()
        st.write("after")

    app = AppTest.from_function(page).run()
    assert [found.value for found in app.markdown] == ["before"]
    assert not app.error


def test_a_keyboard_s_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt), explained():
        raise KeyboardInterrupt
