"""Options that several commands share."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import typer

from monitor_core.cli.options import (
    BasisOption,
    chosen_basis,
    chosen_period,
    chosen_selection,
    read_day,
    read_days,
)
from monitor_core.contract.calendar import FIRST_DAY, Period, preset
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from tests.documents import prediction

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
NO_DATABASE = "mongodb://127.0.0.1:9"


def store_of(**changes: object) -> Store:
    """Return a store whose database nobody asks."""
    return Store(Settings(mongodb_uri=NO_DATABASE, **changes))


def test_a_day_and_a_period_are_read() -> None:
    assert read_day("2026-10-01") == FIRST
    assert read_days("2026-10-01..2026-10-31") == "2026-10-01..2026-10-31"
    assert read_days("2026-10-01") == "2026-10-01..2026-10-01"
    assert read_days("last month") == "last-month"
    assert read_day(str(FIRST_DAY)) == FIRST_DAY


@pytest.mark.parametrize("text", ["2026-13-01", "", "tomorrow", str(FIRST_DAY - timedelta(days=1))])
def test_what_is_no_day_of_ours_is_the_option_s_mistake(text: str) -> None:
    for read in (read_day, read_days):
        with pytest.raises(typer.BadParameter) as caught:
            read(text)
        assert caught.value.message.endswith(".")


def test_the_option_is_stronger_than_the_setting_of_the_date() -> None:
    store = store_of(basis="predicted")
    assert chosen_basis(store, None) == "predicted"
    assert chosen_basis(store, BasisOption.validated) == "validated"


def test_without_a_period_the_configured_one_ends_today(make_store: Callable[..., Store]) -> None:
    store = make_store(period="7d", time_zone="UTC")
    before = datetime.now(UTC).date()
    period = chosen_period(store, "validated", None, None, None)
    assert len(period) == 7
    assert before <= period.last <= datetime.now(UTC).date()


def test_a_period_beside_first_or_last_is_refused() -> None:
    whole = f"{FIRST}..{LAST}"
    assert chosen_period(store_of(), "validated", whole, None, None) == Period(FIRST, LAST)
    with pytest.raises(typer.BadParameter, match="leave out --first and --last"):
        chosen_period(store_of(), "validated", whole, FIRST, None)


def test_all_begins_with_the_first_document_and_first_and_last_bound_it(store: Store) -> None:
    store.collection.insert_one(prediction(date(2026, 10, 3)))  # reviewed on the next day
    today = datetime.now(UTC).date()
    assert chosen_period(store, "predicted", None, None, LAST) == Period(date(2026, 10, 3), LAST)
    assert chosen_period(store, "validated", None, None, LAST) == Period(date(2026, 10, 4), LAST)
    assert chosen_period(store, "validated", None, FIRST, None) == Period(FIRST, max(today, FIRST))
    earlier = date(2026, 9, 1)
    assert chosen_period(store, "validated", None, None, earlier) == Period(earlier, earlier)
    with pytest.raises(typer.BadParameter, match="swap them"):
        chosen_period(store, "validated", None, LAST, FIRST)


def test_a_period_of_all_is_asked_of_the_documents(store: Store) -> None:
    store.collection.insert_one(prediction(date(2026, 10, 3)))  # reviewed on the next day
    for basis, day in (("predicted", 3), ("validated", 4)):
        period = chosen_period(store, basis, read_days("all"), None, None)
        assert period.first == date(2026, 10, day)
        assert period.last == store.now().date()


@pytest.mark.parametrize("name", ["yesterday", "this-week", "last-quarter", "14d"])
def test_a_named_period_is_of_the_database_s_day(store: Store, name: str) -> None:
    before = preset(name, store.now().date())
    assert chosen_period(store, "validated", read_days(name), None, None) in (before, preset(name, store.now().date()))


def test_a_selection_has_the_segments_of_the_settings_only() -> None:
    store, days = store_of(segments={"camera": "camera"}), (f"{FIRST}..{LAST}", None, None)
    selection = chosen_selection(store, BasisOption.predicted, days, ["camera=left"])
    assert (selection.period, selection.basis, selection.where) == (
        Period(FIRST, LAST),
        "predicted",
        (("camera", "left"),),
    )
    assert chosen_selection(store, None, days).where == ()
    for text in ("lens=1", "camera", "camera="):
        with pytest.raises(MonitorError):
            chosen_selection(store, None, days, [text])
