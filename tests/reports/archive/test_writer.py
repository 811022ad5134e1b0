"""The files of an export: whole or not there, and readable by other programs."""

import errno
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.store import Store
from monitor_core.reports.archive import writer
from monitor_core.reports.archive.columns import FILES
from monitor_core.reports.archive.writer import export_history
from tests.archived import filled_store


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return filled_store(make_store)


def test_pandas_counts_what_the_monitor_counts(store: Store, tmp_path: Path) -> None:
    exported = export_history(store, tmp_path / "export")
    days = pd.read_parquet(tmp_path / "export" / "days.parquet")
    cells = pd.read_parquet(tmp_path / "export" / "cells.parquet")
    stored = list(store.archive.days())
    assert len(days) == len(stored) == exported.days
    assert days[days.basis == "predicted"].documents.sum() == sum(
        d.counts.documents for d in stored if d.basis == "predicted"
    )
    right = cells[cells.target == cells.prediction].groupby(["basis", "day"])["count"].sum()
    for day in stored:
        table = day.counts.cells
        assert right.get(day.key, 0) == table[table[:, 0] == table[:, 1], 2].sum()
    assert days[days.sealed_at.notna()].documents.tolist() == [40, 40]
    assert {path.name for path in (tmp_path / "export").iterdir()} == {f"{file}.parquet" for file in FILES}
    assert exported.size == sum(path.stat().st_size for path in (tmp_path / "export").iterdir())


def test_rows_are_written_in_groups(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not grow with the days."""
    monkeypatch.setattr(writer, "ROWS_A_GROUP", 5)
    export_history(store, tmp_path / "export")
    assert pq.ParquetFile(tmp_path / "export" / "cells.parquet").num_row_groups > 3


def test_a_zip_file_has_the_same_files(store: Store, tmp_path: Path) -> None:
    exported = export_history(store, tmp_path / "export.zip")
    export_history(store, tmp_path / "export")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        assert sorted(archive.namelist()) == sorted(path.name for path in (tmp_path / "export").iterdir())
        assert archive.testzip() is None
    assert exported.size == (tmp_path / "export.zip").stat().st_size


@pytest.mark.parametrize("name", ["export", "export.zip"])
def test_nothing_is_overwritten(store: Store, tmp_path: Path, name: str) -> None:
    export_history(store, tmp_path / name)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(MonitorError, match="exists already"):
        export_history(store, tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(store: Store, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    assert export_history(store, tmp_path / "export").days


def test_an_export_that_fails_leaves_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writer, "_flush", full)
    with pytest.raises(MonitorError, match="cannot be written: No space left on device"):
        export_history(store, tmp_path / "export")
    assert list(tmp_path.glob("*export*")) == []


def test_a_place_that_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="cannot be written: No such file"):
        export_history(store, tmp_path / "missing" / "export")


def test_without_stored_days_nothing_is_written(make_store: Callable[..., Store], tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="no stored days"):
        export_history(make_store(), tmp_path / "export")
    assert not (tmp_path / "export").exists()
