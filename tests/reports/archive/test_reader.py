"""Exported files are read as they were written; damaged ones and those of other settings or formats are refused."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.store import Store
from monitor_core.reports.archive import reader
from monitor_core.reports.archive.columns import ABOUT, FILES
from monitor_core.reports.archive.reader import opened_history
from monitor_core.reports.archive.writer import export_history
from monitor_core.settings.settings import Settings
from tests.archived import SETTINGS, fill_store


@pytest.fixture(scope="module")
def exported(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """An export, made once, and the checksums of its days."""
    folder = tmp_path_factory.mktemp("exported")
    settings = Settings(mongodb_uri=mongodb_uri, database="exported_history", state_folder=folder / "state", **SETTINGS)
    store = fill_store(Store(settings))
    export_history(store, folder / "export")
    yield folder / "export", [day.checksum for day in store.archive.days()]
    store.database.client.drop_database(settings.database)
    store.database.client.close()


@pytest.fixture
def export(exported: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """A copy of the export, which a test may damage."""
    return Path(shutil.copytree(exported[0], tmp_path / "export"))


def checksums(source: Path) -> list[str]:
    """Read all of an export."""
    with opened_history(source) as files:
        assert len(list(files.profiles())) > 2
        return [day.checksum for day in files.days()]


@pytest.mark.parametrize("rows", [1, 7, 50_000])
def test_all_days_are_read(exported: tuple[Path, list[str]], rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "ROWS_AT_ONCE", rows)
    assert checksums(exported[0]) == exported[1]


def test_a_zip_file_is_read(exported: tuple[Path, list[str]], tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "export"), "zip", exported[0])
    assert checksums(tmp_path / "export.zip") == exported[1]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "missing", "text"])
def test_a_damaged_file_is_refused(export: Path, file: str, damage: str) -> None:
    path = export / f"{file}.parquet"
    data = path.read_bytes()
    flipped = data[:60] + bytes([data[60] ^ 0xFF]) + data[61:]
    path.unlink()
    if damage != "missing":
        damaged = {"cut": data[: len(data) // 2], "empty": b"", "text": b"day,count\n", "flipped": flipped}
        path.write_bytes(damaged[damage])
    with pytest.raises(MonitorError, match="not an exported history") as refusal:
        checksums(export)
    assert "\n" not in str(refusal.value)


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


@pytest.mark.parametrize("file", ["cells", "confidence", "delays", "hours", "scenes", "scores"])
@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.slice(1),
        lambda t: pa.concat_tables([t, t.slice(len(t) - 1)]),
        lambda t: t.take([*range(1, len(t)), 0]),
    ],
)
def test_rows_that_were_changed_are_noticed(export: Path, file: str, change: Any) -> None:
    rewrite(export / f"{file}.parquet", change)
    with pytest.raises(MonitorError, match="is damaged, or not an exported history: "):
        checksums(export)


def test_a_changed_number_is_noticed(export: Path) -> None:
    def more(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("documents")
        return table.set_column(at, table.schema.field(at), pa.array([n + 1 for n in table["documents"].to_pylist()]))

    rewrite(export / "days.parquet", more)
    with pytest.raises(MonitorError, match="are not those that were exported"):
        checksums(export)


def test_files_of_two_exports_are_refused(export: Path) -> None:
    rewrite_about(export / "cells.parquet", exported_at="2026-01-01T00:00:00+00:00")
    with pytest.raises(MonitorError, match="of several exports"):
        checksums(export)


def rewrite_about(path: Path, **changes: Any) -> None:
    def with_changes(table: pa.Table) -> pa.Table:
        about = json.loads(table.schema.metadata[ABOUT]) | changes
        return table.replace_schema_metadata({ABOUT: json.dumps(about)})

    rewrite(path, with_changes)


@pytest.mark.parametrize("changes", [{"files_format": 2}, {"files_format": 0}, {"days_format": 99}])
def test_another_format_is_refused(export: Path, changes: dict[str, int]) -> None:
    for file in FILES:
        rewrite_about(export / f"{file}.parquet", **changes)
    with pytest.raises(
        MonitorError, match="has another format than this version of the monitor reads: it was written by"
    ):
        checksums(export)


def test_other_parquet_files_are_refused(export: Path) -> None:
    for file in FILES:
        rewrite(export / f"{file}.parquet", lambda table: table.replace_schema_metadata({}))
    with pytest.raises(MonitorError, match="do not say where they come from"):
        checksums(export)


@pytest.mark.parametrize("name", ["missing", "folder", "file"])
def test_what_is_no_export_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("day,count\n")
    with pytest.raises(MonitorError, match="not an exported history"):
        checksums(tmp_path / name)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Asia/Tokyo"}, 'time_zone was "UTC" and is "Asia/Tokyo"'),
        ({"collection": "others"}, 'collection was "image_logs" and is "others"'),
        ({"fields": {"prediction": "label"}}, 'fields.prediction was "[a-z_]+" and is "label"'),
        ({"class_names": {0: "pear"}}, 'class_names was {"0": "pear", "1": "apple"} and is {"0": "pear"}'),
        ({"count_files_once": True}, "count_files_once was false and is true"),
        ({"boolean_classes": True}, "one of class_aliases, boolean_classes"),
    ],
)
def test_other_settings_are_refused(
    export: Path, make_store: Callable[..., Store], changes: dict[str, Any], sentence: str
) -> None:
    other = make_store(**SETTINGS | changes)
    with (
        opened_history(export) as files,
        pytest.raises(MonitorError, match=f"counted under other settings: .*{sentence}"),
    ):
        files.refuse_unless(other.archive.meaning)


def test_another_scene_field_is_no_other_meaning(export: Path, make_store: Callable[..., Store]) -> None:
    with opened_history(export) as files:
        files.refuse_unless(make_store(**SETTINGS | {"fields": {}}).archive.meaning)
