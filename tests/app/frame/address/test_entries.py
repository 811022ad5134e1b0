"""A choice is two widgets: the bound one has the value, and the visible one sets it."""

from typing import Any

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from monitor_core.app.frame.address import entries

    used = not st.session_state.get("hidden")
    fruit = entries.choice(st.selectbox, "Fruit", ["apple", "pear", "plum"], key="fruit", is_used=used)
    colour = entries.choice(
        st.segmented_control, "Colour", ["red", "green"], default="red", required=True, key="colour"
    )
    st.button("zoom", on_click=entries.write, kwargs={"fruit": "plum", "colour": "green"})
    st.write(f"{fruit} {colour}")


def run(**query: Any) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    assert not app.exception
    return str(app.markdown[0].value)


def shown(app: AppTest) -> tuple[Any, Any]:
    return app.selectbox(key="fruit shown").value, app.segmented_control(key="colour shown").value


def test_the_visible_widget_has_the_value_of_the_address() -> None:
    app = run(fruit="pear")
    assert said(app) == "pear red"
    assert shown(app) == ("pear", "red")


def test_a_change_of_the_visible_widget_is_one_of_the_address() -> None:
    app = run()
    app.selectbox(key="fruit shown").set_value("plum").run()
    assert said(app) == "plum red"
    assert app.query_params["fruit"] == "plum"
    app.selectbox(key="fruit shown").set_value("apple").run()
    assert said(app) == "apple red"
    assert "fruit" not in app.query_params  # it is the default


def test_a_change_of_several_choices_from_elsewhere_reaches_the_visible_widgets() -> None:
    app = run(fruit="pear")
    app.button[0].click().run()
    assert said(app) == "plum green"
    assert shown(app) == ("plum", "green")
    assert {name: app.query_params[name] for name in ("fruit", "colour")} == {"fruit": "plum", "colour": "green"}


def test_a_choice_that_the_page_does_not_use_stays_in_the_address() -> None:
    app = AppTest.from_function(page)
    app.query_params["fruit"] = "pear"
    app.session_state["hidden"] = True
    app.run()
    assert [box.key for box in app.selectbox] == ["fruit"]
    assert said(app) == "pear red"
    app.session_state["hidden"] = False
    app.run()
    assert shown(app) == ("pear", "red")


def test_what_the_address_cannot_have_is_the_default() -> None:
    assert said(run(fruit="banana", colour="blue")) == "apple red"


def test_what_a_browser_still_has_from_before_does_not_undo_a_choice() -> None:
    """As it sends it when something else makes the page run before the choice has reached it."""
    app = run()
    app.selectbox(key="fruit shown").set_value("plum").run()
    app.selectbox(key="fruit").set_value("apple").run()
    assert said(app) == "plum red"
    assert shown(app) == ("plum", "red")


def two_pages() -> None:
    import streamlit as st

    from monitor_core.app.frame.address import entries

    page = st.session_state.get("place", "first")
    entries.begin(page)
    if page == "first":
        st.write(entries.choice_of_page(st.selectbox, "Fruit", ["apple", "pear"], key="fruit"))


def test_a_choice_of_a_page_ends_with_it() -> None:
    app = AppTest.from_function(two_pages).run()
    app.selectbox(key="fruit shown").select("pear").run()
    app.run()
    assert app.markdown[0].value == "pear"
    for place in ("second", "first"):
        app.session_state["place"] = place
        app.query_params.clear()  # as the link to another page does
        app.run()
    assert not app.exception
    assert app.markdown[0].value == "apple"
    assert app.selectbox(key="fruit shown").value == "apple"
