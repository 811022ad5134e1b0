"""Texts as they are compared; tests/mongo/test_reading.py says that MongoDB compares them alike."""

import unicodedata

import pytest

from monitor_core.contract.texts import BLANKS, forms_of, in_every_case, lower, number_of_text


def test_case_is_folded_as_mongodb_does_it() -> None:
    assert lower(f"{BLANKS}ÉCOLE Cat{BLANKS}") == "École cat".replace("é", "É")


@pytest.mark.parametrize("name", ["Café", "ÉCOLE", "Кот и кошка", "Straße", "cat"])
def test_a_text_is_known_in_every_case_and_form(name: str) -> None:
    known = in_every_case(name)
    for text in (name, name.lower(), name.upper(), name.title(), name.capitalize(), name.casefold()):
        for form in forms_of(text):
            assert lower(form) in known, form
    assert unicodedata.normalize("NFD", "Café") in forms_of("Café")


def test_a_text_of_other_characters_is_no_number() -> None:
    assert [number_of_text(text) for text in (" 3 ", "+1.", "1e3", "٣", "1_0", "", "9" * 400)] == [
        *(3.0, 1.0),
        *[None] * 5,
    ]
