"""What raw values mean; tests/mongo/test_reading.py says that MongoDB reads them alike."""

import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from monitor_core.contract.documents import Notation, Review, field_value
from tests.documents import at

MADRID = ZoneInfo("Europe/Madrid")
PLAIN, IN_MADRID = Notation(), Notation(MADRID)
NAMES = Notation(classes={"cat": 0, "kitten": 0, "Dog": 1, "dog": 2, "NA": 3})


@pytest.mark.parametrize("value", [3, 3.0, "3", " 3 ", "3\n", "3.0", "3.", "+3", "03", Decimal("3.0")])
def test_a_class_may_be_an_int_an_integral_float_or_a_numeric_string(value: Any) -> None:
    assert PLAIN.class_of(value) == 3


@pytest.mark.parametrize(
    "value",
    [None, True, False, 3.5, "3.5", "cat", "", "1e3", "٣", "1_0", float("inf"), 2**40, [3, 4], {}],
)
def test_anything_else_is_no_class(value: Any) -> None:
    assert PLAIN.class_of(value) is None


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
        (float("nan"), True, Review.NONE),
        (" None ", True, Review.NONE),
        ("N/A", True, Review.NONE),
        ("", True, Review.NONE),
        ({}, True, Review.NONE),
        ([], True, Review.NONE),
        ({"label": 1}, True, Review.UNREADABLE),
        (2.5, False, Review.UNREADABLE),
    ],
)
def test_a_review_means_what_the_contract_says(validated: Any, dated: bool, meaning: Any) -> None:
    review = PLAIN.review_of(validated, 4, dated)
    assert review == meaning
    assert type(review) is type(meaning)  # True == 1 in Python


@pytest.mark.parametrize("value", [0, 1, 0.5, 1.0, "0.5", " 1e-1 ", Decimal("0.93")])
def test_a_confidence_lies_between_0_and_1(value: Any) -> None:
    assert PLAIN.confidence_of(value) == float(value)


@pytest.mark.parametrize("value", [None, True, -0.1, 1.1, "1.1", "half", float("nan"), [0.5], Decimal("1E+400")])
def test_any_other_confidence_is_ignored(value: Any) -> None:
    assert PLAIN.confidence_of(value) is None


def test_a_naive_string_is_in_the_configured_zone() -> None:
    assert IN_MADRID.instant_of("2026-07-01 12:00") == at(2026, 7, 1, 10)
    assert IN_MADRID.instant_of("2026-07-01T12:00:00+00:00") == at(2026, 7, 1, 12)
    assert IN_MADRID.instant_of("2026-07-01") == at(2026, 6, 30, 22)


@pytest.mark.parametrize("value", [None, 5, "yesterday", "2026-02-30", "01/07/2026", "1999-12-31", at(1970, 1, 1)])
def test_what_is_no_date_or_before_2000_has_no_instant(value: Any) -> None:
    assert IN_MADRID.instant_of(value) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-01 12:00:00 +02:00",
        "2026-10-01 10:00 UTC",
        "2026-10-01T10:00:00,000GMT",
        "20261001T100000Z",
        "20261001T120000.0+0200",
        "2026-10-01 12:00",  # in Madrid
        "\t2026-10-01T10:00:00Z\u00a0\n",
        "2026-10-01t10:00:00z",
        "20261001t1000utc",
        "20261001T1200",
        "20261001T12",
        "2026-10-01T12",
        "2026-10-01T10Z",
        "2026-10-01 12+02",
        "2026-10-01  12:00",
        "2026-10-01   10:00   gmt",
        "2026-10-01 10:00:00.000000000 +0000 UTC",  # Go
        "2026-10-01 12:00:00 +0200 CEST",
        "2026-10-01 15:30:00 +0530 +0530",
        "2026-10-01 10:00:00 +0000 UTC m=+0.000012500",
        "2026-10-01T12:00:00+02:00[Europe/Paris]",  # Java
        "2026-10-01T07:00-03:00[America/Argentina/Buenos_Aires]",
        "2026-10-01T10:00Z[UTC]",
    ],
)
def test_dates_may_be_written_as_people_write_them(text: str) -> None:
    assert IN_MADRID.instant_of(text) == at(2026, 10, 1, 10)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "01/02/2026",
            "2026-10-01T24:00",
            "20261001",
            "2026-10-01 10:00 CET",
            "2026-10-01 10:00 UTC CET",
            "2026-10-01T10:00[Europe/Paris]",
            "2026-10-01T10:00+02:00[Europe/Paris",
            "2026-10-01 10:00 +0200 m=+0.1",
            "Oct 1 2026",
            "2026-10-01T",
            "2026-1001",
        ),
        *(
            "2026-10-01T10:00+02:",
            "2026-10-01T1000",
            "20261001T10:00",
            "20261001 1000",
            "Thu, 01 Oct 2026 10:00:00 GMT",
        ),
        *("2026-10-01T 10:00", "2026-10-01Z", "2026-10-01T10:00:00.", "1795613669", "Thu, 01 Oct 2026 10:00:00 GMT"),
    ],
)
def test_what_may_be_read_in_two_ways_is_no_date(text: str) -> None:
    assert IN_MADRID.instant_of(text) is None


def test_a_number_is_a_date_only_by_the_setting() -> None:
    instant = at(2026, 10, 1, 10)
    seconds = int(instant.timestamp())
    assert PLAIN.instant_of(seconds) is None
    assert Notation(date_numbers="seconds").instant_of(seconds + 0.5) == instant + timedelta(milliseconds=500)
    assert Notation(date_numbers="milliseconds").instant_of(1000 * seconds) == instant
    assert Notation(date_numbers="milliseconds").instant_of(seconds) is None  # of January 1970
    assert Notation(date_numbers="seconds").instant_of(True) is None


def test_a_number_as_text_is_a_date_by_the_setting_too() -> None:
    instant = at(2026, 10, 1, 10)
    seconds = int(instant.timestamp())
    by_seconds, by_milliseconds = Notation(date_numbers="seconds"), Notation(date_numbers="milliseconds")
    assert [by_seconds.instant_of(text) for text in (f" {seconds}\n", f"{seconds}.0")] == [instant] * 2
    assert by_milliseconds.instant_of(f"{seconds}000") == instant
    for text in (f"+{seconds}", f"0{seconds}", f"{seconds}000", "20261001", "-1"):
        assert by_seconds.instant_of(text) is None, text


def test_stored_dates_may_show_another_clock() -> None:
    written = at(2026, 7, 1, 12)
    assert Notation(MADRID, stored_times="local").instant_of(written) == at(2026, 7, 1, 10)
    assert Notation(MADRID, stored_times=timedelta(hours=-3)).instant_of(written) == at(2026, 7, 1, 15)
    assert Notation(MADRID, stored_times="local").instant_of("2026-07-01T12:00:00Z") == written  # it has an offset


@pytest.mark.parametrize("instant", [at(1, 1, 1), at(9999, 12, 31, 23, 59, 59), at(2100, 1, 1), at(1, 1, 1, 12)])
def test_an_instant_outside_of_the_contract_is_none(instant: datetime) -> None:
    assert IN_MADRID.instant_of(instant) is None
    assert Notation(MADRID, stored_times="local").instant_of(instant) is None


def test_a_name_is_its_class_exactly_or_in_any_case_if_only_one_is_meant() -> None:
    assert [NAMES.class_of(name) for name in ("cat", " Cat\n", "kitten", "Dog", "dog", "DOG", "cow")] == [
        0,
        0,
        0,
        1,
        2,
        None,
        None,
    ]
    assert NAMES.review_of("NA", 0, dated=True) == 3  # a class of this name comes first
    for text in ("N/A", "#N/A", "NaT", " nat\n"):
        assert NAMES.review_of(text, 0, dated=True) is Review.NONE
    assert Notation(classes={"NaT": 4}).review_of("NaT", 0, dated=True) == 4


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_with_other_letters_than_ascii_is_its_class_in_any_case_and_form(form: Literal["NFC", "NFD"]) -> None:
    notation = Notation(classes={"Café au lait": 0, "Кот": 1, "Straße": 2}, not_reviewed=("Não",))
    for name, label in notation.classes.items():
        for text in (name, name.lower(), name.upper(), name.title(), name.capitalize()):
            assert notation.class_of(f" {unicodedata.normalize(form, text)}") == label, text
    for text in ("não", "NÃO", "Não"):
        assert notation.review_of(unicodedata.normalize(form, text), 0, dated=True) is Review.NONE, text


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_two_classes_whose_names_differ_in_case_are_known_exactly(form: Literal["NFC", "NFD"]) -> None:
    notation = Notation(classes={"Été": 0, "été": 1})
    read = [notation.class_of(unicodedata.normalize(form, text)) for text in ("Été", "été", "ÉTÉ")]
    assert read == [0, 1, None]


def test_further_values_may_stand_for_no_review() -> None:
    notation = Notation(not_reviewed=("-1", "To do"))
    for value in (-1, -1.0, Decimal("-1.0"), "-1", " -1.0 ", "to do", "TO DO "):
        assert notation.review_of(value, 0, dated=True) is Review.NONE, value
    assert notation.review_of(1, 0, dated=True) == 1
    assert notation.review_of(True, 5, dated=True) == 5


def test_yes_and_no_may_be_classes() -> None:
    notation = Notation(boolean_classes=True)
    assert [notation.class_of(value) for value in (True, False)] == [1, 0]
    assert [notation.review_of(value, 1, dated=False) for value in (True, False)] == [1, 0]


def test_yes_and_no_as_text_are_classes_too_unless_a_class_is_called_so() -> None:
    assert [PLAIN.class_of(text) for text in ("True", "false")] == [None, None]
    notation = Notation(boolean_classes=True)
    assert [notation.class_of(text) for text in ("True", "FALSE ", "true", "yes")] == [1, 0, 1, None]
    assert notation.review_of("False", 1, dated=False) == 0
    assert Notation(classes={"true": 7}, boolean_classes=True).class_of("True") == 7
    assert Notation(classes={"True": 7, "TRUE": 8}, boolean_classes=True).class_of("true") is None


def test_a_list_of_one_label_is_that_label() -> None:
    assert [NAMES.class_of(value) for value in (["cat"], [" 2 "], [7], ["cat", "Dog"], [["cat"]], [])] == [
        *(0, 2, 7),
        *[None] * 3,
    ]
    reviews = [
        PLAIN.review_of(value, 4, dated=True) for value in ([True], [False], ["3"], ["N/A"], [], [1, 2], ["cow"])
    ]
    assert reviews == [4, Review.REJECTED, 3, Review.NONE, Review.NONE, Review.UNREADABLE, Review.UNREADABLE]
    assert PLAIN.review_of([False], 4, dated=False) is Review.NONE


def test_confidences_may_be_percentages() -> None:
    notation = Notation(percent=True)
    assert [notation.confidence_of(value) for value in (93, "50", 0.5, 100.5)] == [0.93, 0.5, 0.005, None]


def test_a_field_inside_a_list_is_the_list_of_what_is_there() -> None:
    document = {"review": [{"label": 1}, {}, 5], "model": {"label": 2}}
    assert field_value(document, "review.label") == [1]
    assert (field_value(document, "model.label"), field_value(document, "model.label.x")) == (2, None)
