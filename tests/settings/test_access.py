"""Who may look, who may change something, and where the app may listen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_core.contract.errors import LoginNeeded, MonitorError, Refused
from monitor_core.settings.access import check_listening, is_own_host, may_see, provider, view, visitor
from monitor_core.settings.settings import Settings

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
SECRET = "client-secret-of-a-test-0123456789"  # noqa: S105 - of nobody


def settings(**changes: Any) -> Settings:
    login = {
        "login_metadata_url": "https://login.example.org/.well-known/openid-configuration",
        "login_client_id": "monitor",
        "login_client_secret": SECRET,
        "login_domains": "example.org",
        "login_editors": ["Ada@example.org", "monitor-editors", "eve@evil.example"],
    }
    return Settings(**login | changes)


def claims(**changes: Any) -> dict[str, Any]:
    defaults = {"is_logged_in": True, "iat": NOW.timestamp() - 60, "email": "bob@example.org", "email_verified": True}
    return {name: value for name, value in (defaults | changes).items() if value is not None}


def test_who_has_an_address_of_the_domain_may_look() -> None:
    person = visitor(claims(), settings(), NOW)
    assert (person.email, person.may_edit) == ("bob@example.org", False)
    assert visitor(claims(email="BOB@Example.ORG"), settings(), NOW).email == "bob@example.org"
    assert visitor(claims(email_verified="true"), settings(), NOW)


def test_a_provider_that_says_nothing_of_verification_vouches_itself() -> None:
    assert visitor(claims(email_verified=None), settings(), NOW)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"email": "bob@evil.example"}, "domain"),
        ({"email": "bob@sub.example.org"}, "domain"),
        ({"email": "bob@notexample.org"}, "domain"),
        ({"email": "eve@evil.example"}, "domain"),  # an editor's address opens no door
        ({"email": "bob@evil.example@example.org"}, "e-mail"),
        ({"email": '"bob@evil.example "@example.org'}, "e-mail"),
        ({"email": "example.org"}, "e-mail"),
        ({"email": None}, "e-mail"),
        ({"email": ["bob@example.org"]}, "domain"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": "false"}, "not verified"),
        ({"email_verified": 0}, "not verified"),
        ({"email_verified": "yes, really"}, "not verified"),
    ],
)
def test_who_has_none_is_refused(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(Refused, match=word):
        visitor(claims(**changes), settings(), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"is_logged_in": False},
        {"is_logged_in": None},
        {"iat": NOW.timestamp() - 12 * 3600 - 1},
        {"iat": None},
        {"iat": float("nan")},
        {"iat": "2100-01-01"},
    ],
)
def test_without_a_login_of_these_hours_one_is_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(LoginNeeded):
        visitor(claims(**changes), settings(), NOW)


def test_a_login_lasts_as_long_as_the_setting_says() -> None:
    old = claims(iat=NOW.timestamp() - 13 * 3600)
    with pytest.raises(LoginNeeded, match="expired"):
        visitor(old, settings(), NOW)
    assert visitor(old, settings(login_lasts="14 h"), NOW)
    assert visitor(old, settings(), NOW - timedelta(hours=2))


@pytest.mark.parametrize(
    ("changes", "may_edit"),
    [
        ({"email": "ada@example.org"}, True),
        ({"email": "ADA@example.org"}, True),
        ({"groups": ["all", "monitor-editors"]}, True),
        ({"roles": ["monitor-editors"]}, True),
        ({"roles": "monitor-editors"}, True),
        ({"groups": ["Monitor-Editors"]}, False),
        ({"groups": ["ada@example.org"]}, False),  # a group whose name looks like an editor's address
        ({"groups": [["monitor-editors"], {"a": 1}, None], "roles": {"monitor-editors": 1}}, False),
        ({"name": "monitor-editors", "scope": "monitor-editors"}, False),
        ({}, False),
    ],
)
def test_an_editor_has_the_address_or_the_group(changes: dict[str, Any], may_edit: bool) -> None:
    assert visitor(claims(**changes), settings(), NOW).may_edit == may_edit


# ---- where the app may listen


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "unix:///run/app.sock"])
def test_this_machine_needs_no_login(address: str) -> None:
    check_listening(address, Settings())


ELSEWHERE = [None, "", "0.0.0.0", "::", "192.168.1.7", "localhost.evil.example", "127.0.0.1.x"]  # noqa: S104


@pytest.mark.parametrize("address", ELSEWHERE)
def test_others_need_one(address: str | None) -> None:
    with pytest.raises(MonitorError, match=r"MONITOR_ALLOW_PUBLIC=1"):
        check_listening(address, Settings())
    check_listening(address, settings())
    check_listening(address, Settings(allow_public=True))


# ---- what the login needs


def test_the_provider_is_told_where_to_lead_back_and_the_cookies_key_is_not_the_client_s_secret() -> None:
    configuration = provider(settings(app_url="https://monitor.example.org/app/"))
    assert configuration["redirect_uri"] == "https://monitor.example.org/app/oauth2callback"
    assert configuration["client_secret"] == SECRET
    assert SECRET not in configuration["cookie_secret"]
    assert len(configuration["cookie_secret"]) == 64
    assert configuration["cookie_secret"] != provider(settings(login_client_secret=SECRET[::-1]))["cookie_secret"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://localhost:5004/", "/"),
        ("http://localhost:5004/drift?period=custom&range=2026-10-01&range=2026-10-02", None),
        ("http://localhost:5004//evil.example/", ""),
        ("http://localhost:5004/\\evil.example/", ""),
        ("http://localhost:5004/\t/evil.example/", ""),
        ("http://localhost:5004/a\r\nSet-Cookie: a=b", ""),
        ("http://localhost:5004.evil.example/", ""),
        ("http://localhost:50040/", ""),
        ("http://localhost:5004@evil.example/", ""),
        ("https://evil.example/http://localhost:5004/", ""),
        ("http://localhost:5004/" + "a" * 3000, ""),
        ("", ""),
    ],
)
def test_a_view_is_a_path_on_this_host(url: str, found: str | None) -> None:
    """None: all behind the host; empty: no view."""
    expected = url.removeprefix("http://localhost:5004") if found is None else found or None
    assert view(url, Settings()) == expected


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "localhost:5004",
            "LOCALHOST.",
            "127.0.0.1:5004",
            "[::1]",
            "[::1]:5004",
            "192.0.2.7",
            "logger:9464",
        ),
        *("monitor.example.org", "Monitor.Example.org:443", "monitor.example.org.", "other.example.org"),
    ],
)
def test_the_monitor_answers_to_its_own_names(host: str) -> None:
    assert is_own_host(host, Settings(app_url="https://monitor.example.org/app", allowed_hosts="Other.example.org"))


@pytest.mark.parametrize(
    "host",
    [
        *("stranger.example", "stranger.example:5004", "monitor.example.org.stranger.example", "xmonitor.example.org"),
        *("a.monitor.example.org", "", ":5004", "127.0.0.1.stranger.example", "localhost.stranger.example"),
        *("stranger.example#localhost", "stranger.example/localhost", "localhost@stranger.example", "localhost:x"),
        *("localhost, stranger.example", "stranger.example localhost", "[stranger.example]", "[::1].stranger.example"),
    ],
)
def test_and_to_no_name_of_strangers(host: str) -> None:
    assert not is_own_host(host, Settings(app_url="https://monitor.example.org/app", allowed_hosts="other.example.org"))


def test_who_may_see_a_model() -> None:
    open_to_all, team = settings(), settings(login_viewers=["ben@example.org", "cat-team"])
    ben, cleo = {"email": "Ben@example.org"}, {"email": "cleo@example.org"}
    assert may_see(cleo, open_to_all)  # nobody is named: whoever may log in
    assert may_see(ben, team)
    assert not may_see(cleo, team)
    assert may_see(cleo | {"groups": ["cat-team"]}, team)
    assert not may_see(cleo | {"groups": ["ben@example.org"]}, team)
    assert not may_see({}, team)
    assert may_see({"email": "ada@example.org"}, team)  # an editor
    assert may_see(cleo, Settings())  # without a login nobody is known
