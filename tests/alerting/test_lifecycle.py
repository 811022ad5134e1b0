"""The life of an alert."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor_core.alerting.evaluation import Evaluation, Status
from monitor_core.alerting.lifecycle import Alert, Transition, advance, rejudge
from monitor_core.alerting.rules import Rule
from monitor_core.contract.calendar import Period
from tests.alerting.days import FIRST, NOW, a_rule
from tests.lanes import examples


def told(status: Status, day: int, label: int | None = None) -> Evaluation:
    on = FIRST + timedelta(day)
    return Evaluation(label, on, status, f"{status} on {on}", Period(on, on))


DRIFTED = a_rule({"metric": "accuracy_drift", "operator": "drifted"})
PATIENT = DRIFTED.model_copy(update={"for_evaluations": 3})
SILENCE = a_rule({"metric": "days_without_reviews", "operator": "above", "threshold": 2})


def live(rule: Rule, *days: tuple[Status, int] | tuple[Status, int, bool]) -> tuple[Alert | None, list[str]]:
    """The alert at the end, and the kinds of its transitions; (status, day, whether the day is over)."""
    alert, kinds = None, []
    for status, day, *whole in days:
        alert, transition = advance(rule, alert, told(status, day), NOW, whole=all(whole))
        kinds += [transition.kind] if transition else []
    return alert, kinds


def test_an_alert_fires_once_and_is_resolved_by_a_whole_day() -> None:
    alert, kinds = live(DRIFTED, ("ok", 0), ("firing", 1), ("firing", 2), ("ok", 3, False), ("firing", 3, False))
    assert alert
    assert (alert.state, kinds, alert.opened_on) == ("firing", ["firing"], FIRST + timedelta(1))
    _, kinds = live(DRIFTED, ("firing", 1), ("ok", 2, False), ("ok", 2), ("ok", 3))
    assert kinds == ["firing", "resolved"]


def test_what_is_about_now_is_resolved_at_once() -> None:
    assert SILENCE.settles_at_once
    _, kinds = live(SILENCE, ("firing", 1, False), ("firing", 1, False), ("ok", 1, False), ("firing", 1, False))
    assert kinds == ["firing", "resolved", "firing"]


def test_days_are_counted_not_looks() -> None:
    three_looks = [("firing", 1, False)] * 3
    assert live(PATIENT, *three_looks)[1] == ["pending"]
    assert live(PATIENT, *three_looks, ("firing", 1), ("firing", 2), ("firing", 3))[1] == ["pending", "firing"]
    assert live(PATIENT, ("firing", 1), ("firing", 2), ("ok", 3), ("firing", 4))[1] == ["pending", "calmed", "pending"]
    assert live(PATIENT, ("firing", 1), ("firing", 2), ("no data", 3), ("firing", 4))[1] == ["pending", "firing"]


def test_no_data_and_a_failed_check_resolve_nothing() -> None:
    alert, kinds = live(DRIFTED, ("firing", 1), ("no data", 2), ("no data", 3), ("check failed", 4), ("firing", 5))
    assert alert
    assert kinds == ["firing", "no data", "check failed", "firing"]
    assert live(DRIFTED, ("no data", 1), ("no data", 2)) == (None, [])
    assert live(DRIFTED, ("firing", 1), ("no data", 2), ("ok", 3))[1] == ["firing", "no data", "resolved"]


def test_a_check_that_fails_is_an_alert_of_its_own() -> None:
    assert live(PATIENT, ("check failed", 1), ("check failed", 2), ("ok", 3, False))[1] == ["check failed", "resolved"]
    assert live(PATIENT, ("check failed", 1), ("firing", 2))[1] == ["check failed", "pending"]


def test_corrected_labels_take_an_alert_back_and_say_so() -> None:
    alert, _ = live(DRIFTED, ("firing", 1), ("firing", 2), ("firing", 3, False))
    assert alert
    assert rejudge(DRIFTED, alert, told("firing", 2), NOW) == (alert, None)
    assert rejudge(DRIFTED, alert, told("ok", 1), NOW) == (alert, None)  # the second day bears it out
    edited = DRIFTED.model_copy(update={"version": 2})
    assert rejudge(edited, alert, told("ok", 2), NOW) == (alert, None)  # another rule, the same labels
    after, transition = rejudge(DRIFTED, alert, told("ok", 2), NOW)
    assert transition
    assert (after.state, transition.kind) == ("resolved", "rejudged")
    assert "Documents have changed since the rule fired on 3 Jun 2026" in transition.sentence


def test_found_late_is_remembered() -> None:
    alert, transition = advance(DRIFTED, None, told("firing", 1), NOW, found_late=True)
    assert alert
    assert transition
    assert (alert.found_late, transition.late) == (True, True)


class Life(RuleBasedStateMachine):
    """Whatever a rule says, and however often one looks."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: dict[str, Alert] = {}
        self.happened: list[Transition] = []
        self.day = 0
        self.fired_days = 0

    @rule(status=st.sampled_from(["ok", "firing", "firing", "no data", "check failed"]), looks=st.integers(0, 3))
    def a_day_goes_by(self, status: Status, looks: int) -> None:
        self.day += 1
        self.fired_days = {"firing": self.fired_days + 1, "ok": 0}.get(status, self.fired_days)
        for _ in range(looks):
            self.look(status, whole=False)
        self.look(status, whole=True)
        before = len(self.happened)
        self.look(status, whole=True)
        assert len(self.happened) == before, "the same day again is no news"
        if status == "ok":
            assert not self.open(), "a whole day that is well ends it"

    def open(self) -> list[Alert]:
        return [alert for alert in self.alerts.values() if alert.is_open]

    def look(self, status: Status, whole: bool) -> None:
        evaluation = told(status, self.day)
        alerts_of_day = [*self.open(), *(a for a in self.alerts.values() if a.opened_on == evaluation.day)]
        before = alerts_of_day[0] if alerts_of_day else None
        alert, transition = advance(PATIENT, before, evaluation, NOW, whole=whole)
        if alert:
            self.alerts[alert.id] = alert
        if transition:
            assert alert
            state = before.state if before and before.transitions else None
            assert transition.before == state
            assert transition.state == alert.state != state
            if transition.kind == "resolved":
                assert status == "ok"
            if transition.kind == "firing" and not (before and before.fired_at):
                assert state == "pending"
                assert self.fired_days >= PATIENT.for_evaluations
            self.happened.append(transition)

    @invariant()
    def at_most_one_is_open(self) -> None:
        assert len(self.open()) <= 1

    @invariant()
    def nothing_is_said_twice(self) -> None:
        for one, next_one in zip(self.happened, self.happened[1:], strict=False):
            assert one.state != next_one.state


Life.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
