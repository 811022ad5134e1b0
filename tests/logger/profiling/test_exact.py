"""Our own profile against pandas, row by row, and against what a summary of whylogs has."""

import json
import random
from collections import Counter
from typing import Any

import pandas as pd
import pytest

from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.profiles import QUANTILES, is_json
from monitor_core.logger import profiles
from monitor_core.logger.profiling import exact
from monitor_core.logger.profiling.exact import ExactProfile, columns_of
from tests.documents import FIELDS, at

DAY = at(2026, 10, 1)
NAMES = {0: "SIGRE", 1: "blue", 2: "ñ" * 100, 3: '"}\n'}


def class_name(label: int) -> str:
    return NAMES.get(label, str(label))


def rows(count: int, classes: int, known: float = 0.9) -> list[ReviewedRow]:
    chance = random.Random(count)
    return [
        ReviewedRow(
            id=n,
            target=chance.randrange(classes) if chance.random() < known else None,
            prediction=chance.randrange(classes),
            confidence=None if chance.random() < 0.05 else round(chance.random(), 2),
            predicted_at=DAY,
            reviewed_at=None,
        )
        for n in range(count)
    ]


def made(samples: list[ReviewedRow], size: int = 1000) -> bytes:
    builder = ExactProfile(DAY, FIELDS, class_name, "trace")
    for first in range(0, len(samples), size):
        builder.add(samples[first : first + size])
    return builder.finish()


def assert_numbers(figures: dict[str, Any], values: "pd.Series[float]") -> None:
    usable = values.dropna()
    counts = (len(values), values.isna().sum(), usable.nunique())
    assert (figures["rows"], figures["missing"], figures["distinct"]) == counts
    assert (figures["mean"], figures["min"], figures["max"]) == pytest.approx(
        (usable.mean(), usable.min(), usable.max())
    )
    assert figures["stddev"] == pytest.approx(usable.std() if len(usable) > 1 else 0)
    shares = [int(name.removesuffix("%")) / 100 for name in QUANTILES]
    assert list(figures["quantiles"].items()) == [
        (name, pytest.approx(usable.quantile(share))) for name, share in zip(QUANTILES, shares, strict=True)
    ]


def assert_names(figures: dict[str, Any], names: list[str | None]) -> None:
    counts = Counter(name for name in names if name is not None)
    assert (figures["rows"], figures["missing"]) == (len(names), len(names) - counts.total())
    assert figures["distinct"] == len(counts)
    assert figures["frequent"] == sorted(map(list, counts.items()), key=lambda one: (-one[1], one[0]))[:20]


@pytest.mark.parametrize(("count", "classes"), [(1, 1), (2, 2), (500, 4), (900, 300), (20_000, 3)])
def test_its_figures_are_those_of_the_rows(count: int, classes: int) -> None:
    samples = rows(count, classes)
    data = made(samples)
    columns = columns_of(data)
    assert_numbers(columns[FIELDS.confidence], pd.Series([row.confidence for row in samples], dtype="float64"))
    targets = [None if row.target is None else class_name(row.target) for row in samples]
    predictions = [class_name(row.prediction) for row in samples]
    assert_names(columns[FIELDS.prediction], predictions)
    assert_names(columns[FIELDS.validated], targets)
    pairs = {(pair["prediction"], pair["target"]): pair["count"] for pair in json.loads(data)["pairs"]}
    assert pairs == Counter(zip(predictions, targets, strict=True))


def test_a_summary_has_the_same_figures_as_that_of_a_whylogs_profile() -> None:
    samples = rows(3000, 7)
    builder = profiles.ProfileBuilder(DAY, FIELDS, class_name, "trace")
    builder.add(samples)
    theirs, ours = profiles.summary(builder.finish()), profiles.summary(made(samples))
    assert {column: figures.keys() for column, figures in ours.items()} == {
        column: figures.keys() for column, figures in theirs.items()
    }
    for column, figures in ours.items():
        for name in ("rows", "missing", "frequent", "min", "max"):
            assert figures.get(name) == theirs[column].get(name)
        for name, value in {**figures, **figures.get("quantiles", {})}.items():
            if isinstance(value, float):
                assert value == pytest.approx({**theirs[column], **theirs[column].get("quantiles", {})}[name], abs=0.02)


def test_rows_added_in_several_lists_are_one_profile() -> None:
    samples = rows(3000, 7)
    assert made(samples, 250) == made(samples, 3000)


def test_a_profile_without_rows_has_no_figures_of_numbers() -> None:
    data = made([])
    assert is_json(data)
    empty = {"rows": 0, "missing": 0, "distinct": 0}
    assert columns_of(data) == {FIELDS.confidence: empty, FIELDS.prediction: empty, FIELDS.validated: empty}


def test_it_says_whose_samples_it_is_of_and_holds_no_id() -> None:
    content = json.loads(made(rows(50, 3)))
    assert (content["at"], content["trace_id"], content["rows"]) == ("2026-10-01T00:00:00+00:00", "trace", 50)
    assert content.keys() == {"prediction_monitor_profile", "at", "trace_id", "rows", "columns", "pairs"}


def test_with_very_many_pairs_of_classes_they_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "MOST_PAIRS", 8)
    assert len(json.loads(made(rows(500, 2, known=1)))["pairs"]) == 4
    many = json.loads(made(rows(500, 3, known=1)))
    assert many["pairs"] is None
    assert many["rows"] == 500
