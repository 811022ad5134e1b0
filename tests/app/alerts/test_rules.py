"""The editor of rules on the page Alerts."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.alerts.rules import NEW_RULE
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from tests.app.alerts.shown import checked, open_page
from tests.app_pages import alts, said

EVIL = "![x](http://example.invalid/a.png)"


BELOW = [{"metric": "accuracy", "operator": "below", "threshold": 0.9}]


def type_rule(app: AppTest, text: str) -> AppTest:
    (area,) = (found for found in app.text_area if found.label == "The rule, as JSON")
    return checked(area.set_value(text).run())


def save(app: AppTest, by: str = "Ada") -> AppTest:
    app.text_input(key="who saves").set_value(by)
    (button,) = (found for found in app.button if found.label == "Save the rule")
    return checked(button.click().run())


def can_be_saved(app: AppTest) -> bool:
    return any(button.label == "Save the rule" for button in app.button)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("{", "This is not JSON"),
        ("[]", "A rule is a JSON object"),
        ('{"name": "x", "title": "x", "conditions": []}', "The rule cannot be used: conditions"),
        (json.dumps({"name": "x", "title": "x", "conditions": [{"metric": EVIL, "operator": "above"}]}), EVIL),
    ],
)
def test_a_rule_that_cannot_be_used_is_explained_and_not_saved(ringing: Store, typed: str, sentence: str) -> None:
    app = type_rule(open_page(edit="accuracy-falling", edit_as="JSON"), typed)
    assert sentence in said(app)
    assert len(app.error) == 1
    assert not can_be_saved(app)
    assert EVIL not in app.error[0].value


def test_a_new_rule_shows_when_it_would_have_fired_before_it_is_saved(ringing: Store) -> None:
    typed = json.dumps({"name": "too-low", "title": "Too low", "conditions": BELOW, "window_days": 1})
    app = type_rule(open_page(edit=NEW_RULE, edit_as="JSON"), typed)
    assert "would have fired on 6 of 30 days" in said(app)
    assert "Too low: what the rule would have measured" in alts(app)[0]
    assert "too-low" not in [rule.name for rule in Rulebook(ringing).rules()]
    save(app)
    found = Rulebook(ringing).rule("too-low")
    assert (found.changed_by, found.version) == ("Ada", 1)


def test_an_edited_rule_is_the_next_version(ringing: Store) -> None:
    app = open_page(edit="confidence-moved", edit_as="JSON")
    area = next(found for found in app.text_area if found.label == "The rule, as JSON")
    app = type_rule(app, json.dumps(json.loads(area.value) | {"enabled": False}))
    assert "Enter your name" in said(save(app, by=""))
    assert Rulebook(ringing).rule("confidence-moved").version == 1
    app = save(app)
    found = Rulebook(ringing).rule("confidence-moved")
    assert (found.version, found.enabled, found.changed_by) == (2, False, "Ada")
    rules = next(frame.value for frame in app.dataframe if "condition" in frame.value)
    assert rules.set_index("rule").loc["confidence-moved", "state"] == "disabled"
    assert "2: changed by Ada" in said(app).replace("*", "")


def test_a_rule_about_this_moment_has_no_past(ringing: Store) -> None:
    app = open_page(edit="logger-lags")
    assert "cannot be judged on past days" in said(app)
    assert can_be_saved(app)


def test_the_rules_say_whom_they_notify_and_which_target_does_not_exist(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", "team=json://user:hunter2@127.0.0.1:9/hook json://127.0.0.1:9/second")
    monkeypatch.setenv("MONITOR_NOTIFY_CRITICAL", "pager=json://127.0.0.1:9/third")
    Rulebook(store).edit("logger-lags", {"notify": ["gone"]}, "Ada", store.now())
    Rulebook(store).edit("no-reviews", {"notify": ["team"]}, "Ada", store.now())
    app = open_page()
    rules = next(frame.value for frame in app.dataframe if "notifies" in frame.value).set_index("rule")
    assert rules["notifies"]["no-reviews"] == "team"
    assert rules["notifies"]["no-predictions"] == "team, 2: json and pager"
    assert rules["notifies"]["logger-lags"] == "team and 2: json"
    assert 'is to notify "gone", which is no notification target of the settings' in said(app)
    assert "hunter2" not in said(app)
