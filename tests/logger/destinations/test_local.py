"""The local folder keeps what every destination has to."""

from pathlib import Path

from monitor_core.logger.destinations.contract import DestinationContract
from monitor_core.logger.destinations.local import LocalFolder


class TestLocalFolder(DestinationContract):
    def make(self, folder: Path) -> LocalFolder:
        return LocalFolder(folder / "profiles")

    def make_unreachable(self, folder: Path) -> LocalFolder:
        (folder / "profiles").write_text("a file, where the folder should be")
        return LocalFolder(folder / "profiles")

    def received(self, destination: LocalFolder) -> list[str]:
        return [file.read_text() for file in sorted(destination.folder.rglob("*.bin"))]
