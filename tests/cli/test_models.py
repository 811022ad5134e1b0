"""`models list`, `models rename` and `models remove`."""

import json
import re
from datetime import date

import pytest

from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan
from monitor_core.settings.sources import load_all
from tests.command import run


@pytest.fixture
def cats(environment: dict[str, str], store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An installation of one model with state, which is configured as "cats" since; and one more model."""
    Rulebook(store).seed(store.now())
    Rulebook(store).edit("accuracy-falling", {"enabled": False}, "ana", store.now())
    Tags(store).add([1], "blurred", "ana", store.now())
    AuditPlans(store).add(AuditPlan(date(2026, 6, 1), "salt", 0.1, (), (0.1, 0.1), "ana", store.now()))
    monkeypatch.setenv("MONITOR_MODELS__CATS__COLLECTION", "image_logs")
    monkeypatch.setenv("MONITOR_MODELS__DOGS__COLLECTION", "dogs")
    return Store(load_all()["cats"].settings)


def listed() -> dict[str, bool]:
    output = run("models", "list", "--format", "json")
    assert output.returncode == 0, output.stderr
    return {row["model"]: row["configured"] for row in json.loads(output.stdout)}


def test_the_state_of_before_is_taken_over(cats: Store) -> None:
    assert listed() == {"cats": True, "dogs": True, "default": False}
    assert Rulebook(cats).rule("accuracy-falling").enabled
    renamed = run("models", "rename", "default", "cats", "--yes")
    assert renamed.returncode == 0, renamed.stderr
    assert re.search(r"The state of default now belongs to cats: \d+ collections?\.", renamed.stdout)
    assert listed() == {"cats": True, "dogs": True}
    assert not Rulebook(cats).rule("accuracy-falling").enabled
    assert Tags(cats).in_use() == ["blurred"]
    assert [plan.by for plan in AuditPlans(cats).read()] == ["ana"]

    folder = cats.settings.model_folder
    folder.mkdir(parents=True)
    removed = run("models", "remove", "cats", "--yes")
    assert f"Its local profiles and images stay in {folder}." in removed.stdout.replace("\n", " ")
    assert (Tags(cats).in_use(), AuditPlans(cats).read()) == ([], [])


def test_a_state_is_removed_after_a_question(cats: Store) -> None:
    refused = run("models", "remove", "default")  # nobody answers
    assert refused.returncode != 0
    assert listed()["default"] is False
    assert run("models", "remove", "default", "--yes").returncode == 0
    assert "default" not in listed()


def test_what_there_is_not_is_said(cats: Store) -> None:
    for words in (("remove", "fish"), ("rename", "fish", "birds")):
        ended = run("models", *words, "--yes")
        assert ended.returncode == 2
        assert "There is no state of a model fish here" in ended.stderr


def test_a_command_is_of_the_model_that_is_named(cats: Store) -> None:
    cats.collection.insert_one({})
    numbers = []
    for model in ("cats", "dogs"):
        output = run("--model", model, "report", "--period", "all", "--format", "json")
        assert output.returncode == 0, output.stderr
        numbers.append(json.loads(output.stdout)["excluded"]["undated_review"] >= 0)
    unnamed = run("report")
    assert unnamed.returncode == 2
    assert "Several models are configured (cats, dogs)" in unnamed.stderr
