"""The local folder keeps what every destination has to."""

from pathlib import Path

from monitor_core.logger.destinations.contract import DestinationContract, our_own, profile
from monitor_core.logger.destinations.local import LocalFolder


class TestLocalFolder(DestinationContract):
    def make(self, folder: Path) -> LocalFolder:
        return LocalFolder(folder / "profiles")

    def make_unreachable(self, folder: Path) -> LocalFolder:
        (folder / "profiles").write_text("a file, where the folder should be")
        return LocalFolder(folder / "profiles")

    def received(self, destination: LocalFolder) -> list[str]:
        return [file.read_text() for file in sorted(destination.folder.rglob("*.*"))]


def test_a_profile_of_ours_is_a_file_of_json(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    assert folder.announce(profile("a", our_own())) == "2026-10-04/a.json"
    assert folder.announce(profile("a", b"WHY1")) == "2026-10-04/a.bin"
