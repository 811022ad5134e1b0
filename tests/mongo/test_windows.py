"""Windows find the dates of a stretch of time, and what lies beside all usable dates."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import Notation
from monitor_core.mongo.reading import as_contract
from monitor_core.mongo.store import Store
from monitor_core.mongo.windows import Windows
from tests.documents import ABSENT, ANY_VALUES, at

MADRID = ZoneInfo("Europe/Madrid")
NOTATIONS: list[Any] = [
    Notation(),
    Notation(MADRID, stored_times="local", date_numbers="seconds"),
    Notation(MADRID, stored_times=timedelta(hours=3), date_numbers="milliseconds"),
]
WRITTEN = [
    *(f"2026-10-0{n}{rest}" for n in range(1, 6) for rest in ("", "T23:30:00Z", " 00:10:00 +02:00", " 12:00 UTC")),
    *(f"202610{n:02}T120000Z" for n in range(1, 6)),
    *(f"{blanks}2026-10-0{n}t12" for n in range(1, 6) for blanks in (" ", "  ", "\t", "\r\n", "\u00a0")),
    *(
        f"{int(at(2026, 10, n, 12).timestamp()) * factor}{rest}"
        for n in range(1, 6)
        for factor in (1, 1000)
        for rest in ("", " ", ".5")
    ),
    *(at(2026, 10, n, hour) for n in range(1, 6) for hour in (0, 1, 12, 22, 23)),
    *(int(at(2026, 10, n, 12).timestamp()) * factor for n in range(1, 6) for factor in (1, 1000)),
]


def insert(store: Store, values: list[Any]) -> None:
    store.collection.insert_many([{"_id": n} if v is ABSENT else {"_id": n, "at": v} for n, v in enumerate(values)])


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_period_s_dates_are_found_and_by_exact_windows_no_others(store: Store, notation: Notation) -> None:
    insert(store, values := [*WRITTEN, *ANY_VALUES])
    start, end = Period(date(2026, 10, 2), date(2026, 10, 3)).bounds(notation.zone)

    def inside(value: Any) -> bool:
        instant: datetime | None = notation.instant_of(as_contract(value))
        return instant is not None and start <= instant < end

    windows, by_window = Windows(notation).of(start, end), []
    for window in windows:
        ids = {document["_id"] for document in store.collection.find({"at": window.bounds})}
        by_window.append(ids)
        if window.is_exact:
            assert all(inside(values[n]) for n in ids if not isinstance(values[n], list))
    assert {n for n, value in enumerate(values) if inside(value)} <= set().union(*by_window)
    assert sum(map(len, by_window)) == len(set().union(*by_window))  # none is found twice


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(("first", "last"), [(2001, 2001), (2000, 2099), (2025, 2027), (2034, 2034), (2033, 2036)])
def test_a_document_is_found_by_one_window_also_of_years(
    store: Store, notation: Notation, first: int, last: int
) -> None:
    """In June 2034 the number of seconds begins like the date; a year without hyphens lies between two with."""
    instants = [at(year, month, 15, 12) for year in range(first, last + 1) for month in range(1, 13)]
    instants = [*instants, at(first, 9, 9, 1, 46, 39), at(first, 9, 9, 1, 46, 40)]
    texts = [f"{one:{form}}" for one in instants for form in ("%Y-%m-%d %H:%M", "%Y%m%dT%H%M", " %Y-%m-%dT%H")]
    numbers = [str(int(one.timestamp()) * factor) for one in instants for factor in (1, 1000)]
    insert(store, values := [*texts, *numbers])
    period = Period(date(first, 1, 1), date(last, 12, 31))
    by_window = [
        {document["_id"] for document in store.collection.find({"at": window.bounds})}
        for window in Windows(notation).of(*period.bounds(notation.zone))
    ]
    dated = {n for n, value in enumerate(values) if notation.instant_of(value) is not None}
    assert dated <= set().union(*by_window)
    assert sum(map(len, by_window)) == len(set().union(*by_window))


@pytest.mark.parametrize("notation", NOTATIONS)
def test_what_is_no_date_lies_beside_the_dates(store: Store, notation: Notation) -> None:
    insert(store, values := [*WRITTEN, *ANY_VALUES])
    for texts in (False, True):
        ids = {document["_id"] for document in store.collection.find(Windows(notation).beside("at", texts))}
        for n, value in enumerate(values):
            if isinstance(value, list):
                continue
            if notation.instant_of(as_contract(value)) is None:
                assert (n in ids) or (isinstance(value, str) and not texts), value
            elif not isinstance(value, str):
                assert n not in ids, value
