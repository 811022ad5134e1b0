"""A page for an address that names no page: Streamlit would show its start page instead."""

from collections.abc import Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage as Page
from streamlit.runtime.scriptrunner import get_script_run_ctx

from monitor_core.app.frame.text import plain

UNKNOWN = "unknown page"


def unknown_page(pages: Sequence[Page]) -> list[Page]:
    """Return a page, in no menu, if the address names none of these; it says so and links to them."""
    context = get_script_run_ctx()
    named = (context.pages_manager.intended_page_name if context else None) or ""
    if named and named not in {page.url_path for page in pages}:
        st.session_state[UNKNOWN] = named
    name = st.session_state.get(UNKNOWN) if context else None
    if not name:
        return []

    def tell() -> None:
        st.header("No such page")
        st.markdown(f'There is no page "{plain(name)}". These are the pages:')
        for page in (page for page in pages if page.visibility == "visible"):
            st.page_link(page)

    return [st.Page(tell, title="No such page", url_path=name, visibility="hidden")]
