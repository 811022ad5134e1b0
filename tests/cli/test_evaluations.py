"""Evaluations of rules as the commands print them."""

import json
from dataclasses import replace
from datetime import date

import pytest
from rich.text import Text

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.rules import rule_from
from monitor_core.cli.evaluations import coloured, evaluation_json, worst_status
from monitor_core.contract.calendar import Period
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.cli.conftest import LOW_ACCURACY

DAY = date(2026, 10, 4)
FINE = Evaluation(None, DAY, "ok", "All is well.", Period(DAY, DAY))


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ([], "ok"),
        (["ok", "ok"], "ok"),
        (["ok", "no data"], "no data"),
        (["no data", "check failed"], "check failed"),
        (["no data", "check failed", "firing", "ok"], "firing"),
        (["pending", "ok"], "ok"),
    ],
)
def test_the_status_that_matters_most_decides(statuses: list[str], worst: str) -> None:
    assert worst_status([replace(FINE, status=status) for status in statuses]) == worst


@pytest.mark.parametrize(("status", "colour"), [("firing", "red"), ("ok ", "green"), ("no data", "yellow")])
def test_a_status_stands_in_its_colour_and_as_it_is(status: str, colour: str) -> None:
    text = Text.from_markup(coloured(status))
    assert text.plain == status
    assert [str(span.style) for span in text.spans] == [colour]


def test_a_status_that_has_no_colour_is_no_error() -> None:
    assert Text.from_markup(coloured("unheard of")).plain == "unheard of"


@pytest.fixture
def named() -> Store:
    """A store that needs no database: what is printed asks only for the classes' names."""
    return Store(Settings(class_names={1: "SIGRE"}, mongodb_uri="mongodb://127.0.0.1:9"))


def test_the_json_of_an_evaluation_says_of_which_rule_and_class_it_is(named: Store) -> None:
    rule = rule_from(LOW_ACCURACY)
    firing = replace(FINE, label=1, status="firing", value=0.7, threshold=0.8, samples=30)
    written = json.loads(json.dumps(evaluation_json(named, rule, firing)))
    assert (written["rule"], written["title"], written["class_name"]) == ("low", "Accuracy is low", "SIGRE")
    assert (written["status"], written["value"], written["samples"]) == ("firing", 0.7, 30)
    assert (written["day"], written["period"]) == ("2026-10-04", {"first": "2026-10-04", "last": "2026-10-04"})
    assert evaluation_json(named, rule, FINE)["class_name"] is None
