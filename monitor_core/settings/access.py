"""Access control: who may see the monitor, who may edit, and on which addresses the app may listen."""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from monitor_core.contract.errors import LoginNeeded, MonitorError, Refused
from monitor_core.settings.settings import Settings
from monitor_core.settings.types import is_ip, is_loopback

OTHER_HOST = "The monitor does not answer to this host name. If it is the monitor's, add it to MONITOR_ALLOWED_HOSTS.\n"
ROLE_CLAIMS = ("groups", "roles")  # Keycloak's mapper of groups, and Entra's app roles
VIEW = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f\x7f]*")  # on this host: to a browser, //a and /\a are other hosts
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s/@]+)(:\d{1,5})?")  # of a request: name or address, and port
LONGEST_VIEW = 2000  # a cookie has room for 4,096


@dataclass(frozen=True)
class Visitor:
    """A person who is logged in, and whether they may edit."""

    email: str
    may_edit: bool


def visitor(claims: Mapping[str, Any], settings: Settings, now: datetime) -> Visitor:
    """Return the visitor for the claims of a verified ID token; raise LoginNeeded or Refused if they have no access.

    A missing claim means no access, with one exception: a provider that does not send `email_verified`, such as Entra,
    vouches for its addresses itself.
    """
    if not claims.get("is_logged_in"):
        raise LoginNeeded("Log in to see the monitor.")
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or not now.timestamp() - issued <= settings.login_lasts.total_seconds():
        raise LoginNeeded("Your login has expired.")
    email = str(claims.get("email") or "").lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Refused(
            "The login gave no e-mail address; whoever runs it has to put the claim `email` into its ID token."
        )
    if claims.get("email_verified", True) not in (True, "true"):
        raise Refused(f"{email} is not verified by the login; verify the address there, then log in again.")
    if email.partition("@")[2] not in settings.login_domains:
        raise Refused(
            f"{email} has no access to this monitor: its domain is none of MONITOR_LOGIN_DOMAINS. Log out, and in "
            "again with another address."
        )
    return Visitor(email, _is_listed(email, claims, settings.login_editors))


def _is_listed(email: str, claims: Mapping[str, Any], people: Iterable[str]) -> bool:
    """Return whether the address, a group or a role is listed; a group named like an address is not an address."""
    people = list(people)
    addresses = {entry.lower() for entry in people if "@" in entry}
    roles = {entry for entry in people if "@" not in entry}
    given = [claims.get(name) for name in ROLE_CLAIMS]
    held = {str(claim) for value in given for claim in (value if isinstance(value, list) else [value])}
    return email in addresses or bool(roles & held)


def is_for_some(settings: Settings) -> bool:
    """Return whether only some of the people who may log in can see a model."""
    return bool(settings.login_enabled and settings.login_viewers)


def may_see(claims: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether a visitor may see a model: everybody may, unless MONITOR_LOGIN_VIEWERS names who alone."""
    if not is_for_some(settings):
        return True
    email = str(claims.get("email") or "").lower()
    return _is_listed(email, claims, (*settings.login_viewers, *settings.login_editors))


def check_listening(address: str | None, settings: Settings) -> None:
    """Raise MonitorError if other machines could reach the app without a login; no address means that all can."""
    if settings.login_enabled or settings.allow_public or is_loopback(address) or str(address).startswith("unix://"):
        return
    raise MonitorError(
        f"The app would listen on {address or 'every address of this machine'} without a login, and show everything to "
        "whoever comes. Set STREAMLIT_SERVER_ADDRESS=127.0.0.1, or a login (MONITOR_LOGIN_…, see docs/login.md), or "
        "MONITOR_ALLOW_PUBLIC=1 if something else keeps strangers away."
    )


def is_own_host(header: str, settings: Settings) -> bool:
    """Return whether a request's Host is acceptable: MONITOR_APP_URL's, an allowed one, or one that cannot be forged.

    This prevents DNS rebinding, in which a foreign site lets its own name resolve to our address so that its pages can
    read ours. That works with a name of its domain, but not with an IP address or a name without a dot.

    >>> [is_own_host(host, Settings()) for host in ("localhost:5004", "192.0.2.7", "[::1]:5004", "elsewhere.example")]
    [True, True, True, False]
    """
    match = HOST.fullmatch(header)
    if match is None:
        return False
    host = match[1].strip("[]").removesuffix(".").lower()
    return host in {urlsplit(settings.app_url).hostname, *settings.allowed_hosts} or "." not in host or is_ip(host)


def provider(settings: Settings) -> dict[str, Any]:
    """Return the configuration of Streamlit's `st.login`, the content of its secret `auth`.

    The cookie key is derived from the client secret: there is one secret less to keep, all copies of the app share the
    key, and a new client secret logs everybody out.
    """
    assert settings.login_client_secret  # noqa: S101 - or the settings had not loaded
    secret = settings.login_client_secret.get_secret_value()
    return {
        "redirect_uri": f"{settings.app_url}/oauth2callback",
        "cookie_secret": hmac.digest(secret.encode(), b"cookies of the login", "sha256").hex(),
        "client_id": settings.login_client_id,
        "client_secret": secret,
        "server_metadata_url": settings.login_metadata_url,
    }


def view(url: str, settings: Settings) -> str | None:
    """Return the path and query of one of the app's own addresses; None for any other.

    >>> view("http://localhost:5004/drift?period=90d", Settings())
    '/drift?period=90d'
    >>> view("http://localhost:5004//elsewhere.example/", Settings())
    """
    here = re.match(r"https?://[^/]+", settings.app_url)
    path = url.removeprefix(here[0]) if here and url.startswith(here[0]) else ""
    return path if VIEW.fullmatch(path) and len(path) <= LONGEST_VIEW else None
