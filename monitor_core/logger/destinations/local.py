"""The local destination: a folder on this machine with every profile."""

import os
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from monitor_core.contract.errors import DestinationFailed
from monitor_core.contract.profiles import DayProfile, ending_of
from monitor_core.settings.folders import make_private


class LocalFolder:
    """A folder with one file for each day of a batch: <folder>/<day>/<trace id>.bin, or .json if it is our own."""

    key = "local"
    name = "local store"
    repeatable: timedelta | None = None
    takes_json = True

    def __init__(self, folder: Path, required: bool = True) -> None:
        self.folder = folder
        self.required = required

    def announce(self, profile: DayProfile) -> str:
        """Return the file's path within the folder."""
        return f"{profile.day.isoformat()}/{profile.trace_id}.{ending_of(profile.data)}"

    def deliver(self, profile: DayProfile, place: str) -> None:
        """Write the file under a temporary name first, so that the folder never contains an incomplete one."""
        final = self.folder / place
        partial = final.with_suffix(f".{os.getpid()}.partial")
        try:
            make_private(final.parent)
            with partial.open("wb") as out:
                out.write(profile.data)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(final)
        except OSError as wrong:
            with suppress(OSError):
                partial.unlink()
            raise self._failed(wrong) from None

    def reach(self) -> None:
        """Raise unless the folder is writable; create nothing, as `doctor` may run as another user than the logger."""
        there = next(folder for folder in (self.folder, *self.folder.parents) if folder.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as wrong:
            raise self._failed(wrong) from None

    def _failed(self, wrong: OSError) -> DestinationFailed:
        return DestinationFailed(
            f"The local store {self.folder} cannot be written ({wrong.strerror}); free some space or correct its "
            "permissions.",
            nothing_taken=True,
        )

    def arrived(self, profile: DayProfile) -> bool | None:
        """Return whether the file exists."""
        return (self.folder / self.announce(profile)).exists()
