"""The monitor's tests for every destination, applied to this one: run `pytest` where the monitor is importable."""

from datetime import UTC, datetime
from pathlib import Path

from json_lines_destination import JsonLines

from monitor_core.contract.documents import ReviewedRow
from monitor_core.logger.destinations.contract import DestinationContract
from monitor_core.logger.profiles import day_profile
from monitor_core.settings.documents import FieldNames
from monitor_core.settings.settings import Settings


def real_profile(target: int) -> bytes:
    """Return a profile of one row, as the logger makes it."""
    at = datetime(2026, 10, 4, tzinfo=UTC)
    return day_profile([ReviewedRow(1, target, 1, 0.9, at, at)], "a", FieldNames(), str).data


class TestJsonLines(DestinationContract):
    """The tests of the destination contract."""

    data = (real_profile(1), real_profile(2))

    def make(self, folder: Path) -> JsonLines:
        return JsonLines(Settings(state_folder=folder))

    def make_unreachable(self, folder: Path) -> JsonLines:
        (folder / "json-lines").write_text("a file, where the folder should be")
        return JsonLines(Settings(state_folder=folder))

    def received(self, destination: JsonLines) -> list[str]:
        return [file.read_text("utf-8") for file in sorted(destination.folder.rglob("*.jsonl"))]
