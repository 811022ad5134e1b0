"""The page for an address that names no page; that a browser gets it, a test there says."""

from typing import Any

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.address.unknown import NoFolders
from monitor_core.settings.settings import ROOT


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
    assert run(**{"unknown page": "foo/bar"}).session_state["paths"] == ["bar"]


# ---- an address with several names


def server(_: Request) -> Response:
    """Answer as Streamlit does: with its page where it has no file."""
    return FileResponse(ROOT / "LICENSE") if _.url.path.endswith("file.txt") else HTMLResponse("its page")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(NoFolders(Starlette(routes=[Route("/{path:path}", server)])))


def test_several_names_are_no_page(client: TestClient) -> None:
    answer = client.get("/foo/<b>/bar?x=1")
    assert answer.status_code == 404
    assert "There is no page <code>/foo/&lt;b&gt;/bar</code>." in answer.text
    assert 'href="../../"' in answer.text
    assert "its page" not in answer.text


@pytest.mark.parametrize("path", ["/", "/metrics", "/metrics/"])
def test_a_page_is_answered_as_before(client: TestClient, path: str) -> None:
    assert client.get(path).text == "its page"


def test_a_file_in_a_folder_is_answered_as_before(client: TestClient) -> None:
    answer = client.get("/static/file.txt")
    assert (answer.status_code, answer.text) == (200, (ROOT / "LICENSE").read_text())


def test_a_downloaded_page_is_answered_as_before(client: TestClient) -> None:
    assert client.get("/media/0123.html").text == "its page"


def test_an_app_served_under_a_path_has_its_pages(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/our/monitor/"}.get)
    assert client.get("/our/monitor/metrics").text == "its page"
    assert client.get("/our/monitor/foo/bar").status_code == 404
