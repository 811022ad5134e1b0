"""The commands on alerts, run as a user runs them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor_core.alerting.rules import rule_from
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import events_to_notify
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.cli.conftest import LOW_ACCURACY, RECALL_BY_CLASS
from tests.command import run, run_json


def test_the_documentation_names_the_keys_of_the_json(store: Store, fill: Callable[..., None]) -> None:
    documentation = (ROOT / "docs/alerts.md").read_text("utf-8")
    section = documentation.partition("## Alerts")[2].partition("\n## ")[0]
    fill(5, right=0.5)
    Rulebook(store).add(rule_from(LOW_ACCURACY), "test", store.now())
    Judge(store).evaluate_all(store.now())
    checked = run_json("check", "--rules", "low", code=1)
    listed = run_json("alerts", "list")
    rule = json.loads(run("rules", "show", "low").stdout)
    for name in {*checked, *checked["evaluations"][0], *listed, *listed["alerts"][0]}:
        assert f'"{name}"' in section, name
    for name in {*rule, *rule["conditions"][0], *rule["reference"]}:
        assert f"`{name}`" in section, name


def test_alerts_are_listed_and_marked(store: Store, fill: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "[red] zero"}')
    monkeypatch.setenv("COLUMNS", "300")
    fill(5, right=0.5)
    book = Rulebook(store)
    for rule in (LOW_ACCURACY, RECALL_BY_CLASS):
        book.add(rule_from(rule), "test", store.now())
    Judge(store).evaluate_all(store.now())
    open_alerts = run_json("alerts", "list")
    assert open_alerts["total"] == 3
    alert = next(alert["id"] for alert in open_alerts["alerts"] if alert["rule"] == "low")
    assert alert == f"low/{store.now().date() - timedelta(days=4)}"
    assert "[red] zero" in run("alerts", "list").stdout

    assert run("alerts", "ack", alert, "--by", "ana", "--text", "on it").returncode == 0
    assert run("alerts", "note", alert, "a new camera", "--by", "ben").returncode == 0
    assert run("alerts", "snooze", alert, "--until", "2199-01-01T00:00:00").returncode == 0
    assert run("alerts", "snooze", alert, "--until", "2020-01-01").returncode == 2
    assert run("alerts", "false-alarm", alert).returncode == 0
    refused = run("alerts", "new-normal", alert)
    assert (refused.returncode, "has no reference that could begin again" in refused.stderr) == (2, True)
    alert_json = json.loads(run("alerts", "show", alert).stdout)
    assert alert_json["acknowledged"]["by"] == "ana"
    assert alert_json["notes"][0]["text"] == "a new camera"
    assert alert_json["snoozed_until"].startswith("2199-01-01T00:00")
    assert alert_json["false_alarm"]
    assert [event["kind"] for event in alert_json["events"]] == ["found at the start"]
    assert "low" not in {event.rule for event in events_to_notify(store, store.now())}
