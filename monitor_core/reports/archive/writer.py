"""All stored days as files: a folder of Parquet files, or a zip file of them."""

import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.history.tables import FORMAT
from monitor_core.mongo.store import Store
from monitor_core.reports.archive.columns import FILES, FILES_FORMAT, ROWS, row_of_profile, rows_of_day, schema_of
from monitor_core.settings.version import version

ROWS_A_GROUP = 100_000  # in memory as columns


@dataclass(frozen=True)
class Exported:
    """The numbers of days and profiles in the files, and the size of these in bytes."""

    days: int
    profiles: int
    size: int


def export_history(store: Store, target: Path) -> Exported:
    """Write all stored days and profiles to a folder, or to a zip file if the name ends in `.zip`.

    It appears under its name when it is complete. Raise MonitorError if there is something of this name, or no day.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise MonitorError(f"{target} exists already; choose another name, so that no earlier export is overwritten.")
    try:
        with _beside(target) as place:
            days, profiles = _write_files(store, place)
            ready = _zipped(place) if target.suffix == ".zip" else place
            size = sum(path.stat().st_size for path in ([ready] if ready.is_file() else ready.iterdir()))
            ready.rename(target)
    except OSError as error:
        raise MonitorError(f"{target} cannot be written: {error.strerror or error}. Choose another place.") from None
    return Exported(days, profiles, size)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Make an empty folder beside the target, and remove what is left of it."""
    outer = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    try:
        inner = outer / "history"
        inner.mkdir()  # unlike the outer one, with the permissions of every new folder
        yield inner
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _zipped(folder: Path) -> Path:
    """Return a zip file of the folder; Parquet files are compressed already."""
    file = folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return file


def _write_files(store: Store, folder: Path) -> tuple[int, int]:
    import pyarrow.parquet as pq

    about = _about(store)
    schemas = {file: schema_of(file, about) for file in FILES}
    days = profiles = 0
    with ExitStack() as stack:
        writers = {
            file: stack.enter_context(
                pq.ParquetWriter(folder / f"{file}.parquet", schema, compression="zstd", write_page_checksum=True)
            )
            for file, schema in schemas.items()
        }
        pending: dict[str, list[Any]] = {file: [] for file in FILES}
        rows = Counter[str]()
        for day in store.archive.days():
            days += 1
            for file in ("days", *ROWS):
                pending[file].append(rows_of_day(file, day, schemas[file], store.settings))
                rows[file] += len(pending[file][-1])
                if rows[file] >= ROWS_A_GROUP:
                    _flush(writers[file], pending[file])
                    rows[file] = 0
        for file, tables in pending.items():
            _flush(writers[file], tables)
        for profile in store.archive.every_profile():
            profiles += 1
            writers["profiles"].write_table(row_of_profile(profile, schemas["profiles"]))
    if not days:
        raise MonitorError("There are no stored days to export yet; the logger stores them with its runs.")
    return days, profiles


def _flush(writer: Any, tables: list[Any]) -> None:
    """Write the tables as one group of rows."""
    import pyarrow as pa

    if tables:
        writer.write_table(pa.concat_tables(tables))
        tables.clear()


def _about(store: Store) -> bytes:
    """Return what each file says about itself, as JSON."""
    about = {
        "files_format": FILES_FORMAT,
        "days_format": FORMAT,
        "model": store.settings.model,
        "made_from": store.history.made_from,
        "meaning": store.archive.meaning,
        "exported_at": store.now().isoformat(timespec="seconds"),
        "version": version(),
    }
    return json.dumps(about).encode()
