"""Periods as people write them."""

from datetime import date

import pytest

from monitor_core.contract.calendar import NAMED, Period
from monitor_core.contract.periods import ALL, is_fixed, notation, period_on, title

TODAY = date(2026, 10, 7)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("7d", "7d"),
        (" 7 D ", "7d"),
        ("1 day", "1d"),
        ("90 days", "90d"),
        ("Last Month", "last-month"),
        ("last_quarter", "last-quarter"),
        ("ALL", ALL),
        ("2026-10-01", "2026-10-01..2026-10-01"),
        (" 2026-10-01..2026-10-31", "2026-10-01..2026-10-31"),
        ("2026-10-01:2026-10-31", "2026-10-01..2026-10-31"),
    ],
)
def test_a_period_is_read_however_it_is_written(text: str, written: str) -> None:
    assert notation(text) == written
    assert notation(written) == written


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a period; write today, yesterday"),
        ("banana", "a number of days up to today such as 14d, or 2026-10-01..2026-10-31."),
        ("0d", "is not a period"),
        ("99999d", "is not a period"),
        ("2026-02-30", "is not a period"),
        ("2026-10-02..2026-10-01", "ends before it begins; write 2026-10-01..2026-10-02."),
        ("1999-12-31", "is before 2000-01-01"),
        ("2099-01-01..2100-01-01", "is not before 2100-01-01"),
    ],
)
def test_what_is_no_period_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"\.$") as refused:
        notation(text)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", [*NAMED, "14d"])
def test_a_name_is_in_the_one_notation_and_depends_on_the_day(name: str) -> None:
    assert notation(title(name)) == notation(name) == name
    assert not is_fixed(name)
    assert period_on(name, TODAY).last <= TODAY
    assert period_on(name, TODAY) != period_on(name, date(2027, 3, 9))


def test_fixed_days_do_not_depend_on_the_day() -> None:
    assert is_fixed("2026-10-01..2026-10-31")
    assert period_on("2026-10-01..2026-10-31", TODAY) == Period(date(2026, 10, 1), date(2026, 10, 31))
