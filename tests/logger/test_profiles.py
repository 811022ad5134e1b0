"""A profile from counts against whylogs itself, row by row."""

import random
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.profiles import is_json
from monitor_core.logger import profiles
from monitor_core.settings.documents import FieldNames
from monitor_core.settings.settings import ROOT
from tests.documents import at

FIELDS = FieldNames()
NAMES: dict[int, str] = {0: "SIGRE", 1: "blue", 2: "None", 3: "ñ" * 200}
DAY = at(2026, 10, 1)


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
            predicted_at=DAY + timedelta(seconds=n % 86_400),
            reviewed_at=None,
        )
        for n in range(count)
    ]


def by_whylogs(found: list[ReviewedRow], tmp_path: Any) -> Any:
    """The same rows through whylogs' own front door, read back from its own file."""
    whylogs = profiles._whylogs()
    from whylogs.core.model_performance_metrics import ModelPerformanceMetrics

    table = pd.DataFrame(
        {
            FIELDS.confidence: pd.Series([row.confidence for row in found], dtype="float64"),
            FIELDS.prediction: pd.Series([class_name(row.prediction) for row in found], dtype="object"),
            FIELDS.validated: pd.Series(
                [None if row.target is None else class_name(row.target) for row in found], dtype="object"
            ),
        }
    )
    profile = whylogs.DatasetProfile(dataset_timestamp=DAY, metadata={"whylabs.traceId": "trace"})
    profile.track(pandas=table)
    pairs = [(class_name(row.prediction), class_name(row.target)) for row in found if row.target is not None]
    if pairs and len({name for pair in pairs for name in pair}) <= profiles.MOST_LABELS:
        matrix = ModelPerformanceMetrics()
        matrix.compute_confusion_matrix(predictions=[p for p, _ in pairs], targets=[t for _, t in pairs])
        profile.add_model_performance_metrics(matrix)
    with (tmp_path / "theirs.bin").open("wb") as out:
        profile.view()._write(file=out)
    return profiles.read_profile((tmp_path / "theirs.bin").read_bytes())


def summary(view: Any, name: str) -> dict[str, Any]:
    """What a column says, its frequent items by value; whylogs lists equal counts in any order."""
    said = view.get_column(name).to_summary_dict()
    items = said.pop("frequent_items/frequent_strings", [])
    return said | {"items": sorted((item.value, item.est, item.upper, item.lower) for item in items)}


def assert_equal(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        drawn = key.startswith("distribution/q") or key == "distribution/median"  # a sketch draws lots
        if key == "items":
            assert value == theirs[key]
        else:
            assert value == pytest.approx(theirs[key], abs=0.02 if drawn else 1e-9, nan_ok=True), key


def matrix_of(view: Any) -> Any:
    """The serialised matrix: labels and every cell's bytes."""
    metrics = view.model_performance_metrics
    return metrics.confusion_matrix.to_protobuf().SerializeToString() if metrics else None


@pytest.mark.parametrize(("count", "classes"), [(1, 1), (2, 2), (500, 7), (900, 300), (20_000, 3)])
def test_a_profile_equals_whylogs_own_of_the_rows(count: int, classes: int, tmp_path: Any) -> None:
    samples = rows(count, classes)
    ours = profiles.read_profile(profiles.day_profile(samples, "trace", FIELDS, class_name).data)
    theirs = by_whylogs(samples, tmp_path)
    assert matrix_of(ours) == matrix_of(theirs)
    for name in (FIELDS.confidence, FIELDS.prediction, FIELDS.validated):
        assert_equal(summary(ours, name), summary(theirs, name))
    assert ours.dataset_timestamp == theirs.dataset_timestamp
    assert ours.metadata["whylabs.traceId"] == "trace"


def test_rows_without_a_known_class_make_a_profile_without_a_matrix() -> None:
    samples = rows(50, 3, known=0)
    view = profiles.read_profile(profiles.day_profile(samples, "trace", FIELDS, class_name).data)
    assert matrix_of(view) is None
    assert view.get_column(FIELDS.validated).to_summary_dict()["counts/null"] == 50
    assert view.get_column(FIELDS.prediction).to_summary_dict()["types/string"] == 50


def test_rows_added_in_several_lists_are_one_profile() -> None:
    samples = rows(3000, 7)

    def built(size: int) -> Any:
        builder = profiles.ProfileBuilder(DAY, FIELDS, class_name, "trace")
        for first in range(0, len(samples), size):
            builder.add(samples[first : first + size])
        return profiles.read_profile(builder.finish())

    pieces, whole = built(250), built(3000)
    assert matrix_of(pieces) == matrix_of(whole)
    for name in (FIELDS.confidence, FIELDS.prediction, FIELDS.validated):
        assert_equal(summary(pieces, name), summary(whole, name))


def test_a_profile_without_rows_can_be_finished() -> None:
    make: Callable[[], profiles.ProfileBuilder] = lambda: profiles.ProfileBuilder(DAY, FIELDS, class_name, "t")  # noqa: E731
    assert profiles.read_profile(make().finish()).get_column(FIELDS.prediction).to_summary_dict()["counts/n"] == 0


def test_where_whylogs_cannot_be_imported_a_profile_is_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert profiles.why_no_whylogs() is None
    monkeypatch.setitem(sys.modules, "whylogs", None)  # an import of it then fails
    profiles._whylogs.cache_clear()
    assert str(profiles.why_no_whylogs()).startswith("whylogs cannot be imported by this Python 3.")
    profiles.import_whylogs()  # which several loggers do at their start
    made = profiles.day_profile(rows(50, 3), "trace", FIELDS, class_name)
    assert is_json(made.data)
    assert (made.rows, profiles.summary(made.data)[FIELDS.prediction]["rows"]) == (50, 50)
    monkeypatch.undo()
    assert not is_json(profiles.day_profile(rows(50, 3), "trace", FIELDS, class_name).data)  # it is tried again


def test_whylogs_can_be_imported_once_the_part_of_it_that_was_missing_is_there() -> None:
    code = (
        "import sys; sys.modules['whylogs_sketching'] = None; from monitor_core.logger import profiles; "
        "print(profiles.why_no_whylogs()); print(profiles.why_no_whylogs()); del sys.modules['whylogs_sketching']; "
        "print(profiles.why_no_whylogs())"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    missing, still, there = ended.stdout.splitlines()
    assert missing == still
    assert missing.endswith("(ModuleNotFoundError)")
    assert there == "None"


def test_a_profile_costs_no_import_of_scikit_learn() -> None:
    """It would be two seconds and 80 MB of the logger's process."""
    code = (
        "import sys; from monitor_core.logger import profiles; profiles._whylogs(); print('sklearn' in sys.modules); "
        "import sklearn.metrics; print(sklearn.metrics.f1_score([1], [1]))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "1.0"]
