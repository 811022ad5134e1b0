"""The gate before the pages, through Streamlit's own AppTest; the login itself is tests/browser/test_login.py's."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.alerts.parts import ANSWERS
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.app.drifting import accuracy_alert
from tests.app_pages import said

SECRET = "client-secret-of-a-test-0123456789"  # noqa: S105 - of nobody
LOGIN = {
    "LOGIN_METADATA_URL": "https://login.example.org/.well-known/openid-configuration",
    "LOGIN_CLIENT_ID": "monitor",
    "LOGIN_CLIENT_SECRET": SECRET,
    "LOGIN_DOMAINS": "example.org",
    "LOGIN_EDITORS": "ada@example.org editors",
}
NOWHERE = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50"
CHANGES = {*ANSWERS, "Save the rule"}


@pytest.fixture
def _login(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LOGIN.items():
        monkeypatch.setenv(f"MONITOR_{name}", value)


def claims(email: str, **more: Any) -> dict[str, Any]:
    return {"is_logged_in": True, "iat": time.time() - 60, "email": email, "email_verified": True, **more}


def come(user: dict[str, Any], **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.user = user
    for name, value in query.items():
        app.query_params[name] = value
    app = app.run()
    assert [element.value for element in app.exception] == []
    return app


def on_alerts(user: dict[str, Any], **query: str) -> AppTest:
    return come(user, **query).switch_page("pages/operate/alerts.py").run()


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


@pytest.mark.parametrize(
    ("user", "sentence", "button"),
    [
        ({}, "Log in to see the monitor", "Log in"),
        ({"is_logged_in": False}, "Log in to see the monitor", "Log in"),
        (claims("ada@example.org") | {"iat": time.time() - 13 * 3600}, "Your login has expired", "Log in"),
        (claims("ada@evil.example"), "has no access to this monitor", "Log out"),
        (claims("ada@example.org", email_verified=False), "is not verified", "Log out"),
        (claims(""), "gave no e-mail address", "Log out"),
        (claims("![x](http://evil.example/a.png)@evil.example"), "has no access", "Log out"),
    ],
)
@pytest.mark.usefixtures("_login")
def test_who_may_not_look_gets_a_button_and_nothing_is_asked_of_the_database(
    monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], sentence: str, button: str
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", NOWHERE)
    app = come(user)
    assert sentence in said(app)
    assert labels(app) == {button}
    assert [element.value for element in app.header] == ["Prediction monitor"]
    assert not app.sidebar
    assert not any("![" in element.value for element in app.error)
    assert "MongoDB" not in said(app)


@pytest.mark.usefixtures("_login")
def test_a_single_question_to_the_database_would_have_been_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", NOWHERE)
    assert "MongoDB" in said(come(claims("ada@example.org")))


@pytest.mark.usefixtures("_login")
def test_who_is_logged_in_is_named_and_may_leave(store: Store) -> None:
    app = come(claims("bob@example.org"))
    assert "Logged in as bob@example.org. You have read-only access." in said(app)
    assert "Log out" in labels(app)
    assert [element.value for element in app.header] == ["Overview"]
    app = next(button for button in app.button if button.label == "Log out").click().run()
    assert labels(app) == {"Log in"}
    assert not app.sidebar


@pytest.mark.usefixtures("_login")
def test_a_viewer_looks_and_has_nothing_to_press(ringing: Store) -> None:
    app = on_alerts(claims("bob@example.org"), alert=accuracy_alert(ringing).id, edit="accuracy-falling")
    assert "Accuracy is falling" in said(app)
    assert "would have fired" in said(app)
    assert labels(app) & CHANGES == set()
    assert said(app).count("You have read-only access. Those in MONITOR_LOGIN_EDITORS") == 3  # annotations too
    assert "Your name" not in [field.label for field in app.text_input]  # the fields of a rule are there to try it


@pytest.mark.parametrize("user", [claims("Ada@example.org"), claims("eve@example.org", groups=["editors"])])
@pytest.mark.usefixtures("_login")
def test_what_an_editor_does_is_kept_under_the_address(ringing: Store, user: dict[str, Any]) -> None:
    alert = accuracy_alert(ringing)
    app = on_alerts(user, alert=alert.id, edit="confidence-moved", edit_as="JSON")
    assert labels(app) >= CHANGES
    assert "Your name" not in [field.label for field in app.text_input]  # nobody types another's name
    app = next(button for button in app.button if button.label == "Acknowledge").click().run()
    rule = next(area for area in app.text_area if area.label == "The rule, as JSON")
    app = rule.set_value(json.dumps(json.loads(rule.value) | {"enabled": False})).run()
    next(button for button in app.button if button.label == "Save the rule").click().run()
    acknowledged = accuracy_alert(ringing).acknowledged
    assert acknowledged
    assert acknowledged.by == user["email"].lower()
    assert ringing.now() - acknowledged.at < timedelta(minutes=5)
    assert Rulebook(ringing).rule("confidence-moved").changed_by == user["email"].lower()


@pytest.mark.usefixtures("_login")
def test_a_login_that_expires_on_the_page_changes_nothing_more(ringing: Store) -> None:
    app = on_alerts(claims("ada@example.org"), alert=accuracy_alert(ringing).id)
    button = next(button for button in app.button if button.label == "Acknowledge")
    app.user = claims("ada@example.org") | {"iat": time.time() - 13 * 3600}
    app = button.click().run()
    assert "Your login has expired" in said(app)
    assert labels(app) == {"Log in"}
    assert accuracy_alert(ringing).acknowledged is None


def test_without_a_login_everybody_types_a_name_and_nobody_is_asked(ringing: Store) -> None:
    app = on_alerts({}, alert=accuracy_alert(ringing).id)
    assert labels(app) >= set(ANSWERS)
    assert labels(app) & {"Log in", "Log out"} == set()
    assert [field.label for field in app.text_input].count("Your name") == 2  # answers, annotations
    assert "Logged in" not in said(app)


@pytest.mark.usefixtures("_login")
def test_from_another_name_of_this_machine_the_way_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_APP_URL", "https://monitor.example.org")
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.context["url"] = "http://10.0.0.7:5004/alerts"
    app = app.run()
    assert "can only log in at https://monitor.example.org." in said(app)
    assert labels(app) == set()
    (link,) = app.get("link_button")
    assert link.proto.url == "https://monitor.example.org"
