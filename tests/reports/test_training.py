"""Training counts from each of their sources."""

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import TrainingUnavailable
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance
from monitor_core.reports.training import TrainingCounts, training_counts, training_mix
from tests.documents import FIELDS, fields, prediction

NAMES = {0: "SIGRE", 1: "blue"}


def counts(store: Store) -> dict[int, int]:
    return training_counts(store.settings, store).counts


def test_without_a_setting_the_trained_documents_count_by_their_true_class(store: Store) -> None:
    store.collection.insert_many(
        [
            fields(prediction=1, validated=2, trained=True),
            fields(prediction=1, validated=True, trained=True),
            fields(prediction=1, validated="1", trained=True),
            fields(prediction=1, validated=1, trained=False),
            fields(prediction=1, validated=None, trained=True),
            fields(prediction=1, validated=False, trained=True),
        ]
    )
    assert counts(store) == {2: 1, 1: 2}


def test_counts_in_the_settings_may_name_classes(make_store: Callable[..., Store]) -> None:
    assert counts(make_store(training_counts={"SIGRE": 5, "1": 2, "7": 1}, class_names=NAMES)) == {0: 5, 1: 2, 7: 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", "filename,class\na.png,SIGRE\nb.png,SIGRE\nc.png,1\n"),
        ("counts.csv", "\ufefflabel,count\nSIGRE,2\nblue,1\n"),
        ("counts.json", '{"SIGRE": 2, "1": 1}'),
        ("exported.csv", f"filename,{FIELDS.validated}\na.png,SIGRE\nb.png,0\nc.png,1\n"),
        ("rows.json", '[{"target": 0}, {"target": "SIGRE"}, {"target": 1}]'),
    ],
)
def test_a_manifest_may_be_csv_or_json(make_store: Callable[..., Store], tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    assert counts(make_store(training_manifest=file, class_names=NAMES)) == {0: 2, 1: 1}


def test_a_class_called_null_is_a_class(make_store: Callable[..., Store], tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("class\nnull\nNA\n")
    assert counts(make_store(training_manifest=file, class_names={4: "null", 5: "NA"})) == {4: 1, 5: 1}


@pytest.mark.parametrize("text", ["", "filename\na.png\n", "class,count\nSIGRE,many\n", "class,count\n0,-1\n"])
def test_a_manifest_that_cannot_be_read_says_what_it_should_be(
    make_store: Callable[..., Store], tmp_path: Path, text: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    store = make_store(training_manifest=file, class_names=NAMES)
    if text:
        with pytest.raises(TrainingUnavailable, match=r"MONITOR_TRAINING_MANIFEST.*column"):
            counts(store)
    else:
        assert counts(store) == {}


def test_a_folder_counts_the_images_in_its_folders(make_store: Callable[..., Store], tmp_path: Path) -> None:
    for name in ("SIGRE/a.png", "SIGRE/deep/b.JPG", "SIGRE/notes.txt", "1/c.jpeg", ".cache/d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert counts(make_store(training_folder=tmp_path, class_names=NAMES)) == {0: 2, 1: 1}


@pytest.mark.parametrize("changes", [{"training_counts": {"cat": 1}}, {"training_folder": Path("/nowhere/at/all")}])
def test_what_cannot_be_used_is_an_error_with_the_remedy(make_store: Callable[..., Store], changes: Any) -> None:
    with pytest.raises(TrainingUnavailable, match="MONITOR_TRAINING_"):
        counts(make_store(**changes))


def test_differences_have_newcombe_s_interval_and_none_of_few_samples(store: Store) -> None:
    store.collection.insert_many([prediction(predicted=n % 2, target=n % 2) for n in range(40)])
    now = read_performance(store, Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated"))
    mix = training_mix(TrainingCounts({0: 300, 1: 100}, "here"), now, store.settings)
    row = mix.table.iloc[0]
    production, trained = (binomtest(k, n).proportion_ci(0.95, "wilson") for k, n in ((20, 40), (300, 400)))
    assert row["difference"] == pytest.approx(-25)
    assert row["low"] == pytest.approx(-25 - 100 * math.hypot(0.5 - production.low, trained.high - 0.75))
    assert row["high"] == pytest.approx(-25 + 100 * math.hypot(production.high - 0.5, 0.75 - trained.low))
    few = training_mix(TrainingCounts({0: 3, 1: 1}, "here"), now, store.settings).table
    assert few[["difference", "low", "high"]].isna().all().all()
