"""The order of the classes, against sorting by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.classes.listing import (
    AT_A_TIME,
    BY_MIX,
    BY_SAMPLES,
    BY_SCORE,
    Listing,
    in_order,
    ordered,
    ordered_mix,
)
from monitor_core.reports.performance import Performance
from monitor_core.reports.training import TrainingCounts, training_mix
from tests.documents import prediction

SELECTION = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "predicted")
NAMES = {n: f"class {n}" for n in range(12)}


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    target = rng.integers(0, 12, 900) % rng.integers(5, 13, 900)
    return target, np.where(rng.random(900) < 0.05 * target, (target + 1) % 12, target)


@pytest.fixture
def now(make_store: "type[Store]", rows: tuple[np.ndarray, np.ndarray]) -> Performance:
    store = make_store(class_names=NAMES)
    store.collection.insert_many(
        [prediction(predicted=int(said), target=int(true)) for true, said in zip(*rows, strict=True)]
    )
    return reports.read_performance(store, SELECTION)


def test_each_order_is_that_of_scikit_learn_s_numbers(now: Performance, rows: tuple[np.ndarray, np.ndarray]) -> None:
    target, predicted = rows
    f1 = f1_score(target, predicted, labels=range(12), average=None)
    wrong = [((target == n) != (predicted == n)).sum() for n in range(12)]
    support = [(target == n).sum() for n in range(12)]
    assert ordered(now, "worst F1") == [f"class {n}" for n in sorted(range(12), key=lambda n: f1[n])]
    assert ordered(now, "mistakes") == [f"class {n}" for n in sorted(range(12), key=lambda n: -wrong[n])]
    assert ordered(now, "support") == [f"class {n}" for n in sorted(range(12), key=lambda n: -support[n])]
    assert ordered(now, "name") == [f"class {n}" for n in range(12)]  # 10 after 9
    for order in (*BY_SCORE, *BY_SAMPLES):
        assert sorted(ordered(now, order)) == sorted(NAMES.values())


def test_a_class_with_too_few_samples_for_a_score_is_last(store: Store) -> None:
    store.collection.insert_many([prediction(predicted=1, target=1) for _ in range(9)])
    store.collection.insert_one(prediction(predicted=0, target=2))
    assert ordered(reports.read_performance(store, SELECTION), "worst F1") == ["1", "0", "2"]


def test_the_classes_of_a_mix_stand_by_difference_count_or_name(now: Performance) -> None:
    mix = training_mix(TrainingCounts({0: 10, 5: 500, 20: 40}, "test"), now, now_settings(now))
    table = mix.table.set_index("name")
    expected = table["difference"].abs().sort_values(ascending=False, kind="stable").index.tolist()
    assert ordered_mix(mix, "difference") == expected
    assert ordered_mix(mix, "training")[0] == "class 5"
    assert {frozenset(ordered_mix(mix, order)) for order in BY_MIX} == {frozenset(table.index)}


def now_settings(now: Performance) -> "object":
    from monitor_core.settings.settings import Settings

    return Settings(class_names=NAMES)


@pytest.mark.parametrize(
    ("count", "page", "first", "length"), [(31, 1, 0, 30), (31, 2, 30, 1), (31, 9, 30, 1), (3, 1, 0, 3)]
)
def test_every_class_is_on_a_page(count: int, page: int, first: int, length: int) -> None:
    names = [f"class {n}" for n in range(count)]
    assert Listing("name", page=page).of_page(names) == names[first : first + length]
    assert AT_A_TIME == 30


def test_a_search_keeps_the_names_with_the_text_in_upper_or_lower_case() -> None:
    names = ["Dent", "scratch", "accident", "STRASSE"]
    assert Listing("name", " DENT ").matching(names) == ["Dent", "accident"]
    assert Listing("name", "straße").matching(names) == ["STRASSE"]
    assert Listing("name", "x").of_page(names) == []


def test_rows_stand_in_the_order_of_the_names_and_others_are_left_out() -> None:
    table = pd.DataFrame({"name": ["a", "b", "c", "b"], "n": [1, 2, 3, 4]})
    assert in_order(table, ["c", "b", "z"])["n"].tolist() == [3, 2, 4]
