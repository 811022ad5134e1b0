"""The login in a real browser, the real app and a real OpenID Connect provider on loopback."""

import json
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, Page, ViewportSize, WebSocket, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from monitor_core.app.frame.text import JOINER
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.store import Store
from monitor_core.settings import access
from monitor_core.settings.settings import ROOT, Settings
from tests.browser import visit
from tests.browser.conftest import Tabs
from tests.browser.visit import wait_for_page
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, KEY_SIZE, Provider

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("apart")]

ADA = {"email": "Ada@example.org", "email_verified": True, "name": "Ada"}
BOB = {"email": "bob@example.org", "email_verified": True, "name": "Bob"}
USER_COOKIE = "_streamlit_user"
SCREEN = ViewportSize(width=1280, height=900)


@dataclass
class Site:
    """An app with a login, and the provider that it trusts."""

    address: str
    provider: Provider
    variables: dict[str, str]
    log: Path

    def settings(self) -> Settings:
        return Settings(**{name.removeprefix("MONITOR_").lower(): value for name, value in self.variables.items()})


@pytest.fixture(scope="module")
def site(demo_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = visit.free_port()
    address = f"http://127.0.0.1:{port}"
    provider = Provider(f"{address}/oauth2callback")
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    variables = demo_variables | {
        "MONITOR_APP_URL": address,
        "MONITOR_LOGIN_METADATA_URL": f"{provider.issuer}/.well-known/openid-configuration",
        "MONITOR_LOGIN_CLIENT_ID": CLIENT_ID,
        "MONITOR_LOGIN_CLIENT_SECRET": CLIENT_SECRET,
        "MONITOR_LOGIN_DOMAINS": "example.org",
        "MONITOR_LOGIN_EDITORS": "ada@example.org",
    }
    log = tmp_path_factory.mktemp("login") / "app.log"
    try:
        with visit.app(variables, log, port):
            yield Site(address, provider, variables, log)
    finally:
        provider.shutdown()
        provider.server_close()


@pytest.fixture(autouse=True)
def _honest_provider(site: Site) -> None:
    site.provider.person, site.provider.changed, site.provider.cookie = {}, {}, ""
    site.provider.signs_with = site.provider.key


@pytest.fixture(scope="module")
def strangers() -> list[Tabs]:
    """Browsers without any cookie."""
    return []


@pytest.fixture
def visitor(chromium: Browser, strangers: list[Tabs]) -> Iterator[Callable[[], Tabs]]:
    """A browser without any cookie."""
    came: list[Tabs] = []

    def come() -> Tabs:
        came.append(strangers.pop() if strangers else Tabs(chromium.new_context(viewport=SCREEN)))
        came[-1].context.set_default_timeout(20_000)
        return came[-1]

    yield come
    for one in came:
        forget(one)
    strangers.extend(came)


def forget(visitor: Tabs) -> None:
    """Who came there."""
    visitor.give_back()
    visitor.context.clear_cookies()


def look(visitor: Tabs, url: str) -> Page:
    page = visitor.take()
    page.goto(url)
    page.locator(visit.SETTLED).wait_for()
    return page


def press_login(page: Page) -> None:
    page.get_by_role("button", name="Log in", exact=True).click()


def is_outside(page: Page) -> None:
    """A heading, a sentence, a button: no data, no navigation."""
    expect(page.get_by_role("heading", level=2)).to_have_text(["Prediction monitor"])
    page.locator(visit.SETTLED).wait_for()
    expect(
        page.locator("[data-testid=stVegaLiteChart], [data-testid=stMetric], [data-testid=stDataFrame]")
    ).to_have_count(0)
    expect(page.locator("[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar").get_by_role("radio")).to_have_count(0)


def test_before_the_login_there_is_a_button_and_nothing_else_comes(site: Site, visitor: Callable[[], Tabs]) -> None:
    received: list[bytes] = []

    def listen(opened: WebSocket) -> None:
        opened.on("framereceived", lambda payload: received.append(payload if isinstance(payload, bytes) else b""))

    page = visitor().take()
    page.on("websocket", listen)
    page.goto(f"{site.address}/alerts?severity=critical")
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    is_outside(page)
    sent = b"".join(received)
    page.remove_listener("websocket", listen)
    assert b"Log in to see the monitor" in sent  # so the frames are read
    assert not re.search(rb"accuracy|Newest review|demo data|\xe2\x97\x8f", sent, re.IGNORECASE)


def test_a_login_leads_to_the_view_that_was_asked_for_and_names_who_came(
    site: Site, visitor: Callable[[], Tabs]
) -> None:
    site.provider.person = BOB
    page = look(visitor(), f"{site.address}/drift?period=90d")
    press_login(page)
    wait_for_page(page, "drift")
    assert page.url == f"{site.address}/drift?period=90d"
    role = f"Logged in as bob@{JOINER}example.org. You have read-only access."
    expect(page.get_by_test_id("stSidebar")).to_contain_text(role)
    page.reload()
    wait_for_page(page, "drift")
    assert page.url == f"{site.address}/drift?period=90d"


def test_a_viewer_cannot_answer_an_alert_and_an_editor_does_so_under_the_address(
    site: Site, visitor: Callable[[], Tabs]
) -> None:
    store = Store(site.settings())
    alert = next(one for one in Alerts(store).open_alerts() if one.rule == "accuracy-falling")
    view = f"{site.address}/alerts?alert={alert.id}"
    site.provider.person = BOB
    page = look(visitor(), view)
    press_login(page)
    wait_for_page(page, "alerts", charts=1)
    expect(page.get_by_text("You have read-only access. Those in MONITOR_LOGIN_EDITORS")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    site.provider.person = ADA
    page = look(visitor(), view)
    press_login(page)
    wait_for_page(page, "alerts", charts=1)
    expect(page.get_by_label("Your name")).to_have_count(0)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text(f"acknowledged by ada@{JOINER}example.org").first).to_be_visible()
    acknowledged = Alerts(store).alert(alert.id).acknowledged
    assert acknowledged
    assert acknowledged.by == "ada@example.org"
    store.database.client.close()


def has_left(site: Site, page: Page) -> None:
    """The provider too: the browser goes there once the app has let go, and the page may show that sooner."""
    deadline = time.monotonic() + 60
    while site.provider.person and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert site.provider.person == {}


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (BOB | {"email": "bob@evil.example"}, "has no access to this monitor"),
        (BOB | {"email_verified": False}, "is not verified by the login"),
        ({"sub": "7", "name": "Bob"}, "gave no e-mail address"),
    ],
)
def test_who_may_not_look_is_told_why_and_can_leave(
    site: Site, visitor: Callable[[], Tabs], person: dict[str, Any], sentence: str
) -> None:
    site.provider.person = person
    page = look(visitor(), site.address)
    press_login(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text(sentence)
    is_outside(page)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    has_left(site, page)


def test_after_the_logout_the_browser_is_outside_again(site: Site, visitor: Callable[[], Tabs]) -> None:
    site.provider.person = BOB
    bob = visitor()
    page = look(bob, f"{site.address}/metrics")
    press_login(page)
    wait_for_page(page, "metrics")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    is_outside(page)
    is_outside(look(bob, f"{site.address}/metrics"))
    assert [one["name"] for one in bob.context.cookies() if one["name"].startswith(USER_COOKIE)] == []
    page.go_back()
    is_outside(page)


# ---- a provider that is down


class Broken(BaseHTTPRequestHandler):
    """Stands where a provider should be."""

    answer = b""
    status = 200
    waits = 0.0

    def do_GET(self) -> None:
        time.sleep(self.waits)
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: Any) -> None:
        pass


def test_a_provider_that_is_down_slow_or_broken_is_a_sentence(
    site: Site, visitor: Callable[[], Tabs], tmp_path: Path
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = visit.free_port()
    address = f"http://127.0.0.1:{port}"
    metadata = f"http://127.0.0.1:{server.server_port}/.well-known/openid-configuration"
    variables = site.variables | {"MONITOR_APP_URL": address, "MONITOR_LOGIN_METADATA_URL": metadata}

    def says_so() -> None:
        page = look(visitor(), address)
        press_login(page)
        expect(page.get_by_text("The login provider does not answer, or its answer cannot be used")).to_be_visible()
        assert urlsplit(page.url).path == "/auth/login"

    with visit.app(variables, tmp_path / "app.log", port):
        for Broken.status, Broken.answer, Broken.waits in (
            (200, b"<html>no provider</html>", 0.0),
            (200, b'{"issuer": "http://127.0.0.1"}', 0.0),
            (500, b"", 0.0),
            (200, b"{}", 7.0),  # the login waits for 5 seconds
        ):
            says_so()
        server.shutdown()
        server.server_close()
        says_so()
    assert CLIENT_SECRET not in (tmp_path / "app.log").read_text("utf-8")


# ---- who forges


def with_cookie(visitor: Tabs, site: Site, value: str) -> Page:
    """And no other."""
    forget(visitor)
    visitor.context.add_cookies([{"name": USER_COOKIE, "value": value, "url": site.address}])
    return look(visitor, site.address)


def signed(site: Site, secret: str | None = None, **changes: Any) -> str:
    """A cookie as the app makes it."""
    key = secret or access.provider(site.settings())["cookie_secret"]
    claims = {"origin": site.address, "is_logged_in": True, "provider": "default", "iat": time.time(), **ADA}
    return create_signed_value(key, USER_COOKIE, json.dumps(claims | changes)).decode()


def test_a_forged_or_expired_cookie_does_not_get_in(site: Site, visitor: Callable[[], Tabs]) -> None:
    eve = visitor()
    wait_for_page(with_cookie(eve, site, signed(site)), "")  # the cookies below differ in one thing each
    with patch("itsdangerous.timed.time.time", return_value=time.time() - 32 * 24 * 3600):
        expired = signed(site)
    forged = [
        json.dumps({"is_logged_in": True, **ADA}),
        signed(site, secret="0" * 64),
        signed(site, secret=CLIENT_SECRET),
        signed(site)[:-1] + ("A" if not signed(site).endswith("A") else "B") + "A",
        expired,
        signed(site, iat=time.time() - 13 * 3600),
        signed(site, origin="http://127.0.0.1:1"),
        signed(site, is_logged_in=False),
    ]
    for value in forged:
        page = with_cookie(eve, site, value)
        expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
        is_outside(page)


@pytest.mark.parametrize("forge", ["key", "audience", "issuer", "nonce", "expired"])
def test_a_token_that_the_provider_did_not_make_for_this_login_does_not_get_in(
    site: Site, visitor: Callable[[], Tabs], forge: str
) -> None:
    site.provider.person = ADA
    if forge == "key":
        site.provider.signs_with = RSAKey.generate_key(KEY_SIZE)
    site.provider.changed = {
        "audience": {"aud": "another-client"},
        "issuer": {"iss": "https://evil.example"},
        "nonce": {"nonce": "of another login"},
        "expired": {"exp": int(time.time()) - 3600},
    }.get(forge, {})
    page = look(visitor(), site.address)
    press_login(page)
    page.wait_for_url(f"{site.address}/")
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    is_outside(page)


def test_a_login_does_not_lead_to_another_host(site: Site, visitor: Callable[[], Tabs]) -> None:
    site.provider.person = BOB
    bob = visitor()
    for view in (
        "//evil.example/",
        "%2F%2Fevil.example%2F",
        "%2F%5Cevil.example",
        "https%3A%2F%2Fevil.example%2F",
        "x",
    ):
        site.provider.cookie = f"monitor_view={view}; Path=/"
        page = look(bob, site.address)
        press_login(page)
        wait_for_page(page, "")
        assert page.url == f"{site.address}/"
        forget(bob)
    site.provider.cookie = "monitor_view=%2Fmetrics; Path=/"  # so the cookie arrives
    page = look(bob, site.address)
    press_login(page)
    wait_for_page(page, "metrics")


# ---- secrets, and where it listens


def test_no_log_and_no_page_holds_a_secret(site: Site, visitor: Callable[[], Tabs]) -> None:
    site.provider.person = ADA
    page = look(visitor(), site.address)
    press_login(page)
    wait_for_page(page, "")
    handed_out = site.provider.handed_out
    assert handed_out.codes
    assert handed_out.tokens
    options = access.provider(site.settings())
    secrets = [options["client_secret"], options["cookie_secret"], *handed_out.codes, *handed_out.tokens]
    log_and_page = site.log.read_text("utf-8") + page.content()
    assert [one for one in secrets if one in log_and_page] == []
    assert "You can now view" in log_and_page


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])  # noqa: S104
def test_without_a_login_it_refuses_to_listen_elsewhere(demo_variables: dict[str, str], address: str) -> None:
    ended = run_app(demo_variables | {"STREAMLIT_SERVER_ADDRESS": address})
    assert ended.returncode != 0
    assert "without a login" in ended.stderr
    assert "MONITOR_ALLOW_PUBLIC=1" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_half_a_login_stops_the_start(demo_variables: dict[str, str]) -> None:
    ended = run_app(demo_variables | {"MONITOR_LOGIN_CLIENT_SECRET": CLIENT_SECRET})
    assert ended.returncode != 0
    assert "MONITOR_LOGIN_CLIENT_SECRET is set but MONITOR_LOGIN_METADATA_URL" in ended.stderr
    assert CLIENT_SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize("login", [False, True], ids=["allowed", "with a login"])
def test_it_listens_elsewhere_if_that_is_wanted_or_there_is_a_login(
    demo_variables: dict[str, str], site: Site, tmp_path: Path, login: bool
) -> None:
    chosen = site.variables if login else demo_variables | {"MONITOR_ALLOW_PUBLIC": "1"}
    everywhere = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "STREAMLIT_BROWSER_SERVER_ADDRESS": "localhost"}  # noqa: S104
    with visit.app(chosen | everywhere, tmp_path / "app.log") as address:
        assert urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).status == 200  # noqa: S310 - our own


def run_app(variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(visit.free_port())]
    environment = visit.clean_environment(variables)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
