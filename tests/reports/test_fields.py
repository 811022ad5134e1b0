"""Which share of the documents carries a field, and when that changed."""

from datetime import date, timedelta

import pytest

from monitor_core.contract.problems import DayQuality, FieldUse
from monitor_core.reports.fields import TREND_BARS, field_changes, fields_table, trend
from monitor_core.settings.documents import FieldNames

FIRST = date(2026, 10, 1)


def day(n: int, **uses: int) -> DayQuality:
    """A day of 40 reviewed documents, and how many of them carry each field."""
    fields = [FieldUse("_id", 40, 0), *(FieldUse(name, count, 0) for name, count in uses.items())]
    return DayQuality(FIRST + timedelta(days=n), {"used": 40}, {}, fields)


def test_a_field_s_share_is_of_all_documents_and_the_id_is_none() -> None:
    table = fields_table([day(0, camera=10), day(1, camera=30, lens=40)])
    shares = dict(zip(table["name"], table["share"], strict=True))
    assert shares == pytest.approx({"camera": 0.5, "lens": 0.5})
    assert table.set_index("name")["trend"]["camera"] == pytest.approx([0.25, 0.75])


def test_a_change_is_told_on_its_first_day() -> None:
    days = [day(n, camera=40 if n < 8 else 0, lens=20 if n < 8 else 38) for n in range(12)]
    changes = {(one.name, one.kind, one.day) for one in field_changes(days, FieldNames())}
    assert changes == {
        ("camera", "vanished", FIRST + timedelta(days=8)),
        ("lens", "more often", FIRST + timedelta(days=8)),
    }


def test_a_change_within_chance_is_none() -> None:
    assert field_changes([day(n, camera=20 + n % 3) for n in range(20)], FieldNames()) == []
    assert field_changes([], FieldNames()) == []


def test_a_trend_has_few_bars() -> None:
    assert trend([0.5, 1.0]) == [0.5, 1.0]
    assert len(trend([0.5] * 1000)) == TREND_BARS  # type: ignore[arg-type]
    assert trend([]) == []  # type: ignore[arg-type]
