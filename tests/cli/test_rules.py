"""The commands on rules, run as a user runs them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_core.alerting.rules import DEFAULTS
from monitor_core.mongo.store import Store
from tests.cli.conftest import LOW_ACCURACY, RECALL_BY_CLASS
from tests.command import run, run_json


def write(folder: Path, rule: dict[str, Any]) -> str:
    file = folder / "rule.json"
    file.write_text(json.dumps(rule))
    return str(file)


def test_a_rule_from_its_birth_to_its_end(store: Store, tmp_path: Path) -> None:
    assert {rule["name"] for rule in run_json("rules", "list")} == {rule.name for rule in DEFAULTS}
    assert run("rules", "add", "--file", write(tmp_path, LOW_ACCURACY), "--by", "ana").returncode == 0
    rule = json.loads(run("rules", "show", "low").stdout)
    assert (rule["title"], rule["version"], rule["changed_by"]) == (LOW_ACCURACY["title"], 1, "ana")
    assert run("rules", "edit", "low", "--file", "-", "--by", "ben", stdin='{"window_days": 9}').returncode == 0
    assert run("rules", "disable", "low").returncode == 0
    assert "disabled" in run("rules", "list").stdout
    assert run("rules", "enable", "low").returncode == 0
    rule = json.loads(run("rules", "show", "low").stdout)
    assert (rule["window_days"], rule["version"], rule["enabled"]) == (9, 4, True)
    versions = json.loads(run("rules", "show", "low", "--versions").stdout)
    assert [entry["rule"]["version"] for entry in versions] == [4, 3, 2, 1]
    assert run("rules", "remove", "low").returncode == 0
    assert "low" not in {rule["name"] for rule in run_json("rules", "list")}


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (["rules", "show", "nobody"], None, 'There is no rule "nobody"'),
        (["rules", "add", "--file", "/nowhere.json"], None, "cannot be read"),
        (["rules", "add", "--file", "-"], "{", "is not JSON"),
        (["rules", "add", "--file", "-"], "[]", "must hold one JSON object"),
        (["rules", "add", "--file", "-"], json.dumps(LOW_ACCURACY | {"window_days": 0}), "window_days"),
        (["rules", "add", "--file", "-"], json.dumps(LOW_ACCURACY | {"name": "no-reviews"}), "already"),
        (["rules", "edit", "no-reviews", "--file", "-"], '{"name": "other"}', "name cannot be edited"),
        (["alerts", "ack", "nobody"], None, 'There is no alert "nobody"'),
        (["annotate", "party"], None, "use one of deployment, retraining, note"),
        (["check", "--rules", "nobody"], None, 'There is no rule "nobody"'),
        (["check", "--period", "2026-10-02..2026-10-01"], None, "ends before it begins"),
        (["check", "--period", "tomorrow"], None, "is not a period"),
        (["rules", "test"], None, "Name a rule"),
    ],
)
def test_mistakes_are_sentences_and_end_with_2(
    store: Store, arguments: list[str], stdin: str | None, sentence: str
) -> None:
    ended = run(*arguments, stdin=stdin)
    assert ended.returncode == 2
    assert sentence in " ".join(ended.stderr.replace("│", " ").split())
    assert "Traceback" not in ended.stderr


def test_rules_are_tested_on_the_past_before_they_are_added(store: Store, fill: Callable[..., None]) -> None:
    fill(20, right=0.5)
    today = store.now().date()
    period = f"{today - timedelta(days=9)}..{today}"
    days = run_json("rules", "test", "--file", "-", "--period", period, stdin=json.dumps(RECALL_BY_CLASS))
    assert [entry["day"] for entry in days] == [str(today - timedelta(days=n)) for n in range(9, -1, -1)]
    assert {entry["label"] for entry in days[0]["evaluations"]} == {0, 1}
    assert {entry["status"] for entry in days} == {"firing"}
    said = run("rules", "test", "--file", "-", "--period", period, stdin=json.dumps(RECALL_BY_CLASS)).stdout
    assert "The rule would have fired on 10 of 10 days." in said
