"""What ends or repeats a run of a page is no error."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.errors import explained
from monitor_core.app.frame.text import JOINER


def test_what_ends_a_run_passes() -> None:
    def page() -> None:
        import streamlit as st

        from monitor_core.app.frame.errors import explained

        with explained():
            st.write("before")
            st.stop()
        st.write("after")

    app = AppTest.from_function(page).run()
    assert [element.value for element in app.markdown] == ["before"]
    assert not app.error


def test_a_keyboard_s_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt), explained():
        raise KeyboardInterrupt


# ---- the address


def one_page() -> None:
    import streamlit as st

    from monitor_core.app.frame import errors

    with errors.explained(), errors.checked_address("page", ["other", "fruit", "share"]):
        st.selectbox("Fruit", ["apple", "pear"], key="fruit", bind="query-params")
        st.slider("Share", 0.0, 1.0, (0.0, 1.0), step=0.25, key="share", bind="query-params")
        errors.end_page()


def warnings(**query: str | list[str]) -> list[str]:
    app = AppTest.from_function(one_page)
    for name, value in query.items():
        app.query_params[name] = value
    return [warning.value.replace("\\", "").replace(JOINER, "") for warning in app.run().warning]


def test_what_a_widget_took_is_not_said_however_it_is_written() -> None:
    assert warnings(fruit="pear", share=["0.250", "1"]) == []
    assert warnings(fruit="apple", share=["0", "1.0"]) == []
    assert warnings(other="x", utm_source="x") == []


def test_each_part_is_named_with_what_stood_there() -> None:
    assert warnings(fruit="http://plum") == [
        'This page cannot use part of its address: "fruit=http://plum". It shows its own choice instead.'
    ]
    assert warnings(friut="pear", fruit="pear") == [
        'The address has "friut", which this page does not know; did you mean "fruit"?'
    ]
    (both,) = warnings(share="half", fruits="pear")
    assert both.endswith('The address has "fruits", which this page does not know; did you mean "fruit"?')
    assert '"share=half"' in both
    (several,) = warnings(fruit=["a", "b", "c", "d", "e", "f", "g"])
    assert '"fruit=e" and 2 more.' in several
    (long,) = warnings(fruit="x" * 1000)
    assert len(long) < 200
