"""Scores by class over all predictions: as table, JSON and sentences."""

import json

import numpy as np

from benchmarks.unreviewed import CHOICES, CLASSES, days_of, draw
from monitor_core.reports.unreviewed.classes import (
    ClassOverAll,
    classes_as_json,
    classes_over_all,
    has_estimates,
    over_all_table,
    reasons_in_words,
)
from monitor_core.settings.settings import Settings


def classes(size: int, choice: str = "prefers unsure") -> list[ClassOverAll]:
    random = np.random.default_rng(2)
    drawn = draw(size, "sharp", random)
    return classes_over_all(days_of(drawn, CHOICES[choice](drawn, random)), Settings(class_names={0: "SIGRE"}))


def test_a_class_has_its_counts_its_values_and_its_intervals() -> None:
    each = classes(3000)
    drawn = draw(3000, "sharp", random := np.random.default_rng(2))
    reviewed = CHOICES["prefers unsure"](drawn, random)
    assert [of.predicted for of in each] == np.bincount(drawn.label, minlength=CLASSES).tolist()
    assert [of.reviewed for of in each] == np.bincount(drawn.label[reviewed], minlength=CLASSES).tolist()
    table, figures = over_all_table(each), classes_as_json(each)
    json.dumps(figures, allow_nan=False)
    first = figures["0"]
    assert (first["name"], table["Class"].iloc[0]) == ("SIGRE", "SIGRE")
    low, high = first["precision_interval"]
    assert low < first["precision"] < high
    assert table["Precision"].iloc[0] == f"{100 * first['precision']:.1f}% ({100 * low:.1f}–{100 * high:.1f})"


def test_what_is_not_estimated_has_its_reason() -> None:
    some = classes(900)
    assert has_estimates(some)
    missing = sum(bool(each.estimates["precision"].refused) for each in some)
    assert 0 < missing < CLASSES
    assert (
        f"Precision is not estimated for {missing} of {CLASSES} classes, because too few of the class are reviewed."
        in reasons_in_words(some)
    )
    assert [figures["precision"] for figures in classes_as_json(some).values()].count(None) == missing
    none = classes(100)
    assert not has_estimates(none)
    assert reasons_in_words(none) == [
        "Precision, recall and F1 over all predictions cannot be estimated, because too few predictions are reviewed."
    ]
    assert reasons_in_words([]) == []
