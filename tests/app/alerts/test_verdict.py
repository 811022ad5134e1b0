"""The first line of Overview, and the sign in the browser's tab."""

from xml.etree import ElementTree

from streamlit.testing.v1 import AppTest

from monitor_core.app.alerts.verdict import ICON, MARKS
from monitor_core.mongo.store import Store
from monitor_core.reports.state.verdict import read_verdict
from tests.app.drifting import well, write
from tests.app_pages import said, visit


def of_tab() -> list[str]:
    """Return what a session puts into the browser's tab: the beginning of its title, and its icon."""

    def script() -> None:
        import streamlit as st

        from monitor_core.app.alerts import verdict

        for text in verdict.of_tab():
            st.text(text or "")

    return [element.value for element in AppTest.from_function(script).run().text]


def test_the_first_line_of_overview_is_the_verdict(ringing: Store) -> None:
    app = visit()
    of_model = read_verdict(ringing)
    assert f"{of_model.title}.** {of_model.sentence}" in said(app)
    (first, *_), heading = [element.value for element in app.markdown], app.header[0].value
    assert (first.startswith("**:red[▲] Worse since "), heading) == (True, "Overview")
    links = [element.proto.label for element in app.get("page_link")]
    assert links[:2] == [of_model.alerts_in_words, of_model.freshness]


def test_the_tab_says_what_needs_attention_in_words_and_by_an_icon_s_form(ringing: Store) -> None:
    begins, icon = of_tab()
    assert begins.startswith("Worse since ")
    assert icon == ICON.format(MARKS["bad"])


def test_the_tab_says_no_more_than_its_icon_while_the_model_is_not_worse(store: Store) -> None:
    write(store, *well(0))
    begins, icon = of_tab()
    assert (begins, icon) == ("Not judged ·", ICON.format(MARKS["unknown"]))


def test_the_icons_are_images_that_differ_in_form() -> None:
    outlines = {ElementTree.fromstring(ICON.format(mark))[0].tag for mark in MARKS.values()}  # noqa: S314
    signs = {ElementTree.fromstring(ICON.format(mark))[1].get("d") for mark in MARKS.values()}  # noqa: S314
    assert (len(outlines), len(signs)) == (2, 3)
