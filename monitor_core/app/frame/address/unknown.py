"""Answers to an address that names no page: Streamlit would show its start page, or none, instead."""

from collections.abc import Sequence
from html import escape

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.navigation.page import StreamlitPage as Page
from streamlit.runtime.scriptrunner import get_script_run_ctx

from monitor_core.app.frame.text import plain

UNKNOWN = "unknown page"
NO_FOLDERS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>No such page</title>
<style>:root {{ color-scheme: light dark; font-family: sans-serif }} body {{ margin: 3rem 1.5rem }}
code {{ overflow-wrap: anywhere }}</style></head>
<body><h1>No such page</h1><p>There is no page <code>{path}</code>.</p>
<p>The <a href="{start}">Overview</a> leads to all pages.</p></body></html>
"""
LONGEST_PATH = 200
FILES = {"media", "static", "component", "_stcore"}  # Streamlit's own folders; a downloaded report is a page in one


def unknown_page(pages: Sequence[Page]) -> list[Page]:
    """Return a page, in no menu, if the address names none of these; it says so and links to them."""
    context = get_script_run_ctx()
    named = ((context.pages_manager.intended_page_name if context else None) or "").strip("/")
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

    last = name.rpartition("/")[2]  # Streamlit refuses more than one name
    return [st.Page(tell, title="No such page", url_path=last, visibility="hidden")]


class NoFolders:
    """Answer an address with several names, such as /foo/bar, with a sentence and a link.

    Streamlit answers with its page, whose scripts lie beside it, so that the browser finds none of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = _names(scope["path"]) if scope["type"] == "http" else []
        if len(names) < 2 or names[0] in FILES:
            await self.app(scope, receive, send)
            return
        is_page = False

        async def pass_on(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                is_page = message["status"] == 200 and _is_html(message)
            if not is_page:
                await send(message)

        await self.app(scope, receive, pass_on)
        if is_page:
            text = NO_FOLDERS.format(path=escape(scope["path"][:LONGEST_PATH]), start="../" * (len(names) - 1))
            await HTMLResponse(text, 404, {"Cache-Control": "no-store"})(scope, receive, send)


def _names(path: str) -> list[str]:
    """Return the names of a path below the one that the app is served under, if it is."""
    names = [name for name in path.split("/") if name]
    served_under = [name for name in str(st.get_option("server.baseUrlPath") or "").split("/") if name]
    return names[len(served_under) :] if names[: len(served_under)] == served_under else names


def _is_html(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
