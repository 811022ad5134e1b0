"""Values in short: their type shows, and none is long."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS

from monitor_core.mongo.quality.examples import VALUE_LENGTH, example_of, in_short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1", '"1"'),
        (1, "1"),
        (True, "true"),
        (None, "null"),
        ({"absent": True}, "absent"),
        ({"type": "list of 2"}, "(list of 2)"),
        (datetime(2026, 10, 3, 4, 5, tzinfo=UTC), "2026-10-03 04:05:00 UTC"),
        (DatetimeMS(300_000_000_000_000), "a date about the year 11476"),
    ],
)
def test_a_value_tells_its_type(value: Any, text: str) -> None:
    assert in_short(value) == text


def test_an_example_is_short() -> None:
    value = "x" * 1000
    example = example_of({"id": value, "file": value, "value": [value]})
    assert {len(text) for text in (example.id, example.file, example.value)} == {VALUE_LENGTH}
