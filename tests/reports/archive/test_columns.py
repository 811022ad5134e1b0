"""The rows of a day in each file, and the day that they are."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from monitor_core.contract.documents import MISTAKEN, OTHER
from monitor_core.mongo.store import Store
from monitor_core.reports.archive.columns import (
    FILES,
    ROWS,
    day_from,
    profile_from,
    row_of_profile,
    rows_of_day,
    schema_of,
)
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, OVERALL, DayCounts
from tests.archived import filled_store

EVERYTHING = DayCounts(
    documents=9,
    not_reviewed=1,
    unreadable_prediction=1,
    unreadable_review=2,
    bad_confidence=3,
    cells=np.array([[REJECTED, 1, 2], [OTHER, MISTAKEN, 1], [0, OTHER, 4], [0, 1, 5], [-7, 2**31 - 1, 6]]),
    confidence=np.array(
        [[1, REJECTED, NO_CONFIDENCE, 2], [1, NOT_REVIEWED, 0, 1], [OTHER, MISTAKEN, 199, 3], [0, 0, 57, 1]]
    ),
    delays=np.array([[-1, 2], [0, 1], [83, 5]]),
    undated=4,
    classes=2500,
    hours=np.array([[0, 3, 1], [24, 6, 5]]),
    scenes=np.array([[OVERALL, 3, 9, 1, 27.5, 3, 1, 1 / 3], [0, 2, 8, 1, 20, 3, 1, 0.125]]),
)


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return filled_store(make_store)


def test_a_day_goes_round(store: Store) -> None:
    stored = list(store.archive.days())
    for day in [*stored, replace(stored[0], counts=EVERYTHING)]:
        tables = {
            file: rows_of_day(file, day, schema_of(file, b""), store.settings) for file in FILES if file != "profiles"
        }
        (head,) = tables.pop("days").to_pylist()
        again = day_from(head, tables)
        assert again.checksum == day.checksum == head["checksum"]
        assert {name: table.tolist() for name, table in again.tables.items()} == {
            name: table.tolist() for name, table in day.tables.items()
        }


def test_a_profile_goes_round(store: Store) -> None:
    for profile in store.archive.every_profile():
        (row,) = row_of_profile(profile, schema_of("profiles", b"")).to_pylist()
        assert profile_from(row) == profile


def test_what_is_no_class_has_a_name_and_no_number(store: Store) -> None:
    day = replace(next(store.archive.days()), counts=EVERYTHING)

    def columns(file: str, *names: str) -> list[tuple[object, ...]]:
        table = rows_of_day(file, day, schema_of(file, b""), store.settings)
        return [tuple(row[name] for name in names) for row in table.to_pylist()]

    assert columns("cells", "target", "target_name", "prediction_name", "count") == [
        (None, "rejected", "apple", 2),
        (None, "other classes", "other classes, mistaken for each other", 1),
        (0, "pear", "other classes", 4),
        (0, "pear", "apple", 5),
        (-7, "-7", "2147483647", 6),
    ]
    assert columns("confidence", "target_name", "confidence_from", "confidence_to") == [
        ("rejected", None, None),
        ("not reviewed", 0, 0.005),
        ("other classes, mistaken for each other", 0.995, 1),
        ("pear", 0.285, 0.29),
    ]
    assert columns("delays", "bucket", "minutes_from") == [(-1, None), (0, 0), (83, 2 ** (83 / 8) - 1)]
    assert columns("scenes", "target", "target_name", "errors") == [(None, "all samples", 1), (0, "pear", 1)]


def test_every_file_has_a_schema_with_a_day(store: Store) -> None:
    for file in FILES:
        schema = schema_of(file, b"about")
        assert schema.field("day").type == pa.date32()
        assert schema.metadata == {b"prediction_monitor": b"about"}
    assert set(ROWS) | {"days", "profiles"} == set(FILES)
