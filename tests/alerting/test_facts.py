"""Facts: names, retrainings, the training set's counts, and drift judged once for all that ask."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor_core.alerting.facts import last_before
from monitor_core.contract.errors import MonitorError
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY
from tests.alerting.days import FIRST, accuracy, facts


def test_the_last_retraining_is_the_one_before() -> None:
    days = [FIRST, FIRST + timedelta(5)]
    assert last_before(days, FIRST + timedelta(4)) == FIRST
    assert last_before(days, FIRST + timedelta(5)) == FIRST + timedelta(5)
    assert last_before(days, FIRST - timedelta(1)) is None


def test_the_training_set_is_counted_by_the_classes_of_the_days() -> None:
    history = facts({0: accuracy(3, 2)}, 1, training=lambda: {1: 70, 9: 5})
    assert history.training_of("predicted").tolist() == [70, 0]
    with pytest.raises(MonitorError, match="MONITOR_TRAINING_COUNTS"):
        replace(history, training=dict).training_of("predicted")


def test_drift_is_judged_once_for_all_that_ask() -> None:
    history = facts({day: accuracy(90, 10) for day in range(30)}, 30)
    first, again = (history.tests(BY_KEY["accuracy"], "validated", Reference(), "balanced", FIRST) for _ in range(2))
    assert first is again
    assert len(first) == 30
    assert history.tests(BY_KEY["accuracy"], "validated", Reference(), "quiet", FIRST) is not first
