"""The files hold the samples, all of them, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pyarrow.parquet as pq
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports import export as sample_export
from tests.documents import at, prediction

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")
NOW = at(2026, 11, 1, 12)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_csv_and_parquet_hold_the_same_samples(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid", class_names={1: "=one", 2: "two"})
    odd = [prediction(target=False), prediction(target=None), prediction(confidence=7)]
    store.collection.insert_many([prediction(_id=n, predicted=2, filename="a.png") for n in range(7)] + odd)
    search = Search(store, OCTOBER)
    by_csv = rows(b"".join(sample_export.pieces(search, "csv")))
    by_parquet = pq.read_table(io.BytesIO(b"".join(sample_export.pieces(search, "parquet")))).to_pylist()
    assert len(by_csv) == len(by_parquet) == 10
    assert b"".join(sample_export.pieces(search, "csv")).startswith(b"id,")  # a script reads it: no mark of the order
    assert by_csv[0] == {
        "id": "0",
        "file": "a.png",
        "predicted_at": "2026-10-03T02:00:00.000+02:00",
        "reviewed_at": "2026-10-04T02:00:00.000+02:00",
        "prediction": "2",
        "prediction_name": "two",
        "target": "1",
        "target_name": "'=one",
        "outcome": "wrong",
        "confidence": "0.5",
        "delay_hours": "24",
    }
    assert by_parquet[0]["reviewed_at"] == at(2026, 10, 4)
    assert by_parquet[0]["target_name"] == "=one"
    assert [row["outcome"] for row in by_parquet] == [row["outcome"] for row in by_csv]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1+1", "@x", "\t=1", "\r=1"])
def test_a_file_name_is_no_formula(store: Store, name: str) -> None:
    store.collection.insert_one(prediction(filename=name))
    (row,) = rows(b"".join(sample_export.pieces(Search(store, OCTOBER), "csv")))
    assert row["file"] == f"'{name}"


def test_nothing_wanted_is_a_file_without_rows(store: Store) -> None:
    search = Search(store, OCTOBER, SampleFilter(targets=(3,)))
    assert rows(b"".join(sample_export.pieces(search, "csv"))) == []
    table = pq.read_table(io.BytesIO(b"".join(sample_export.pieces(search, "parquet"))))
    assert (table.num_rows, table.column_names) == (0, list(sample_export.COLUMNS))


def test_many_samples_come_in_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_export, "ROWS_AT_A_TIME", 10)
    monkeypatch.setattr(sample_export, "ROWS_A_GROUP", 10)
    store.collection.insert_many([prediction(_id=n) for n in range(35)])
    for kind in ("txt", "csv", "parquet"):
        made = list(sample_export.pieces(Search(store, OCTOBER), kind))
        assert len(made) >= 4
    assert pq.read_table(io.BytesIO(b"".join(made)))["id"].to_pylist() == [str(n) for n in range(35)]


# ---- by a link


# ---- on the command line


def test_the_image_list_has_a_line_for_each_known_class_and_keeps_to_one_line_and_one_folder(
    make_store: Callable[..., Store],
) -> None:
    store = make_store(class_names={1: "up/down", 2: "two"})
    store.collection.insert_many(
        [
            prediction(_id=1, target=1, filename="a.png"),
            prediction(_id=2, target=2, filename="new\nline.png"),
            prediction(_id=3, target=False, filename="rejected.png"),
            prediction(_id=4, target=None, reviewed=None, filename="open.png"),
            prediction(_id=5, target=1, filename="b.png", trained=True),
        ]
    )
    search = Search(store, Selection(OCTOBER.period, "predicted"), SampleFilter(trained=False))
    lines = b"".join(sample_export.pieces(search, "txt")).decode().splitlines()
    assert sorted(lines) == ["two/new_line.png", "up_down/a.png"]
