"""Streamlit's login: access to every page, and the name of the visitor."""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor_core.app.frame import session
from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import LoginNeeded, MonitorError, Refused, SettingsError
from monitor_core.settings import access
from monitor_core.settings.access import Visitor
from monitor_core.settings.settings import Settings, variable
from monitor_core.settings.sources import load_shared

LONGEST_NAME = 80
VIEW_COOKIE, VIEW_SECONDS = "monitor_view", 600
HEALTH = ("/_stcore/health", "/_stcore/script-health-check")  # a probe asks by whatever name it likes
POLICY_VIOLATION = 1008  # of RFC 6455
BEGINS, ENDS = "/auth/login", "/oauth2callback"  # Streamlit's addresses of a login
PROVIDER_SECONDS = 15.0  # for the provider's answer
NO_PROVIDER = (
    "The login provider does not answer, or its answer cannot be used, so nobody can log in at the moment. Go back and "
    "try again later. If this lasts, the monitor's administrator has to check MONITOR_LOGIN_METADATA_URL; the app's "
    "log has the reason.\n"
)


# ---- at the server's start


def guard(*inner: Any) -> dict[str, Any]:
    """Return the arguments of `st.App` for the login; `inner`: classes of what else stands before the app.

    Refuse to start if other machines could reach the app without a login.
    """
    try:
        settings = load_shared()
        access.check_listening(st.get_option("server.address"), settings)
    except MonitorError as wrong:
        sys.exit(str(wrong))
    own_hosts = Middleware(OwnHosts, settings)
    if not settings.login_enabled:
        return {"middleware": [own_hosts, *map(Middleware, inner)]}
    return {
        "secrets": {"auth": access.provider(settings)},
        "middleware": [
            own_hosts,
            Middleware(BackToTheView, settings),
            Middleware(ProviderDown),
            *map(Middleware, inner),
        ],
    }


class BackToTheView:
    """Redirect a login to the view where it began, as Streamlit redirects to the front page, losing the link."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and path.endswith(BEGINS):
                self._remember(Request(scope), MutableHeaders(scope=message))
            if message["type"] == "http.response.start" and path.endswith(ENDS):
                self._lead_on(Request(scope), MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_on if path.endswith((BEGINS, ENDS)) else send)

    def _remember(self, request: Request, answer: MutableHeaders) -> None:
        view = access.view(request.headers.get("referer", ""), self.settings)
        if view:
            _set_cookie(answer, quote(view, safe=""), VIEW_SECONDS)

    def _lead_on(self, request: Request, answer: MutableHeaders) -> None:
        """Redirect only to a view below the page that Streamlit redirects to, as the cookie may contain anything."""
        remembered, front = unquote(request.cookies.get(VIEW_COOKIE, "")), answer.get("location", "")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.settings.app_url))
        view = access.view(origin + remembered, self.settings)
        if view and front.startswith("/") and view.startswith(front):
            answer["location"] = view
        if remembered:
            _set_cookie(answer, "", 0)


def _set_cookie(answer: MutableHeaders, value: str, seconds: int) -> None:
    answer.append("set-cookie", f"{VIEW_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")


class ProviderDown:
    """Answer a login that cannot begin with a sentence, since Streamlit answers with two words or an empty page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(BEGINS):
            await self.app(scope, receive, send)
            return
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                await self.app(scope, receive, hold)
        except Exception as error:  # noqa: BLE001 - whatever the provider or the way to it makes of a login
            logging.getLogger(__name__).warning("a login could not begin: %s", type(error).__name__)
            answer = []
        if not answer or answer[0]["status"] >= 400:
            await PlainTextResponse(NO_PROVIDER, 503)(scope, receive, send)
            return
        for message in answer:
            await send(message)


class OwnHosts:
    """Refuse requests and websockets whose Host is not one of the app's own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].endswith(HEALTH) or self._is_own(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()  # the handshake, which ASGI wants read before it is refused
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await PlainTextResponse(access.OTHER_HOST, 421)(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and access.is_own_host(hosts[0], self.settings)


# ---- in a session


def is_inside() -> bool:
    """Return whether the session may see data; not while a setting is invalid, which the login page reports."""
    try:
        if not session.in_session() or (session.shared_settings().login_enabled and _visitor() is None):
            return False
        return bool(session.models())
    except SettingsError:
        return False


def navigation() -> Literal["top", "hidden"]:
    """Return where the pages are listed: nowhere for visitors who are not logged in."""
    return "top" if is_inside() or not session.in_session() else "hidden"


def gate() -> None:
    """End the page for visitors without access, saying why, before any query of the database."""
    if is_inside():
        return
    st.header("Prediction monitor")
    try:
        visitor = _ask()
        raise Refused(f"{visitor.email} has access to none of the models. {variable('login_viewers')} says who has.")
    except LoginNeeded as needed:
        st.markdown(plain(str(needed)))
        _offer_login()
    except Refused as refused:
        st.error(plain(str(refused)))
        st.button("Log out", on_click=st.logout)
    st.stop()


def _offer_login() -> None:
    """Link to MONITOR_APP_URL, because the provider leads back to that name of this machine only."""
    address, here = urlsplit(session.settings().app_url), urlsplit(st.context.url or session.settings().app_url)
    if (address.scheme, address.netloc) == (here.scheme, here.netloc):
        st.button("Log in", on_click=st.login, type="primary")
    else:
        st.markdown(f"You can only log in at {plain(session.settings().app_url)}.")
        st.link_button("Go to the login", session.settings().app_url)


def _ask() -> Visitor:
    return access.visitor(st.user.to_dict(), session.settings(), datetime.now(UTC))


def _visitor() -> Visitor | None:
    try:
        return _ask()
    except (LoginNeeded, Refused):
        return None


def sidebar() -> None:
    """Show who is logged in, and the logout."""
    visitor = _visitor()
    if visitor:
        with st.sidebar:
            role = "You may make changes." if visitor.may_edit else "You have read-only access."
            st.caption(f"Logged in as {plain(visitor.email)}. {role}")
            st.button("Log out", on_click=st.logout)


# ---- for what changes something


def may_edit() -> bool:
    """Return whether the visitor may annotate, answer alerts, change rules and tag; without a login, everybody may."""
    visitor = _visitor()
    return visitor.may_edit if visitor else not session.shared_settings().login_enabled


def who() -> str | None:
    """Return the name stored with an action: the e-mail address of the login; None without a login."""
    visitor = _visitor()
    return visitor.email if visitor else None


def pick_name(key: str) -> str:
    """Return the name as `who`; without a login, it is typed into a field with this key."""
    if not session.shared_settings().login_enabled:
        return st.text_input("Your name", key=key, max_chars=LONGEST_NAME)
    st.caption(f"Your name is stored with the change: {plain(who() or '')}")
    return who() or ""


def tell_viewer() -> None:
    """Say why there is no button."""
    st.caption(
        "You have read-only access. Those in MONITOR_LOGIN_EDITORS may annotate, answer alerts, change rules and "
        "tag samples."
    )
