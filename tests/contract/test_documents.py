"""What raw values mean, and that Python and MongoDB read the same instants."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_core.contract.documents import Review, class_of, confidence_of, instant_of, review_of
from monitor_core.mongo.expressions import instant_of_text
from monitor_core.mongo.store import Store
from tests.documents import at
from tests.lanes import examples

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize("value", [3, 3.0, "3", " 3 ", "3.0", "+3", "03"])
def test_a_class_may_be_an_int_an_integral_float_or_a_numeric_string(value: Any) -> None:
    assert class_of(value) == 3


@pytest.mark.parametrize(
    "value", [None, True, False, 3.5, "3.5", "cat", "", "1e3", "٣", "1_0", float("nan"), float("inf"), 2**40, [3], {}]
)
def test_anything_else_is_no_class(value: Any) -> None:
    assert class_of(value) is None


@pytest.mark.parametrize(
    ("validated", "dated", "meaning"),
    [
        (None, True, Review.NONE),
        (None, False, Review.NONE),
        (False, False, Review.NONE),
        (False, True, Review.REJECTED),
        (True, False, 4),
        (True, True, 4),
        (1, True, 1),
        (0, True, 0),
        ("7", True, 7),
        ("cat", True, Review.UNREADABLE),
        (2.5, False, Review.UNREADABLE),
    ],
)
def test_a_review_means_what_the_contract_says(validated: Any, dated: bool, meaning: Any) -> None:
    found = review_of(validated, 4, dated)
    assert found == meaning
    assert type(found) is type(meaning)  # True == 1 in Python


@pytest.mark.parametrize("value", [0, 1, 0.5, 1.0])
def test_a_confidence_lies_between_0_and_1(value: Any) -> None:
    assert confidence_of(value) == float(value)


@pytest.mark.parametrize("value", [None, True, -0.1, 1.1, "0.5", float("nan")])
def test_any_other_confidence_is_ignored(value: Any) -> None:
    assert confidence_of(value) is None


def test_a_naive_string_is_in_the_configured_zone() -> None:
    assert instant_of("2026-07-01 12:00", MADRID) == at(2026, 7, 1, 10)
    assert instant_of("2026-07-01T12:00:00+00:00", MADRID) == at(2026, 7, 1, 12)
    assert instant_of("2026-07-01", MADRID) == at(2026, 6, 30, 22)


@pytest.mark.parametrize("value", [None, 5, "yesterday", "2026-02-30", "01/07/2026", "1999-12-31", at(1970, 1, 1)])
def test_what_is_no_date_or_before_2000_has_no_instant(value: Any) -> None:
    assert instant_of(value, MADRID) is None


two, sep = st.integers(0, 62), st.sampled_from(["T", " "])


@given(
    st.lists(
        st.builds(
            "{:04d}-{:02d}-{:02d}{}{}".format,
            st.integers(2000, 2100),
            st.integers(0, 13),
            st.integers(0, 32),
            st.one_of(
                st.just(""),
                st.builds("{}{:02d}:{:02d}".format, sep, st.integers(0, 25), two),
                st.builds("{}{:02d}:{:02d}:{:02d}".format, sep, st.integers(0, 25), two, two),
                st.builds("{}{:02d}:{:02d}:{:02d}.{}".format, sep, two, two, two, st.from_regex(r"\A[0-9]{1,9}\Z")),
            ),
            st.sampled_from(["", "", "Z", "+02:00", "-0530", "+14", "-25:00", "z", " +02:00", "\n"]),
        ),
        min_size=20,
        max_size=60,
        unique=True,
    )
)
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mongodb_reads_every_date_string_as_python_does(store: Store, texts: list[str]) -> None:
    table = store.database["dates"]
    table.drop()
    table.insert_many([{"_id": text} for text in texts])

    read = {row["_id"]: row["at"] for row in table.aggregate([{"$project": {"at": instant_of_text("$_id")}}])}

    for text in texts:
        ours = instant_of(text, ZoneInfo("UTC"))
        theirs = read[text].astimezone(UTC) if read[text] else None
        assert (ours and ours.replace(microsecond=ours.microsecond // 1000 * 1000)) == theirs, text
