"""What is confused most, against plain counting of the documents."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.classes import confused
from monitor_core.reports.performance import Performance
from tests.documents import prediction

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "predicted")
CLASSES = 200


@pytest.fixture
def pairs() -> list[tuple[int, int]]:
    """True and predicted class of each sample; a sixth of them is wrong, most of those among few classes."""
    rng = np.random.default_rng(3)
    target = rng.integers(0, CLASSES, 3000)
    wrong = rng.random(3000) < np.where(target < 12, 0.6, 0.1)
    return list(
        zip(
            target.tolist(),
            np.where(wrong, (target + rng.integers(1, 3, 3000)) % CLASSES, target).tolist(),
            strict=True,
        )
    )


@pytest.fixture
def many(store: Store, pairs: list[tuple[int, int]]) -> Performance:
    store.collection.insert_many([prediction(predicted=predicted, target=target) for target, predicted in pairs])
    store.collection.insert_one(prediction(predicted=3, target=False))
    return reports.read_performance(store, OCTOBER)


def test_the_pairs_are_those_that_occur_most_with_their_shares(many: Performance, pairs: list[tuple[int, int]]) -> None:
    table = confused.confused_pairs(many)
    wrong, support = Counter(pair for pair in pairs if pair[0] != pair[1]), Counter(target for target, _ in pairs)
    assert table["count"].tolist() == [count for _, count in wrong.most_common(confused.MOST_PAIRS)]
    for row in table.to_dict("records"):
        target, predicted = int(row["target"]), int(row["prediction"])
        assert row["count"] == wrong[target, predicted]
        assert row["share"] == pytest.approx(row["count"] / support[target])
        assert row["low"] < row["share"] < row["high"]
        assert row["pair"] == f"{target} → {predicted}"
        assert row["text"].startswith(f"{row['count']:,} ({row['share']:.1%} of")


def test_the_block_holds_the_most_confused_pairs_in_the_order_of_their_numbers(many: Performance) -> None:
    names = confused.matrix_classes(many)
    assert len(names) == confused.BLOCK
    assert names == sorted(names, key=int)
    first = confused.confused_pairs(many).head(5)
    assert {*first["target"], *first["prediction"]} <= set(names)


def test_a_cell_of_the_block_has_the_share_of_all_its_samples(many: Performance, pairs: list[tuple[int, int]]) -> None:
    table = reports.confusion_table(many, confused.matrix_places(many))
    assert len(table) == confused.BLOCK * (confused.BLOCK + 1)  # the last row is "rejected"
    counts, support = Counter(pairs), Counter(target for target, _ in pairs)
    for row in table[table["target"] != reports.REJECTED].to_dict("records"):
        target, predicted = int(row["target"]), int(row["prediction"])
        assert row["count"] == counts[target, predicted]
        assert row["share"] == pytest.approx(row["count"] / support[target])
    assert table[table["target"] == reports.REJECTED]["count"].sum() == 1


@pytest.mark.parametrize(("classes", "shown"), [(2, 2), (25, 25), (26, 20), (1000, 20)])
def test_without_a_mistake_the_block_is_of_the_largest_classes(store: Store, classes: int, shown: int) -> None:
    store.collection.insert_many([prediction(predicted=n, target=n) for n in range(classes)] + [prediction()])
    now = reports.read_performance(store, OCTOBER)
    assert len(confused.matrix_classes(now)) == shown
    assert confused.is_block(now) == (shown < classes)
    assert confused.confused_pairs(now).empty
    assert "1" in confused.matrix_classes(now)
