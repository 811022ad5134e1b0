"""Load the recorded installation as if it had been made just now: whole days are added to every date in it."""

import re
import tarfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo.database import Database

FOLDER = Path(__file__).parent
AS_WRITTEN: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
DAY_IN_TEXT = re.compile(r"20\d\d-[01]\d-[0-3]\d")


@dataclass(frozen=True)
class Shift:
    """How many whole days later everything is said to have happened."""

    days: int

    def text(self, text: str) -> str:
        def later(found: re.Match[str]) -> str:
            return str(date.fromisoformat(found[0]) + timedelta(self.days))

        return DAY_IN_TEXT.sub(later, text)

    def value(self, value: Any) -> Any:
        """The value with every date in it moved; a date that no calendar has stays as it is."""
        if isinstance(value, datetime):
            return value + timedelta(self.days)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self.value(inner) for name, inner in value.items()}
        return [self.value(inner) for inner in value] if isinstance(value, list) else value


def days_since(made_at: datetime) -> Shift:
    """Return the most whole days for which what was just now is not to come."""
    return Shift((datetime.now(UTC) - timedelta(minutes=1) - made_at).days)


def load_database(archive: tarfile.TarFile, shift: Shift, database: Database[dict[str, Any]]) -> None:
    for entry in archive.getmembers():
        folder, _, name = entry.name.partition("/")
        if folder == "database":
            documents = bson.decode_all(content(archive, entry.name), AS_WRITTEN)
            database[name.removesuffix(".bson")].insert_many([shift.value(one) for one in documents])


def load_state(archive: tarfile.TarFile, shift: Shift, folder: Path) -> None:
    for entry in archive.getmembers():
        if entry.name.startswith("state/"):
            file = folder / shift.text(entry.name.removeprefix("state/"))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content(archive, entry.name))


def content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file
    return file.read()
