"""Errors that the operator can mend."""

import inspect
import pickle

import pytest

from monitor_core.contract import errors
from monitor_core.contract.errors import DestinationFailed, MonitorError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind not in (MonitorError,)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_is_caught_as_one_that_can_be_mended_and_says_its_sentence(kind: type[MonitorError]) -> None:
    """None of them is a ValueError or an OSError, which would be taken for a fault of the monitor."""
    more = (True,) if kind is DestinationFailed else ()
    with pytest.raises(MonitorError) as caught:
        raise kind("Set MONITOR_NOTIFY.", *more)
    assert str(caught.value) == "Set MONITOR_NOTIFY."
    assert not isinstance(caught.value, ValueError | OSError)


def test_a_failed_destination_says_whether_anything_may_have_arrived_and_how_long_to_wait() -> None:
    lost, refused = DestinationFailed("The answer was lost.", False), DestinationFailed("It is full.", True, 600)
    assert (lost.nothing_taken, lost.pause_seconds) == (False, 30)
    assert (refused.nothing_taken, refused.pause_seconds) == (True, 600)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not DestinationFailed], ids=lambda kind: kind.__name__
)
def test_the_sentence_survives_the_way_from_another_process(kind: type[MonitorError]) -> None:
    arrived = pickle.loads(pickle.dumps(kind("Set MONITOR_NOTIFY.")))  # noqa: S301 - ours
    assert (type(arrived), str(arrived)) == (kind, "Set MONITOR_NOTIFY.")
