"""The commands on rules and alerts, run as a user runs them."""

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_core.alerting.rules import DEFAULTS, rule_from
from monitor_core.logger import history
from monitor_core.logger.judging import Judge
from monitor_core.logger.notifying import events_to_notify
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.command import run

LOW: dict[str, Any] = {
    "name": "low",
    "title": "Accuracy is low",
    "conditions": [{"metric": "accuracy", "operator": "below", "threshold": 0.8}],
    "window_days": 2,
}
BY_CLASS = {
    "name": "recall-by-class",
    "title": "A class is badly recognised",
    "conditions": [{"metric": "recall", "operator": "below", "threshold": 0.9, "label": "every"}],
}


def answer(*arguments: str, code: int = 0, stdin: str | None = None) -> Any:
    ended = run(*arguments, "--format", "json", stdin=stdin)
    assert ended.returncode == code, ended.stderr + ended.stdout
    return json.loads(ended.stdout)


def fill(store: Store, days: int, right: float) -> None:
    """As many days up to now, 30 reviewed documents each."""
    draw, now = random.Random(1), store.now()
    made = []
    for day in range(days):
        for _ in range(30):
            target = draw.choice([0, 1])
            when = now - timedelta(days=day, minutes=30)
            prediction = target if draw.random() < right else 1 - target
            made.append(
                {
                    "output_prediction": prediction,
                    "output_validated": target,
                    "timestamp": when,
                    "timestamp_validated": when + timedelta(minutes=5),
                    "output_confidence": round(draw.uniform(0.6, 1.0), 2),
                    "logged": True,
                }
            )
    store.collection.insert_many(made)
    history.refresh(store)


def write(folder: Path, rule: dict[str, Any]) -> str:
    file = folder / "rule.json"
    file.write_text(json.dumps(rule))
    return str(file)


def test_a_rule_from_its_birth_to_its_end(store: Store, tmp_path: Path) -> None:
    assert {rule["name"] for rule in answer("rules", "list")} == {rule.name for rule in DEFAULTS}
    assert run("rules", "add", "--file", write(tmp_path, LOW), "--by", "ana").returncode == 0
    shown = json.loads(run("rules", "show", "low").stdout)
    assert (shown["title"], shown["version"], shown["changed_by"]) == (LOW["title"], 1, "ana")
    assert run("rules", "edit", "low", "--file", "-", "--by", "ben", stdin='{"window_days": 9}').returncode == 0
    assert run("rules", "disable", "low").returncode == 0
    assert "disabled" in run("rules", "list").stdout
    assert run("rules", "enable", "low").returncode == 0
    shown = json.loads(run("rules", "show", "low").stdout)
    assert (shown["window_days"], shown["version"], shown["enabled"]) == (9, 4, True)
    versions = json.loads(run("rules", "show", "low", "--versions").stdout)
    assert [one["rule"]["version"] for one in versions] == [4, 3, 2, 1]
    assert run("rules", "remove", "low").returncode == 0
    assert "low" not in {rule["name"] for rule in answer("rules", "list")}


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (["rules", "show", "nobody"], None, 'There is no rule "nobody"'),
        (["rules", "add", "--file", "/nowhere.json"], None, "cannot be read"),
        (["rules", "add", "--file", "-"], "{", "is no JSON"),
        (["rules", "add", "--file", "-"], "[]", "must hold one JSON object"),
        (["rules", "add", "--file", "-"], json.dumps(LOW | {"window_days": 0}), "window_days"),
        (["rules", "add", "--file", "-"], json.dumps(LOW | {"name": "no-reviews"}), "already"),
        (["rules", "edit", "no-reviews", "--file", "-"], '{"name": "other"}', "name cannot be edited"),
        (["alerts", "ack", "nobody"], None, 'There is no alert "nobody"'),
        (["annotate", "party"], None, "write one of deployment, retraining, note"),
        (["check", "--rules", "nobody"], None, 'There is no rule "nobody"'),
        (["check", "--period", "2026-10-02..2026-10-01"], None, "ends before it begins"),
        (["check", "--period", "yesterday"], None, "is not a period"),
        (["rules", "test"], None, "Name a rule"),
    ],
)
def test_mistakes_are_sentences_and_end_with_2(
    store: Store, arguments: list[str], stdin: str | None, told: str
) -> None:
    ended = run(*arguments, stdin=stdin)
    assert ended.returncode == 2
    assert told in " ".join(ended.stderr.replace("│", " ").split())
    assert "Traceback" not in ended.stderr


def test_check_exits_0_1_or_2_and_writes_nothing(store: Store) -> None:
    assert answer("check", "--rules", "no-reviews", code=2)["status"] == "no data"
    assert store.database.list_collection_names() == []

    fill(store, 80, right=0.95)
    Rulebook(store).add(rule_from(LOW), "test", store.now())
    before = {name: list(store.database[name].find()) for name in store.database.list_collection_names()}
    well = answer("check")
    assert well["status"] == "ok"
    assert {one["rule"] for one in well["evaluations"]} == {"low", *(rule.name for rule in DEFAULTS)}

    assert {name: list(store.database[name].find()) for name in store.database.list_collection_names()} == before
    Rulebook(store).edit("low", {"conditions": [{**LOW["conditions"][0], "threshold": 1.0}]}, "test", store.now())
    found = answer("check", "--rules", "low,no-reviews", code=1)
    assert found["status"] == "firing"
    assert {one["rule"]: one["status"] for one in found["evaluations"]} == {"low": "firing", "no-reviews": "ok"}
    said = run("check", "--rules", "low")
    assert said.returncode == 1
    assert "low: Accuracy from " in said.stdout


def test_check_judges_a_period_as_one_window(store: Store) -> None:
    fill(store, 40, right=0.95)
    Rulebook(store).add(rule_from(LOW), "test", store.now())
    last = store.now().date() - timedelta(days=3)
    first = last - timedelta(days=9)
    (found,) = answer("check", "--rules", "low", "--period", f"{first}..{last}")["evaluations"]
    assert found["period"] == {"first": str(first), "last": str(last)}
    assert found["samples"] == 300


def test_the_keys_of_the_json_are_those_of_the_readme(store: Store) -> None:
    readme = (ROOT / "docs/alerts.md").read_text("utf-8")
    section = readme.partition("## Alerts")[2].partition("\n## ")[0]
    fill(store, 5, right=0.5)
    Rulebook(store).add(rule_from(LOW), "test", store.now())
    Judge(store).evaluate_all(store.now())
    checked = answer("check", "--rules", "low", code=1)
    listed = answer("alerts", "list")
    rule = json.loads(run("rules", "show", "low").stdout)
    for name in {*checked, *checked["evaluations"][0], *listed, *listed["alerts"][0]}:
        assert f'"{name}"' in section, name
    for name in {*rule, *rule["conditions"][0], *rule["reference"]}:
        assert f"`{name}`" in section, name


def test_a_dead_database_is_one_sentence(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://127.0.0.1:9")
    ended = run("check")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "No MongoDB answered" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_rules_are_tested_on_the_past_before_they_are_added(store: Store) -> None:
    fill(store, 20, right=0.5)
    today = store.now().date()
    period = f"{today - timedelta(days=9)}..{today}"
    found = answer("rules", "test", "--file", "-", "--period", period, stdin=json.dumps(BY_CLASS))
    assert [one["day"] for one in found] == [str(today - timedelta(days=n)) for n in range(9, -1, -1)]
    assert {one["label"] for one in found[0]["evaluations"]} == {0, 1}
    assert {one["status"] for one in found} == {"firing"}
    said = run("rules", "test", "--file", "-", "--period", period, stdin=json.dumps(BY_CLASS)).stdout
    assert "It would have rung on 10 of 10 days." in said


def test_alerts_are_listed_and_marked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "[red] one"}')
    monkeypatch.setenv("COLUMNS", "300")
    fill(store, 5, right=0.5)
    book = Rulebook(store)
    for rule in (LOW, BY_CLASS):
        book.add(rule_from(rule), "test", store.now())
    Judge(store).evaluate_all(store.now())
    found = answer("alerts", "list")
    assert found["total"] == 3
    alert = next(one["id"] for one in found["alerts"] if one["rule"] == "low")
    assert alert == f"low/{store.now().date()}"
    assert "[red] one" in run("alerts", "list").stdout

    assert run("alerts", "ack", alert, "--by", "ana", "--text", "on it").returncode == 0
    assert run("alerts", "note", alert, "a new camera", "--by", "ben").returncode == 0
    assert run("alerts", "snooze", alert, "--until", "2199-01-01T00:00:00").returncode == 0
    assert run("alerts", "snooze", alert, "--until", "2020-01-01").returncode == 2
    assert run("alerts", "false-alarm", alert).returncode == 0
    shown = json.loads(run("alerts", "show", alert).stdout)
    assert shown["acknowledged"]["by"] == "ana"
    assert shown["notes"][0]["text"] == "a new camera"
    assert shown["snoozed_until"].startswith("2199-01-01T00:00")
    assert shown["false_alarm"]
    assert [event["kind"] for event in shown["events"]] == ["firing"]
    assert "low" not in {event.rule for event in events_to_notify(store, store.now())}


def test_annotations_are_kept(store: Store) -> None:
    assert run("annotate", "retraining", "--day", "2026-10-01", "--text", "v2", "--by", "ana").returncode == 0
    assert run("annotate", "note", "--text", "seen").returncode == 0
    (first, _) = Annotations(store).read()
    assert (first.kind, first.day, first.text, first.by) == ("retraining", date(2026, 10, 1), "v2", "ana")
