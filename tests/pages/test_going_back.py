"""A version that was put back finds rules and events of a later one: it names them, and goes on with all the others."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.messages import note
from monitor_core.logger import tick as jobs
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from tests.alerting.happened import ALERT, EVENT, LOW, NOW
from tests.app_pages import said, visit
from tests.command import run, run_json
from tests.documents import fields
from tests.receivers import Webhook, webhook

CANNOT = 'The rule "low" cannot be used: conditions.0.metric: there is no metric "wisdom". '
KIND = "escalated *far*"  # no Markdown


def one_document(store: Store) -> None:
    """Write a document that is old, so that the rules on missing predictions and reviews fire."""
    long_ago = store.now() - timedelta(days=9)
    store.collection.insert_one(fields(prediction=1, validated=1, predicted_at=long_ago, validated_at=long_ago))


@pytest.fixture
def later(store: Store) -> Store:
    """A database with a rule on a metric of a later version, and an alert of this rule that is open."""
    one_document(store)
    Rulebook(store).add(LOW, "ana", store.now())
    metric = {"rule.conditions.0.metric": "wisdom"}
    for rules in ("monitor_rules", "monitor_rule_versions"):
        assert store.database[rules].update_one({"rule.name": "low"}, {"$set": metric}).modified_count == 1
    assert Alerts(store).write(None, ALERT, [])
    return store


def stored(store: Store) -> Any:
    return store.database["monitor_rules"].find_one({"_id": "low"})


def test_a_run_judges_the_other_rules_and_leaves_the_alerts_of_an_unusable_one(later: Store) -> None:
    result = jobs.tick(later)
    assert result
    assert result.failures == ()
    alerts = {alert.rule: alert.state for alert in Alerts(later).open_alerts()}
    assert alerts == {"no-predictions": "firing", "no-reviews": "firing", "low": "firing"}
    assert "low" not in {latest.rule.name for latest in Rulebook(later).latest()}
    assert not Rulebook(later).timeliness(later.now()).is_late


def test_the_pages_name_an_unusable_rule_and_show_the_others(later: Store) -> None:
    jobs.tick(later)
    page = visit("operate/alerts")
    assert not [*page.exception, *page.error]
    assert CANNOT in said(page)
    assert "No reviews are coming in" in said(page)
    (rules,) = (frame.value.set_index("rule") for frame in page.dataframe)
    assert tuple(rules.loc["low", ["state", "status"]]) == ("enabled", "cannot be used")
    assert rules.loc["no-reviews", "status"] == "firing"
    drift = visit("operate/drift")
    assert not [*drift.exception, *drift.error]


def test_the_commands_name_an_unusable_rule_and_print_the_others(later: Store) -> None:
    jobs.tick(later)
    listed = run("rules", "list")
    assert listed.returncode == 0
    assert CANNOT in listed.stdout
    assert "no-reviews" in listed.stdout
    of_rule = {rule["name"]: rule for rule in run_json("rules", "list")}
    assert of_rule["low"]["status"] == "cannot be used"
    assert of_rule["low"]["conditions"][0]["metric"] == "wisdom"
    assert of_rule["no-reviews"]["status"] == "firing"

    checked = run("check")
    assert checked.returncode == 1
    assert CANNOT in checked.stderr
    assert CANNOT in run_json("check", code=1)["unusable"]["low"]
    for arguments in (("check", "--rules", "low"), ("rules", "show", "low"), ("rules", "enable", "low")):
        refused = run(*arguments)
        assert refused.returncode == 2
        assert CANNOT in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run_json("alerts", "list")["total"] == 3
    assert CANNOT in run("doctor").stdout


def test_a_check_of_an_unusable_rule_alone_does_not_pass(later: Store) -> None:
    for rule in Rulebook(later).rules():
        Rulebook(later).enable(rule.name, False, "ana", later.now())
    assert run_json("check", code=2)["status"] == "check failed"


def test_an_unusable_rule_is_disabled_and_keeps_all_else(later: Store) -> None:
    before = stored(later)["rule"]
    for _ in range(2):  # twice is once
        assert run("rules", "disable", "low", "--by", "ben").returncode == 0
    after = stored(later)["rule"]
    assert {name for name in after if after[name] != before[name]} == {"enabled", "version", "changed_at", "changed_by"}
    assert (after["enabled"], after["version"], after["changed_by"]) == (False, 2, "ben")
    versions = json.loads(run("rules", "show", "low", "--versions").stdout)
    assert [version["rule"]["version"] for version in versions] == [2, 1]
    assert versions[0]["rule"]["conditions"][0]["metric"] == "wisdom"
    jobs.tick(later)
    assert not Alerts(later).alert(ALERT.id).is_open
    assert CANNOT in run("rules", "list").stdout


def test_an_unusable_rule_is_removed_and_its_name_is_free(later: Store) -> None:
    assert run("rules", "remove", "low", "--by", "ben").returncode == 0
    assert stored(later)["removed"] is True
    assert CANNOT not in run("rules", "list").stdout
    assert CANNOT not in run("doctor").stdout
    assert Rulebook(later).add(LOW, "ana", later.now()).version == 3
    page = visit("operate/alerts", edit="low")
    assert not [*page.exception, *page.error]
    for version in ("3: added by ana", "2: removed by ben", "1: added by ana"):
        assert version in said(page).replace("*", "")


# ---- events


@pytest.fixture
def hook(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    with webhook() as server:
        monkeypatch.setenv("MONITOR_NOTIFY", server.address())
        monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
        yield server


def of_a_later_version(store: Store) -> None:
    """Write an alert with an event of this version and a newer one of a kind that this version does not know."""
    assert Alerts(store).write(None, ALERT, [EVENT, replace(EVENT, id=f"{ALERT.id}#2")])
    Alerts(store).publish()
    store.database["monitor_alert_events"].update_one({"_id": f"{ALERT.id}#2"}, {"$set": {"kind": KIND}})


def test_an_event_of_an_unknown_kind_is_shown_by_its_name(store: Store) -> None:
    of_a_later_version(store)
    ended = run("alerts", "show", ALERT.id)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event["kind"] for event in json.loads(ended.stdout)["events"]] == ["firing", KIND]
    page = visit("operate/alerts", alert=ALERT.id)
    assert not page.exception
    assert f"**{KIND}**" in said(page)
    assert not any(f"**{KIND}**" in text.value for text in page.markdown)


def test_nobody_is_notified_of_an_unknown_kind_and_nothing_is_lost(
    hook: Webhook, make_store: Callable[..., Store]
) -> None:
    store = make_store()
    one_document(store)
    Rulebook(store).add(LOW, "ana", store.now())
    of_a_later_version(store)
    result = jobs.tick(store)
    assert result
    assert result.failures == ()
    messages = "\n".join(message["message"] for message in hook.received)
    assert "No reviews are coming in" in messages
    assert "Accuracy is low" in messages
    assert "escalated" not in messages
    waiting = store.database["monitor_alert_events"].find_one({"_id": f"{ALERT.id}#2"})
    assert waiting
    assert (waiting["kind"], waiting["notified"]) == (KIND, False)


def test_a_message_that_a_later_version_queued_is_still_read(store: Store) -> None:
    Notifications(store).queue("1: json", {EVENT.id: note(EVENT, EventKind.FIRING, str)}, NOW)
    store.database["monitor_notifications"].update_one({}, {"$set": {"notes.0.kind": KIND}})
    (message,) = Notifications(store).latest()
    assert message.notes[0].kind.words == KIND
    assert run("notify", "list").returncode == 0
