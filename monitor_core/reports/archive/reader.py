"""The days of an exported history, read from its files and checked."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import listed
from monitor_core.mongo.history.archive import ArchivedDay, ArchivedProfile
from monitor_core.mongo.history.tables import FORMAT
from monitor_core.reports.archive.columns import ABOUT, FILES, FILES_FORMAT, ROWS, day_from, profile_from, schema_of

ROWS_AT_ONCE = 50_000  # of each file in memory
NOTATION = "class_aliases, boolean_classes, not_reviewed, confidence_scale, date_numbers or stored_times"


@dataclass(frozen=True)
class HistoryFiles:
    """A folder with the files of an exported history, of which some have been read: what they say about themselves."""

    folder: Path
    name: str  # as it was given, for sentences
    about: dict[str, Any]

    def refuse_unless(self, meaning: dict[str, Any]) -> None:
        """Raise MonitorError unless the days were counted under the settings of this meaning."""
        theirs = self.about["meaning"]
        differ = [name for name in meaning if name != "counted_for" and theirs.get(name) != meaning[name]]
        if theirs.get("counted_for") == meaning["counted_for"]:
            return
        said = [f"{name} was {_written(theirs.get(name))} and is {_written(meaning[name])}" for name in differ]
        raise MonitorError(
            f"{self.name} was counted under other settings: {listed(said) if said else f'one of {NOTATION}'}. "
            "Import it into a model that has its settings."
        )

    def days(self) -> Iterator[ArchivedDay]:
        """Yield the days in the order of the files; raise MonitorError where a file is damaged."""
        with _readable(self.name):
            rows = {file: _Rows(_batches(self.folder, file)) for file in ROWS}
            schemas = {file: schema_of(file, b"") for file in ROWS}
            for head in _rows_at_once(self.folder, "days", 100):
                of_day = {file: rows[file].of(head["basis"], head["day"]) for file in ROWS}
                day = day_from(head, {file: _joined(tables, schemas[file]) for file, tables in of_day.items()})
                if day.checksum != head["checksum"]:
                    raise ValueError(f"the rows of {day.day} in {day.basis} are not those that were exported")
                yield day
            if unread := [file for file, of_file in rows.items() if of_file.are_left]:
                raise ValueError(f"{listed(unread)} has rows of other days")

    def profiles(self) -> Iterator[ArchivedProfile]:
        """Yield the profiles; raise MonitorError where the file is damaged."""
        with _readable(self.name):
            yield from map(profile_from, _rows_at_once(self.folder, "profiles", 1))


@contextmanager
def opened_history(source: Path) -> Iterator[HistoryFiles]:
    """Open a folder or zip file of an exported history; raise MonitorError if it is none, or of another format."""
    with tempfile.TemporaryDirectory() as unzipped:
        with _readable(str(source)):
            folder = source if source.is_dir() else _unzipped(source, Path(unzipped))
            about = _about_in(source, folder)
        yield HistoryFiles(folder, str(source), about)


def _unzipped(source: Path, folder: Path) -> Path:
    with zipfile.ZipFile(source) as archive:
        for file in FILES:
            archive.extract(f"{file}.parquet", folder)
    return folder


def _about_in(source: Path, folder: Path) -> dict[str, Any]:
    """Return what the files say about themselves, which is the same in all."""
    import pyarrow.parquet as pq

    schemas = {file: pq.read_schema(folder / f"{file}.parquet") for file in FILES}
    texts = {file: (schema.metadata or {}).get(ABOUT) for file, schema in schemas.items()}
    if None in texts.values():
        raise MonitorError(f"{source} is not an exported history: its files do not say where they come from.")
    about: dict[str, Any] = json.loads(texts["days"] or "")
    if about["files_format"] != FILES_FORMAT or about["days_format"] > FORMAT:
        raise MonitorError(
            f"{source} has another format than this version of the monitor reads: it was written by version "
            f"{about['version']}. Import it with that version or a later one."
        )
    if len(set(texts.values())) > 1:
        raise ValueError("its files are of several exports")
    if wrong := [file for file, schema in schemas.items() if not schema.equals(schema_of(file, b""))]:
        raise ValueError(f"the columns of {listed(wrong)} are not those that were exported")
    return about


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Translate the errors of damaged and missing files; most of Arrow's are ValueErrors."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise MonitorError(f"{name} is not an exported history: {error.filename or 'a file'} is missing.") from None
    except (pa.ArrowException, OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise MonitorError(f"{name} is damaged, or not an exported history: {reason}. Export it again.") from None


def _batches(folder: Path, file: str, rows: int = ROWS_AT_ONCE) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / f"{file}.parquet", page_checksum_verification=True) as parquet:
        for batch in parquet.iter_batches(rows):
            yield pa.Table.from_batches([batch])


def _rows_at_once(folder: Path, file: str, rows: int) -> Iterator[dict[str, Any]]:
    for batch in _batches(folder, file, rows):
        yield from batch.to_pylist()


class _Rows:
    """The rows of a file, taken day by day."""

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self._table = next(batches, None)
        self._keys = _keys(self._table)

    @property
    def are_left(self) -> bool:
        """Return whether there are rows that have not been taken."""
        return self._table is not None

    def of(self, basis: str, day: date) -> list[Any]:
        """Return the next rows as tables, as far as they are of the day."""
        tables, key = [], _key(basis, day)
        while self._table is not None:
            others = np.flatnonzero(self._keys != key)
            rows = int(others[0]) if len(others) else len(self._keys)
            tables.append(self._table.slice(0, rows))
            self._table, self._keys = self._table.slice(rows), self._keys[rows:]
            if len(self._keys):
                break
            self._table = next(self._batches, None)
            self._keys = _keys(self._table)
        return tables


def _keys(table: Any) -> NDArray[np.int64]:
    """Return the keys of the days of a table's rows."""
    if table is None:
        return np.empty(0, np.int64)
    days = table["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.asarray(2 * days + (table["basis"].to_numpy() == "validated"), np.int64)


def _key(basis: str, day: date) -> int:
    return 2 * (day - date(1970, 1, 1)).days + (basis == "validated")


def _joined(tables: list[Any], schema: Any) -> Any:
    import pyarrow as pa

    return pa.concat_tables(tables) if tables else schema.empty_table()


def _written(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
