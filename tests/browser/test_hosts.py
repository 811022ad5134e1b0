"""A name of strangers that leads to the app (DNS rebinding): nothing is shown to it, and probes are answered."""

from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

WEBSOCKET = """url => new Promise(resolve => {
    const socket = new WebSocket(url, ["streamlit"]);
    socket.onopen = () => resolve("opened");
    socket.onclose = () => resolve("closed");
})"""


def test_a_name_of_strangers_is_shown_nothing(chromium: Browser, address: str) -> None:
    host = f"stranger.example:{urlsplit(address).port}"
    page = chromium.new_page()
    for path in ("/", "/drift", "/export/samples.csv?q=x", "/_stcore/host-config", "/static/js/index.js"):
        answer = page.goto(f"http://{host}{path}")
        assert answer is not None
        assert answer.status == 421
        assert "MONITOR_ALLOWED_HOSTS" in answer.text()
    assert page.evaluate(WEBSOCKET, f"ws://{host}/_stcore/stream") == "closed"
    page.goto(address)
    assert page.evaluate(WEBSOCKET, f"ws://{urlsplit(address).netloc}/_stcore/stream") == "opened"
    page.close()


def test_a_probe_is_answered_whatever_name_it_asks_for(address: str) -> None:
    answer = httpx2.get(f"{address}/_stcore/health", headers={"Host": "stranger.example"}, trust_env=False)
    assert answer.status_code == 200
