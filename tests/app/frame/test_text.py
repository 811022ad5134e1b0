"""Text as Streamlit shall show it."""

import re
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.text import JOINER, plain, selection_in_words
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize("text", ["![x](http://a)", "**bold** _it_ `code`", "<b>x</b>", ":red[x] $x^2$", "a\\b", "# 1"])
def test_every_sign_of_markdown_is_escaped_and_nothing_else_is_lost(text: str) -> None:
    escaped = plain(text)
    assert re.sub(r"\\(.)", r"\1", escaped).replace(JOINER, "") == text
    signs = re.findall(r"\\?(?:[^\w\s]|_)", escaped.replace(JOINER, ""))
    assert all(sign.startswith("\\") and len(sign) == 2 for sign in signs)


@pytest.mark.parametrize(
    "text", ["http://a.b", "HTTPS://a", "www.a.b", "a@b.c", ":streamlit:", "a -> b", "<-> x", "y --"]
)
def test_no_link_and_no_other_sign_is_made_of_text(text: str) -> None:
    """Streamlit looks for these in what it has already read as text, where no backslash is left."""
    joined = re.sub(r"\\(.)", r"\1", plain(text))
    assert joined.replace(JOINER, "") == text
    assert not re.search(r"https?://|www\.|@b|:streamlit:|(^|\s)(<?->|--|<-)(\s|$)", joined, re.IGNORECASE)


def test_letters_of_any_alphabet_and_spaces_stay() -> None:
    assert plain("Größe 12 é 日本 –") == "Größe 12 é 日本 –"
    assert plain("") == ""


def test_a_selection_in_short_has_its_days_and_its_segment() -> None:
    assert selection_in_words(Selection(OCTOBER, "validated")) == "from 1 Oct to 31 Oct 2026"
    segment = Selection(OCTOBER, "validated", (("camera", "*left*"),))
    assert selection_in_words(segment) == r"from 1 Oct to 31 Oct 2026, camera \*left\*"


def test_streamlit_shows_it_as_it_is() -> None:
    def page() -> None:
        import streamlit as st

        from monitor_core.app.frame.text import plain

        st.markdown(plain("[a](b)"))

    assert AppTest.from_function(page).run().markdown[0].value == r"\[a\]\(b\)"
