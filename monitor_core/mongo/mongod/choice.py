"""The choice of the mongod that runs as the bundled MongoDB."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from monitor_core.contract.errors import EmbeddedUnavailable
from monitor_core.mongo.mongod import programs
from monitor_core.mongo.mongod.programs import Mongod, Numbers, dotted, storage_of

MARK = "monitor.mongod"  # file in the data folder with the version of the mongod that was last started on it
WRONG_VERSION = '"id":20573,'  # of mongod's log entry, before it exits with the status 62
MANUAL = '(docs/installation.md, "The bundled MongoDB")'  # how to move data to another version


@dataclass(frozen=True)
class Writer:
    """The mongod that wrote a data folder, as far as its files tell: its version, or only that of its storage."""

    version: Numbers | None
    storage: str | None = None

    def is_like(self, program: Mongod) -> bool:
        if self.version:
            return program.series == self.version[:2]
        return self.storage in (None, storage_of(program.path))

    def __str__(self) -> str:
        return f"MongoDB {dotted(self.version)}" if self.version else "another version of MongoDB"


def choose(data_folder: Path | None, setting: Path | None) -> Mongod:
    """Return the mongod of the setting, or else the newest of PATH's and the installed package's.

    Of a folder with data only the series that wrote them is taken: an older mongod cannot open the files, and a newer
    one may change them so that the former one cannot open them any more. Raise EmbeddedUnavailable if there is none.
    """
    available = [programs.of_setting(setting)] if setting else _available()
    writer = _writer(data_folder) if data_folder else None
    if not writer:
        return available[0]
    for program in available:
        if writer.is_like(program):
            return program
    raise EmbeddedUnavailable(_refusal(data_folder, writer, available[0], setting))


def passed_over(data_folder: Path, setting: Path | None) -> str | None:
    """Say which newer mongod is not taken because of the data; None if there is none."""
    if setting:
        return None
    chosen, newest = choose(data_folder, None), _available()[0]
    if newest.version <= chosen.version:
        return None
    return f"{newest} ({newest.path}) is not used, because {chosen} wrote the data in {data_folder} {MANUAL}."


def mark(data_folder: Path, program: Mongod) -> None:
    """Note the version that writes the data from now on, unless nobody can tell whether it wrote what is there."""
    writer = _writer(data_folder)
    if writer is None or writer.version:
        (data_folder / MARK).write_text(f"{dotted(program.version)}\n", "utf-8")


def refused(data_folder: Path, log: str) -> str | None:
    """Say that mongod itself has refused data, which another version must have opened without the monitor."""
    if WRONG_VERSION not in log:
        return None
    return (
        f"The data in {data_folder} were opened by another version of MongoDB since the monitor last ran on them: set "
        f"MONITOR_MONGOD to that mongod and write its version into {data_folder / MARK}, or restore a backup {MANUAL}."
    )


def _available() -> list[Mongod]:
    """Return the mongods of PATH and the package that run, the newest first and of equal ones the package's."""
    ways: tuple[Callable[[], Mongod | None], ...] = (programs.packaged, programs.on_path)
    available, troubles = [], []
    for way in ways:
        try:
            program = way()
        except EmbeddedUnavailable as trouble:
            troubles.append(trouble)
        else:
            available += [program] if program else []
    if available:
        return sorted(available, key=lambda program: program.version, reverse=True)
    raise (
        troubles[0]
        if troubles
        else EmbeddedUnavailable(
            "There is no bundled MongoDB for this platform; install MongoDB, set MONITOR_MONGOD to its program mongod, "
            "or set MONITOR_MONGODB_URI to a MongoDB of yours."
        )
    )


def _writer(data_folder: Path) -> Writer | None:
    """Return who wrote the data; None if there are none.

    Without the mark they are from before it was introduced, when only the package's mongod was ever started on them.
    """
    if not (data_folder / "WiredTiger").exists():
        return None
    try:
        marked = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?\s*$", (data_folder / MARK).read_text("utf-8", "replace"))
    except FileNotFoundError:
        marked = None
    if marked:
        return Writer(tuple(int(number) for number in marked.groups() if number))
    storage = storage_of(data_folder / "WiredTiger.turtle")
    try:
        packaged = programs.packaged()
    except EmbeddedUnavailable:
        packaged = None
    if packaged and storage in (None, storage_of(packaged.path)):
        return Writer(packaged.version)
    return Writer(None, storage)


def _refusal(data_folder: Path | None, writer: Writer, program: Mongod, setting: Path | None) -> str:
    wrote = f"The data in {data_folder} were written by {writer}"
    its = f"a mongod {dotted(writer.version[:2])}" if writer.version else "the mongod that wrote them"
    if setting:
        return f"{wrote}, and MONITOR_MONGOD is {program}: remove it, set it to {its}, or move the data {MANUAL}."
    return f"{wrote}, and here is only {program}: install {its}, set MONITOR_MONGOD to it, or move the data {MANUAL}."
