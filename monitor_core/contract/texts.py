"""Document texts prepared for comparison: trimmed, in every case, as numbers."""

import math
import unicodedata

BLANKS = " \t\n\r\u00a0"  # around a text, which say nothing
NUMBER_CHARACTERS = "+-.0123456789"
SCIENTIFIC_CHARACTERS = "+-.0123456789eE"
SMALLEST_DOUBLE = 2.2250738585072014e-308  # of full precision: MongoDB makes none of a smaller decimal or text
LOWER_CASE = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}  # all that MongoDB changes


def lower(text: str) -> str:
    """Return a text without blanks around it, in lower case as MongoDB has it: of ASCII."""
    return text.strip(BLANKS).translate(LOWER_CASE)


def in_every_case(text: str) -> set[str]:
    """Return what `lower` leaves of a text in small letters, in capitals or with capital initials, in each form.

    >>> sorted(in_every_case("Café")) == sorted(["café", "cafÉ", "cafe\u0301"]), in_every_case("Cat")
    (True, {'cat'})
    """
    cases = {text, text.lower(), text.upper(), text.casefold(), text.title(), text.capitalize()}
    return {lower(form) for case in cases for form in forms_of(case)}


def forms_of(text: str) -> tuple[str, str]:
    """Return a text in the composed and the decomposed form of Unicode; names of folders on macOS have the latter."""
    return unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)


def number_of_text(text: str, characters: str = NUMBER_CHARACTERS) -> float | None:
    """Return the number that a text of these characters stands for; None of what is none.

    >>> number_of_text(" 3. "), number_of_text("1e3"), number_of_text("1e3", SCIENTIFIC_CHARACTERS)
    (3.0, None, 1000.0)
    """
    trimmed = text.strip(BLANKS)
    if trimmed.strip(characters):
        return None
    try:
        number = float(trimmed)
    except ValueError:
        return None
    if abs(number) < SMALLEST_DOUBLE and trimmed.lower().partition("e")[0].strip("+-.0"):
        return None
    return number if math.isfinite(number) else None
