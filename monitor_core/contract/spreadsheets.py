"""Texts for CSV files, made safe for spreadsheets, which would run some of them as formulas."""

FORMULA = tuple("=+-@\t\r＝＋－＠")  # begin one, the wide ones where wide letters are written
BOM = "\ufeff"  # without it Excel takes UTF-8 for the letters of its own country


def harmless(text: str) -> str:
    """Return the text, prefixed with an apostrophe if a spreadsheet would run it; negative numbers stay as they are.

    >>> harmless("=1+1"), harmless("-1+1"), harmless("-1"), harmless("a=b")
    ("'=1+1", "'-1+1", '-1', 'a=b')
    """
    return f"'{text}" if text.startswith(FORMULA) and not _is_negative(text) else text


def _is_negative(text: str) -> bool:
    return text.startswith("-") and text[1:].replace(".", "", 1).isdecimal()
