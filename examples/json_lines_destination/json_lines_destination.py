"""A destination that writes each profile as JSON lines, one a column: <folder>/<day>/<trace id>.jsonl."""

import json
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from monitor_core.contract.errors import DestinationFailed
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger.profiles import summary
from monitor_core.settings.settings import Settings


class JsonLines:
    """A folder of JSON lines files: JSON_LINES_FOLDER or, by default, a folder within the state folder."""

    key = "json_lines"  # as the entry point in pyproject.toml
    name = "JSON lines"
    required = False  # a document is logged even while this folder cannot be written; it is made up for later
    takes_json = True  # `summary` reads the profiles that the monitor makes without whylogs as well
    repeatable: timedelta | None = None  # a file written again replaces itself: safe for ever

    def __init__(self, settings: Settings) -> None:
        self.folder = Path(os.environ.get("JSON_LINES_FOLDER") or settings.state_folder / "json-lines")

    def announce(self, profile: DayProfile) -> str:
        """Return the file's path within the folder."""
        return f"{profile.day.isoformat()}/{profile.trace_id}.jsonl"

    def deliver(self, profile: DayProfile, place: str) -> None:
        """Write one line for each column of the profile."""
        about = {"day": profile.day.isoformat(), "trace_id": profile.trace_id}
        columns = sorted(summary(profile.data).items())
        lines = [json.dumps(about | {"column": name} | figures) for name, figures in columns]
        final = self.folder / place
        partial = final.with_suffix(".partial")  # whoever reads the folder sees whole files only
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text("\n".join(lines) + "\n", "utf-8")
            partial.replace(final)
        except OSError as failure:
            raise self._failed(failure) from None

    def arrived(self, profile: DayProfile) -> bool | None:
        """Return whether the file exists."""
        return (self.folder / self.announce(profile)).exists()

    def reach(self) -> None:
        """Raise DestinationFailed unless a file can be written; leave no file behind."""
        there = next(folder for folder in (self.folder, *self.folder.parents) if folder.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as failure:
            raise self._failed(failure) from None

    def _failed(self, failure: OSError) -> DestinationFailed:
        return DestinationFailed(
            f"The folder of JSON lines {self.folder} cannot be written ({failure.strerror}); free some space or "
            "correct its permissions.",
            nothing_taken=True,
        )
