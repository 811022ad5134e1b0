"""The command samples: the predictions of a selection, as a file."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from monitor_core.cli.main import app
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports import export as sample_export
from tests.command import run
from tests.documents import fields, prediction

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")


DAYS = ("--first", "2026-10-01", "--last", "2026-10-31")


def command(*words: str) -> Any:
    return CliRunner().invoke(app, ["samples", *words])


def test_the_command_writes_what_the_page_exports(store: Store, tmp_path: Path) -> None:
    odd: list[Any] = [1, 2, True, False, None, "1.0"]
    store.collection.insert_many([prediction(target=value) for value in odd])
    answer = command("--output", "-", *DAYS, "--outcome", "wrong")
    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout_bytes == b"".join(
        sample_export.pieces(Search(store, OCTOBER, SampleFilter(outcome="wrong")), "csv")
    )
    file = tmp_path / "all.parquet"
    assert command("--output", str(file), "--format", "parquet", *DAYS).exit_code == 0
    assert pq.read_table(file).num_rows == len(odd)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--target", "cat"], "is not a class"),
        (["--confidence-from", "0.9", "--confidence-to", "0.5"], "is not below"),
        (["--output", "/nowhere/a.csv"], "Choose another --output"),
    ],
)
def test_what_cannot_be_is_said(store: Store, words: list[str], sentence: str) -> None:
    answer = run("samples", "--output", "-", *words)
    assert answer.returncode == 2
    assert sentence in " ".join(answer.stderr.replace("│", " ").split())
    assert "Traceback" not in answer.stderr


def test_a_class_is_named_by_its_number_or_its_name_and_without_a_review_is_a_target_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"1": "SIGRE"}')
    store.collection.insert_many([prediction(target=value) for value in (1, 1, 2, False)])
    store.collection.insert_one(prediction(target=None))

    def rows(*words: str) -> int:
        return len(command("--output", "-", *DAYS, *words).stdout.splitlines()) - 1  # the names of the columns

    assert rows("--target", "SIGRE") == rows("--target", "1") == 2
    assert rows("--target", "2") == 1
    assert rows("--target", "rejected") == 1
    assert rows("--prediction", "SIGRE", "--outcome", "wrong") == 2


def test_the_bounds_of_the_confidence_leave_the_others_out(store: Store) -> None:
    store.collection.insert_many([prediction(confidence=confidence) for confidence in (0.1, 0.5, 0.9)])
    answer = command("--output", "-", *DAYS, "--confidence-from", "0.4", "--confidence-to", "0.6")
    assert [line for line in answer.stdout.splitlines()[1:] if "0.5" not in line] == []
    assert len(answer.stdout.splitlines()) == 2


def test_several_classes_a_file_name_and_a_tag_narrow_the_samples(store: Store) -> None:
    made = [prediction(_id=value, target=value) | fields(filename=f"IMG-{value}.png") for value in (1, 2, 3)]
    store.collection.insert_many(made)
    Tags(store).add([2], "blurred", "ana", store.now())

    def files(*words: str) -> list[str]:
        return [row["file"] for row in csv.DictReader(io.StringIO(command("--output", "-", *DAYS, *words).stdout))]

    assert files("--target", "1", "--target", "3") == ["IMG-1.png", "IMG-3.png"]
    assert files("--prediction", "1", "--prediction", "2") == ["IMG-1.png", "IMG-2.png", "IMG-3.png"]
    assert files("--file", "img-3") == ["IMG-3.png"]
    assert files("--tag", "blurred", "--tag", "never given") == ["IMG-2.png"]
