"""Raw groups of documents, sorted out by what they mean."""

from datetime import date
from typing import Any

import pytest

from monitor_core.contract.documents import Review
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, Group, counts_of_days, day_counts

DAY = date(2026, 10, 1)


def group(day: int | None, target: int | Review, prediction: int | None, n: int = 1, **key: Any) -> Group:
    """Return what the database says of documents of one kind: values that it has read."""
    read = target.name if isinstance(target, Review) else target
    return {"_id": {"d": day, "t": read, "p": prediction, **key}, "n": n, "bad": 0}


def test_each_document_lands_in_exactly_one_place() -> None:
    groups = [
        group(0, 1, 1, 5),
        group(0, 1, 1, 2),  # once more, as of classes in another form
        group(0, 2, 2),
        group(0, Review.REJECTED, 2, 3),
        group(0, Review.NONE, 2, 4),
        group(0, Review.UNREADABLE, 2, 6),
        group(0, 1, None, 7),
        group(None, 1, 1, 8),  # an array of dates
        group(1, 3, 2),
    ]
    first, second = day_counts(groups, [(0, 8, 2)], 2)
    assert sorted(map(tuple, first.cells.tolist())) == [(REJECTED, 2, 3), (1, 1, 7), (2, 2, 1)]
    assert (first.documents, first.not_reviewed, first.unreadable_review, first.unreadable_prediction) == (28, 4, 6, 7)
    assert first.reviewed + first.not_reviewed + first.unreadable_review + first.unreadable_prediction == 28
    assert (first.undated, first.rejected, first.delays.tolist()) == (8, 3, [[8, 2]])
    assert second.cells.tolist() == [[3, 2, 1]]


@pytest.mark.parametrize(("bin_", "kept"), [(None, NO_CONFIDENCE), (7, 7)])
def test_a_confidence_is_kept_by_its_bin_with_the_outcome(bin_: int | None, kept: int) -> None:
    (day,) = day_counts([group(0, 1, 1, 2, b=bin_), group(0, 2, 1, 3, b=bin_), group(0, Review.NONE, 1, b=bin_)], [], 1)
    assert day.confidence.tolist() == [[1, NOT_REVIEWED, kept, 1], [1, 1, kept, 2], [1, 2, kept, 3]]


def test_classes_without_a_name_are_noticed_where_names_are_configured() -> None:
    (day,) = day_counts([group(0, 1, 1, 5), group(0, 1, 9, 2)], [], 1)
    assert counts_of_days({DAY: day}, {"undated_review": 3}, {1: "one"}).noticed["unknown_class"] == 2
    counted = counts_of_days({DAY: day}, {"undated_review": 3}, {})
    assert counted.noticed["unknown_class"] == 0
    assert counted.excluded["undated_review"] == 3
    assert counted.digest != counts_of_days({DAY: day}, {"undated_review": 4}, {}).digest
