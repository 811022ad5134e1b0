"""How a run of the logger ended, in the log and for the pages."""

import json
from collections.abc import Callable

import pytest

from monitor_core.contract.delivery import ActiveDestination
from monitor_core.contract.errors import DatabaseUnavailable, SettingsError, StateTooNew
from monitor_core.logger import outcome
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import StepFailure, TickResult
from monitor_core.mongo.store import Store
from tests.documents import at
from tests.workers import run_worker

WHEN = at(2026, 10, 31, 12)
SECRET = "hunter2secret"  # noqa: S105 - nobody's


def test_an_uncertain_batch_says_what_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_LOG_FORMAT", "json")
    part = {"_id": "a", "batch": "b7", "attempt": "x", "day": "2026-10-01", "rows": 1, "data": b"", "ids": [1]}
    Outbox(store).parts.documents.insert_one(part | {"to": {"local": {"state": "uncertain"}}})
    Outbox(store).batches.documents.insert_one({"_id": "b7", "state": "prepared", "demo": False, "attempt": "x"})
    ended = run_worker("--once")
    assert ended.returncode == 1
    (line,) = (one for one in map(json.loads, ended.stdout.splitlines()) if one["event"] == "batch_uncertain")
    assert line["batch"] == "b7"
    assert "logging resolve b7 --resend" in line["remedy"]


def raising(fault: Exception) -> Callable[[], TickResult | None]:
    def tick() -> TickResult | None:
        raise fault

    return tick


@pytest.mark.parametrize(
    ("result", "failure", "error", "went_well"),
    [
        (TickResult(WHEN, 5), None, None, True),
        (TickResult(WHEN, 5, uncertain=("b7",)), None, None, False),
        (TickResult(WHEN, 5, error="WhyLabs is down."), "destination", "WhyLabs is down.", False),
        (
            TickResult(WHEN, 5, error="WhyLabs is down.", failures=(StepFailure("logging", "It broke.", WHEN, "a:1"),)),
            "fault",
            "The step logging failed: It broke.",
            False,
        ),
    ],
)
def test_a_run_that_ended_is_what_its_result_says(
    result: TickResult, failure: str | None, error: str | None, went_well: bool
) -> None:
    ended = outcome.run(lambda: result)
    assert (ended.result, ended.failure, ended.error) == (result, failure, error)
    assert (ended.went_well, ended.is_standby) == (went_well, False)


def test_a_run_without_a_result_stands_by() -> None:
    ended = outcome.run(lambda: None)
    assert ended.is_standby
    assert not ended.went_well


@pytest.mark.parametrize(
    ("fault", "failure"),
    [(DatabaseUnavailable("No MongoDB answered."), "database"), (SettingsError("Correct it."), "fault")],
)
def test_what_an_operator_can_mend_is_said_as_it_is(fault: Exception, failure: str) -> None:
    ended = outcome.run(raising(fault))
    assert (ended.failure, ended.error, ended.where) == (failure, str(fault), None)


def test_a_fault_of_ours_is_said_by_its_kind_and_place_and_not_by_its_text() -> None:
    ended = outcome.run(raising(KeyError(SECRET)))
    assert ended.error == "KeyError, a fault of the monitor; please report it."
    assert ended.where
    assert ended.where.split(" > ")[-1].endswith(" tick")
    assert SECRET not in f"{ended}"


def test_of_a_state_that_is_too_new_nothing_is_written() -> None:
    with pytest.raises(StateTooNew):
        outcome.run(raising(StateTooNew("Install a later version.")))


def test_what_interrupted_a_run_is_stored_for_the_pages(store: Store) -> None:
    Outbox(store).save_active_destinations([ActiveDestination("local", "local store", True)])
    outcome.save_failure(store, outcome.Outcome(1.0, None, "fault", "It broke."))
    last = store.state.last_tick()
    assert last
    assert (last.error, last.logged, last.destinations) == ("It broke.", 0, ("local store",))


def test_a_run_with_a_result_and_a_standby_are_not_stored_as_failures(store: Store) -> None:
    outcome.save_failure(store, outcome.Outcome(1.0))
    outcome.save_failure(store, outcome.Outcome(1.0, TickResult(WHEN, 3), "destination", "WhyLabs is down."))
    assert store.state.last_tick() is None


def test_the_destinations_are_called_by_their_names(store: Store) -> None:
    assert outcome.destination_names(store) == ("local store",)
