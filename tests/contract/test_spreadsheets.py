"""No text of a CSV file is a formula."""

import pytest

from monitor_core.contract.spreadsheets import harmless


@pytest.mark.parametrize("text", ["=1", "+1", "-a", "-1+1", "-", "@x", "\t=1", "\r=1", "＝1", "-1e5", "-1.2.3"])
def test_what_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a", "-1", "-0.5", "1", "a=1", "'=1", "–1", " =1"])
def test_other_texts_stay(text: str) -> None:
    assert harmless(text) == text
