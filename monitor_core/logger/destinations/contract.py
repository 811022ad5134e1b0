"""Tests for every destination.

Inherit the class in a test module, and pytest runs its tests on your destination:

    class TestJsonLines(DestinationContract):
        def make(self, folder): return JsonLines(...)
        def make_unreachable(self, folder): ...
        def received(self, destination): ...
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.errors import DestinationFailed
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger.destinations.protocol import KEY, Destination, takes_json
from monitor_core.logger.profiling.exact import ExactProfile
from monitor_core.settings.documents import FieldNames

DAY = date(2026, 10, 4)


def profile(trace_id: str, data: bytes) -> DayProfile:
    """Return a profile of three rows of one day."""
    return DayProfile(DAY, trace_id, 3, data)


def our_own() -> bytes:
    """Return a profile of one row in JSON, as the logger makes it without whylogs."""
    at = datetime.combine(DAY, time(), UTC)
    builder = ExactProfile(at, FieldNames(), str, "a")
    builder.add([ReviewedRow(1, 1, 1, 0.9, at, at)])
    return builder.finish()


class DestinationContract:
    """Tests of the promises of a destination; each test has its own folder."""

    data = (b"the first profile", b"the second profile")  # two profiles' files; real ones if yours reads them

    def make(self, folder: Path) -> Destination:
        """Return a destination that has received nothing."""
        raise NotImplementedError

    def make_unreachable(self, folder: Path) -> Destination:
        """Return a destination that cannot receive anything."""
        raise NotImplementedError

    def received(self, destination: Destination) -> list[str]:
        """Return the profiles that the destination counts, each as one text."""
        raise NotImplementedError

    def test_it_says_what_it_is(self, tmp_path: Path) -> None:
        """State is stored under its key; people see its name."""
        destination = self.make(tmp_path)
        assert KEY.fullmatch(destination.key)
        assert destination.name.strip()
        assert isinstance(destination.required, bool)
        assert destination.repeatable is None or destination.repeatable > timedelta(0)

    def test_a_place_that_nothing_is_put_to_counts_nothing(self, tmp_path: Path) -> None:
        """The logger may die between requesting a place and using it."""
        destination = self.make(tmp_path)
        place = destination.announce(profile("a", self.data[0]))
        assert isinstance(place, str)  # it is stored
        assert self.received(destination) == []
        assert not destination.arrived(profile("a", self.data[0]))

    def test_a_profile_arrives(self, tmp_path: Path) -> None:
        """The destination counts the profile, and does not deny having it afterwards."""
        destination, delivered = self.make(tmp_path), profile("a", self.data[0])
        destination.deliver(delivered, destination.announce(delivered))
        assert len(self.received(destination)) == 1
        assert destination.arrived(delivered) is not False

    def test_a_delivery_that_is_repeated_counts_once(self, tmp_path: Path) -> None:
        """The answer to a delivery may be lost; then the same bytes are delivered to the same place again."""
        destination, delivered = self.make(tmp_path), profile("a", self.data[0])
        place = destination.announce(delivered)
        destination.deliver(delivered, place)
        once = self.received(destination)
        destination.deliver(delivered, place)
        if destination.repeatable is None:  # then also to a place that is asked for again
            destination.deliver(delivered, destination.announce(delivered))
        assert self.received(destination) == once

    def test_two_profiles_of_a_day_both_arrive(self, tmp_path: Path) -> None:
        """A day has one profile for each batch with rows of that day."""
        destination = self.make(tmp_path)
        for trace_id, data in zip("ab", self.data, strict=True):
            destination.deliver(profile(trace_id, data), destination.announce(profile(trace_id, data)))
        assert len(self.received(destination)) == 2

    def test_a_profile_in_json_arrives_if_it_takes_these(self, tmp_path: Path) -> None:
        """The logger makes such profiles where whylogs cannot be imported."""
        destination, delivered = self.make(tmp_path), profile("a", our_own())
        if takes_json(destination):
            destination.deliver(delivered, destination.announce(delivered))
            assert len(self.received(destination)) == 1
            assert destination.arrived(delivered) is not False

    def test_looking_whether_it_can_be_reached_leaves_nothing(self, tmp_path: Path) -> None:
        """`doctor` may check the destination any number of times."""
        destination = self.make(tmp_path)
        destination.reach()
        destination.reach()
        assert self.received(destination) == []

    def test_what_cannot_be_reached_says_so_in_a_sentence(self, tmp_path: Path) -> None:
        """The sentence is shown on the page Logging, and the delivery is tried again later."""
        destination, refused = self.make_unreachable(tmp_path), profile("a", self.data[0])
        for act in (destination.reach, lambda: destination.deliver(refused, destination.announce(refused))):
            failure = _failure(act)
            assert failure, "it took a profile, or said that it could"
            assert str(failure).strip().endswith(".")
            assert failure.pause_seconds > 0


def _failure(act: Callable[[], object]) -> DestinationFailed | None:
    try:
        act()
    except DestinationFailed as failure:
        return failure
    return None
