"""The page for an address that names no page; that a browser gets it, a test there says."""

from typing import Any

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from monitor_core.app.frame.address.unknown import unknown_page

    def start() -> None:
        st.write("start")

    pages = [st.Page(start, title="Start", default=True)]
    missing = unknown_page(pages)
    st.session_state["paths"] = [each.url_path for each in missing]
    st.navigation([*pages, *missing]).run()


def run(**session: Any) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in session.items():
        app.session_state[name] = value
    return app.run()


def test_a_page_that_is_there_needs_no_other() -> None:
    app = run()
    assert not app.exception
    assert app.session_state["paths"] == []
    assert [element.value for element in app.markdown] == ["start"]


def test_an_unknown_page_stays_as_long_as_the_session() -> None:
    assert run(**{"unknown page": "Foo"}).session_state["paths"] == ["Foo"]
