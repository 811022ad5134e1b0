"""The scores before and after a change of the model: which days, and the same figures as a comparison of them."""

from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from monitor_core.contract.calendar import Period
from monitor_core.mongo.annotations import Annotation, Annotations
from monitor_core.mongo.store import Store
from monitor_core.reports.retraining.changes import (
    as_json,
    model_change_in_words,
    periods_around,
    read_model_changes,
    rows,
)
from tests.documents import at, prediction

TODAY = date(2026, 6, 30)
NOW = at(2026, 6, 30, 12)


def annotated(*days: date) -> list[Annotation]:
    return [Annotation(str(day), day, "deployment", "", "ada", NOW) for day in days]


def test_no_other_change_is_among_the_days_and_none_is_in_the_future() -> None:
    first, second, third = date(2026, 5, 1), date(2026, 6, 10), date(2026, 6, 20)
    around = periods_around(annotated(first, second, third), TODAY)
    assert [(one.day, before, after) for one, before, after in around] == [
        (first, Period(date(2026, 4, 3), date(2026, 4, 30)), Period(first, date(2026, 5, 28))),
        (second, Period(date(2026, 5, 13), date(2026, 6, 9)), Period(second, date(2026, 6, 19))),
        (third, Period(second, date(2026, 6, 19)), Period(third, TODAY)),
    ]
    assert periods_around([], TODAY) == []
    of_today = periods_around(annotated(TODAY), TODAY)
    assert of_today[0][2] == Period(TODAY, TODAY)


def test_of_two_changes_of_a_day_the_last_stands() -> None:
    twice = [*annotated(TODAY), Annotation("b", TODAY, "retraining", "", "ada", NOW)]
    assert [one.id for one, _, _ in periods_around(twice, TODAY)] == ["b"]


def test_the_figures_are_those_of_the_raw_rows(store: Store) -> None:
    rng, changed = np.random.default_rng(3), date(2026, 6, 10)
    sides: dict[bool, tuple[list[int], list[int]]] = {False: ([], []), True: ([], [])}
    made = []
    for n in range(2000):
        day = date(2026, 5, 20) + timedelta(days=n % 40)
        target = int(rng.integers(0, 3))
        predicted = target if rng.random() < (0.95 if day >= changed else 0.8) else int((target + 1) % 3)
        made.append(prediction(day, predicted, target))
        for values, value in zip(sides[day >= changed], (target, predicted), strict=True):
            values.append(value)
    store.collection.insert_many(made)
    Annotations(store).add("retraining", changed, "with June", "ada", NOW)
    Annotations(store).add("note", date(2026, 6, 12), "no change of the model", "ada", NOW)
    Annotations(store).add("deployment", TODAY + timedelta(days=3), "planned", "ada", NOW)
    (change,) = read_model_changes(store, TODAY)
    for scored, values in ((change.before, sides[False]), (change.after, sides[True])):
        assert scored.headline("macro")["accuracy"].value == pytest.approx(accuracy_score(*values))
        assert scored.headline("macro")["f1"].value == pytest.approx(f1_score(*values, average="macro"))
    accuracy = change.differences("macro")["accuracy"]
    assert accuracy is not None
    assert accuracy.difference == pytest.approx(accuracy_score(*sides[True]) - accuracy_score(*sides[False]))
    assert accuracy.low < 0.15 < accuracy.high
    sentence = model_change_in_words(change, "macro")
    assert sentence.startswith("Accuracy was ")
    assert "from 13 May to 9 Jun 2026 before" in sentence
    assert "from 10 Jun to 30 Jun 2026 after" in sentence
    assert f"{100 * accuracy.difference:+.1f} percentage points" in sentence
    assert [row["Score"] for row in rows(change, "macro")] == ["Accuracy", "Macro F1"]
    assert as_json(change, "macro")["accuracy"]["difference"] == accuracy.difference


def test_rejected_samples_leave_bounds_and_few_samples_no_difference(store: Store) -> None:
    changed = date(2026, 6, 10)
    store.collection.insert_many(prediction(date(2026, 6, 9), 1, False if n < 10 else 1) for n in range(60))
    store.collection.insert_one(prediction(changed, 1, 1))
    Annotations(store).add("deployment", changed, "", "ada", NOW)
    (change,) = read_model_changes(store, TODAY)
    assert model_change_in_words(change, "macro").endswith(": not enough data for a difference.")
    table = rows(change, "macro")
    assert table[0]["Difference"] == "not enough data"
    assert table[1]["Difference"] == "cannot be known from yes/no reviews"
    assert as_json(change, "macro")["after"]["accuracy"]["value"] == 1.0
