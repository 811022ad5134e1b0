"""The contract's tests find a destination that breaks a promise."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor_core.contract.errors import DestinationFailed
from monitor_core.contract.profiles import DayProfile, is_json
from monitor_core.logger.destinations.contract import DestinationContract
from monitor_core.logger.destinations.local import LocalFolder


class Doubles(LocalFolder):
    """Counts what is repeated twice."""

    def deliver(self, profile: DayProfile, place: str) -> None:
        copies = len(list(self.folder.rglob("*.bin")))
        super().deliver(profile, f"{place}.{copies}.bin")


class Overwrites(LocalFolder):
    """Has one place for a day."""

    def announce(self, profile: DayProfile) -> str:
        return f"{profile.day}.bin"


class CountsPlaces(LocalFolder):
    """Counts what has been asked for and not been used."""

    def announce(self, profile: DayProfile) -> str:
        place = super().announce(profile)
        super().deliver(profile, place)
        return place


class Denies(LocalFolder):
    """Says that it has not what it has."""

    def arrived(self, profile: DayProfile) -> bool | None:
        return False


class LosesJson(LocalFolder):
    """Says that it takes profiles in JSON, and drops them."""

    def deliver(self, profile: DayProfile, place: str) -> None:
        if not is_json(profile.data):
            super().deliver(profile, place)


class LeavesTraces(LocalFolder):
    """Writes when it is only asked whether it could."""

    def reach(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "trial.bin").write_text("can I write here?")


class Unnamed(LocalFolder):
    key = "Local Folder!"


class NeverRepeatable(LocalFolder):
    repeatable = timedelta(0)


class Pretends(LocalFolder):
    """Takes everything, also where nothing can be put."""

    def deliver(self, profile: DayProfile, place: str) -> None:
        try:
            super().deliver(profile, place)
        except DestinationFailed:
            return

    def reach(self) -> None:
        return


TESTS = [name for name in vars(DestinationContract) if name.startswith("test_")]
BROKEN = {
    Doubles: "test_a_delivery_that_is_repeated_counts_once",
    Overwrites: "test_two_profiles_of_a_day_both_arrive",
    CountsPlaces: "test_a_place_that_nothing_is_put_to_counts_nothing",
    Denies: "test_a_profile_arrives",
    LosesJson: "test_a_profile_in_json_arrives_if_it_takes_these",
    LeavesTraces: "test_looking_whether_it_can_be_reached_leaves_nothing",
    Unnamed: "test_it_says_what_it_is",
    NeverRepeatable: "test_it_says_what_it_is",
    Pretends: "test_what_cannot_be_reached_says_so_in_a_sentence",
}


def contract_of(kind: type[LocalFolder]) -> DestinationContract:
    class OfKind(DestinationContract):
        def make(self, folder: Path) -> LocalFolder:
            return kind(folder / "profiles")

        def make_unreachable(self, folder: Path) -> LocalFolder:
            (folder / "profiles").write_text("a file, where the folder should be")
            return kind(folder / "profiles")

        def received(self, destination: LocalFolder) -> list[str]:
            return [f"{file}: {file.read_text()}" for file in sorted(destination.folder.rglob("*.*"))]

    return OfKind()


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_a_broken_promise_is_noticed_by_its_test(kind: type[LocalFolder], tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        getattr(contract_of(kind), BROKEN[kind])(tmp_path)


def test_there_is_a_broken_destination_for_each_promise() -> None:
    assert set(BROKEN.values()) == set(TESTS)
