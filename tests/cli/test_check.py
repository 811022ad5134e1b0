"""The command `check`, run as a user runs it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor_core.alerting.rules import DEFAULTS, rule_from
from monitor_core.logger.judging import Judge
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.app.drifting import day_of, well, write
from tests.cli.conftest import LOW_ACCURACY
from tests.command import run, run_json


def test_check_exits_0_1_or_2_and_writes_nothing(store: Store, fill: Callable[..., None]) -> None:
    assert run_json("check", "--rules", "no-reviews", code=2)["status"] == "no data"
    assert store.database.list_collection_names() == []

    fill(80, right=0.95)
    Rulebook(store).add(rule_from(LOW_ACCURACY), "test", store.now())
    before = {name: list(store.database[name].find()) for name in store.database.list_collection_names()}
    well = run_json("check")
    assert well["status"] == "ok"
    assert {evaluation["rule"] for evaluation in well["evaluations"]} == {"low", *(rule.name for rule in DEFAULTS)}

    assert {name: list(store.database[name].find()) for name in store.database.list_collection_names()} == before
    Rulebook(store).edit(
        "low", {"conditions": [{**LOW_ACCURACY["conditions"][0], "threshold": 1.0}]}, "test", store.now()
    )
    checked = run_json("check", "--rules", "low,no-reviews", code=1)
    assert checked["status"] == "firing"
    assert {evaluation["rule"]: evaluation["status"] for evaluation in checked["evaluations"]} == {
        "low": "firing",
        "no-reviews": "ok",
    }
    said = run("check", "--rules", "low")
    assert said.returncode == 1
    assert "low: Accuracy was " in said.stdout


def test_check_and_doctor_name_a_target_that_does_not_exist(store: Store, fill: Callable[..., None]) -> None:
    fill(80, right=0.95)
    Rulebook(store).edit("no-reviews", {"notify": ["gone"]}, "Ada", store.now())
    sentence = 'The rule "no-reviews" is to notify "gone", which is no notification target of the settings'
    assert sentence in " ".join(run("check", "--rules", "no-reviews").stderr.split())
    (routed,) = run_json("check", "--rules", "no-reviews")["routing"]
    assert routed.startswith(sentence)
    assert "routing" not in run_json("check", "--rules", "no-predictions")
    assert sentence in " ".join(run("doctor").stdout.split())


def test_check_judges_a_period_as_one_window(store: Store, fill: Callable[..., None]) -> None:
    fill(40, right=0.95)
    Rulebook(store).add(rule_from(LOW_ACCURACY), "test", store.now())
    last = store.now().date() - timedelta(days=3)
    first = last - timedelta(days=9)
    (checked,) = run_json("check", "--rules", "low", "--period", f"{first}..{last}")["evaluations"]
    assert checked["period"] == {"first": str(first), "last": str(last)}
    assert checked["samples"] == 300


def test_a_dead_database_is_one_sentence(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://127.0.0.1:9")
    ended = run("check")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "No MongoDB answered" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_status_of_a_good_model_is_0_and_before_it_was_judged_2(store: Store) -> None:
    write(store, *well(0))
    said = run("status")
    assert said.returncode == 2
    assert said.stdout.startswith("Not judged. Accuracy is ")
    Judge(store).evaluate_all(store.now())
    assert run_json("status", code=0)["state"] == "fine"


def test_status_of_a_model_that_became_worse_is_1(store: Store) -> None:
    write(store, *well(6), *(day_of(n, 21, 7) for n in range(5, -1, -1)))
    Judge(store).evaluate_all(store.now())
    worse = run_json("status", code=1)
    assert (worse["state"], worse["level"], worse["alerts"]["critical"] > 0) == ("worse", "bad", True)
    rows = (ROOT / "docs/json.md").read_text("utf-8").partition("## The JSON of `status`")[2].partition("\n## ")[0]
    listed = re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in rows.splitlines() if line.startswith("| `")))
    assert set(listed) == worse.keys()
    assert worse["accuracy_interval"][0] < worse["accuracy"] < worse["accuracy_interval"][1] < worse["reference"]
