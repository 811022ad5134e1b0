"""The files hold the samples, all of them, and nothing that a spreadsheet would run."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from monitor_core.app.frame import links as downloads
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports import export as sample_export
from monitor_core.settings.settings import ROOT
from tests.documents import at, prediction

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")
NOW = at(2026, 11, 1, 12)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_csv_and_parquet_hold_the_same_samples(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid", class_names={1: "=one", 2: "two"})
    odd = [prediction(output_validated=False), prediction(output_validated=None), prediction(output_confidence=7)]
    store.collection.insert_many([prediction(_id=n, output_prediction=2, filename="a.png") for n in range(7)] + odd)
    search = Search(store, OCTOBER)
    by_csv = rows(b"".join(sample_export.pieces(search, "csv")))
    by_parquet = pq.read_table(io.BytesIO(b"".join(sample_export.pieces(search, "parquet")))).to_pylist()
    assert len(by_csv) == len(by_parquet) == 10
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


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_file_name_is_no_formula(store: Store, name: str) -> None:
    store.collection.insert_one(prediction(filename=name))
    (row,) = rows(b"".join(sample_export.pieces(Search(store, OCTOBER), "csv")))
    assert row["file"] == f"'{name}"


def test_nothing_wanted_is_a_file_without_rows(store: Store) -> None:
    search = Search(store, OCTOBER, SampleFilter(target=3))
    assert rows(b"".join(sample_export.pieces(search, "csv"))) == []
    table = pq.read_table(io.BytesIO(b"".join(sample_export.pieces(search, "parquet"))))
    assert (table.num_rows, table.column_names) == (0, list(sample_export.COLUMNS))


def test_many_samples_come_in_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_export, "ROWS_AT_A_TIME", 10)
    monkeypatch.setattr(sample_export, "ROWS_A_GROUP", 10)
    store.collection.insert_many([prediction(_id=n) for n in range(35)])
    for kind in sample_export.FORMATS:
        made = list(sample_export.pieces(Search(store, OCTOBER), kind))
        assert len(made) >= 4
    assert pq.read_table(io.BytesIO(b"".join(made)))["id"].to_pylist() == [str(n) for n in range(35)]


# ---- by a link


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def client(store: Store, clock: list[datetime]) -> Iterator[TestClient]:
    app = Starlette(routes=downloads.routes(lambda: store, lambda: clock[0]))
    with TestClient(app) as one:
        yield one


def test_a_link_of_ours_gives_the_file(store: Store, client: TestClient) -> None:
    store.collection.insert_many([prediction(), prediction(output_validated=2, output_confidence=0.3)])
    for wanted, count in (
        (SampleFilter(), 2),
        (SampleFilter(2, 1, "wrong", (60, 61)), 1),
        (SampleFilter("rejected"), 0),
    ):
        link = downloads.link(Search(store, OCTOBER, wanted), "csv", NOW)
        answer = client.get(link)
        assert answer.status_code == 200
        assert len(rows(answer.content)) == count
        assert answer.headers["content-disposition"] == 'attachment; filename="samples-2026-10-01-2026-10-31.csv"'


def test_another_s_link_gives_nothing(store: Store, client: TestClient) -> None:
    store.collection.insert_one(prediction())
    link = downloads.link(Search(store, OCTOBER), "csv", NOW)
    for wrong in (
        link[:-1],
        link.replace(".csv", ".parquet"),
        link.replace("q=", "q=A"),
        "/export/samples.csv",
        link + "é",
    ):
        assert client.get(wrong).status_code == 403
    assert client.get("/export/samples.exe").status_code == 403


def test_a_link_runs_out(store: Store, client: TestClient, clock: list[datetime]) -> None:
    link = downloads.link(Search(store, OCTOBER), "csv", NOW)
    clock[0] = NOW + timedelta(seconds=downloads.LASTS_SECONDS)
    assert client.get(link).status_code == 200
    clock[0] += timedelta(seconds=downloads.STEP_SECONDS + 1)
    assert client.get(link).status_code == 403


# ---- on the command line


def told(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-m", "monitor_core", "samples", *words], cwd=ROOT, capture_output=True)


def test_the_command_writes_what_the_page_exports(store: Store, environment: dict[str, str], tmp_path: Path) -> None:
    odd: list[Any] = [1, 2, True, False, None, "1.0"]
    store.collection.insert_many([prediction(output_validated=value) for value in odd])
    days = ("--first", "2026-10-01", "--last", "2026-10-31")
    answer = told(environment, "--output", "-", *days, "--outcome", "wrong")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == b"".join(sample_export.pieces(Search(store, OCTOBER, SampleFilter(outcome="wrong")), "csv"))
    file = tmp_path / "all.parquet"
    assert told(environment, "--output", str(file), "--format", "parquet", *days).returncode == 0
    assert pq.read_table(file).num_rows == len(odd)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--target", "cat"], "is no class"),
        (["--confidence-from", "0.9", "--confidence-to", "0.5"], "is not below"),
        (["--output", "/nowhere/a.csv"], "Choose another --output"),
    ],
)
def test_what_cannot_be_is_said(store: Store, environment: dict[str, str], words: list[str], sentence: str) -> None:
    answer = told(environment, "--output", "-", *words)
    assert answer.returncode == 2
    assert sentence in " ".join(answer.stderr.decode().replace("│", " ").split())
    assert json.dumps("Traceback") not in answer.stderr.decode()
