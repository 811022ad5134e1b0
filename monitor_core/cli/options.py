"""The options that several commands share, and the selection that they describe."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from monitor_core.contract import segments
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import END_DAY, FIRST_DAY, PRESET_DAYS, Period, local_day, preset
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import listed, read_period
from monitor_core.mongo.store import Store, open_store
from monitor_core.reports.performance import whole_period
from monitor_core.settings.sources import Loaded, load

asked_model: ContextVar[str | None] = ContextVar("asked_model", default=None)  # by --model, before the command


@dataclass(frozen=True, slots=True)
class UpToToday(Period):
    """A period that ends today, which the database's clock says; until it is asked, the period has every day."""

    name: str  # of a preset, or "all"


class BasisOption(StrEnum):
    """The dates that a sample may be counted by."""

    validated = "validated"
    predicted = "predicted"


class Format(StrEnum):
    """The output formats of most commands."""

    table = "table"
    json = "json"


def read_day(text: str) -> date:
    """Parse a local day; errors are reported for the option."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not a day; write it as 2026-10-31.') from None
    return _counted(day)


def read_days(text: str) -> Period:
    """Parse a period of local days, a preset that ends today, or "all"; errors are reported for the option."""
    if text == "all" or text in PRESET_DAYS:
        return UpToToday(FIRST_DAY, END_DAY - timedelta(days=1), text)
    try:
        period = read_period(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _counted(period.first)
    _counted(period.last)
    return period


def _counted(day: date) -> date:
    if day < FIRST_DAY:
        raise typer.BadParameter(f"{day} is before {FIRST_DAY}, the first day that the monitor counts.")
    if day >= END_DAY:
        raise typer.BadParameter(f"{day} is not before {END_DAY}, where the days that the monitor counts end.")
    return day


PRESETS = listed([*PRESET_DAYS, "all"], "or")
PERIOD = f"Local days, both included: 2026-10-01..2026-10-31, or a day; up to today: {PRESETS}."
FormatOption = Annotated[Format, typer.Option("--format", help="Print a table for people, or JSON.")]
PeriodOption = Annotated[Period | None, typer.Option("--period", parser=read_days, metavar="PERIOD", help=PERIOD)]
# How a period was given until version 0.1; still read.
First = Annotated[date | None, typer.Option(parser=read_day, hidden=True)]
Last = Annotated[date | None, typer.Option(parser=read_day, hidden=True)]
Dated = Annotated[
    BasisOption | None,
    typer.Option("--basis", help="Take the day of a sample from its review date or its prediction date."),
]
Where = Annotated[
    list[str] | None, typer.Option(help="Count only a segment, such as camera=left; may be given several times.")
]


def configured() -> Loaded:
    """Return the settings of the model that is meant."""
    return load(model=asked_model.get())


def open_configured() -> Store:
    """Open the configured database."""
    return open_store(configured().settings)


def chosen_basis(store: Store, basis: BasisOption | None) -> Basis:
    """Return the basis of the option, or the configured one."""
    return store.settings.basis if basis is None else basis.value


def chosen_period(store: Store, basis: Basis, period: Period | None, first: date | None, last: date | None) -> Period:
    """Return the period of the options or, without any, the configured one up to today."""
    if period and (first or last):
        raise typer.BadParameter("--period gives the first and the last day; leave out --first and --last.")
    if period:
        return resolved(store, basis, period)
    settings, today = store.settings, local_day(store.now(), store.settings.zone)
    if first is None and last is None and settings.period != "all":
        return preset(settings.period, today)
    whole = whole_period(store, basis, today)
    first, last = first or min(whole.first, last or today), last or today
    if last < first:
        raise typer.BadParameter(f"--first {first} is after --last {last}; swap them.")
    return Period(first, last)


def resolved(store: Store, basis: Basis, period: Period) -> Period:
    """Return the period itself; of one that ends today, its days by the database's clock."""
    if not isinstance(period, UpToToday):
        return period
    today = local_day(store.now(), store.settings.zone)
    return whole_period(store, basis, today) if period.name == "all" else preset(period.name, today)


def chosen_selection(
    store: Store,
    basis: BasisOption | None,
    days: tuple[Period | None, date | None, date | None],  # --period, --first, --last
    where: list[str] | None = None,
) -> Selection:
    """Return the selection that the options describe."""
    dated_by = chosen_basis(store, basis)
    segment = tuple(segments.parse(text, store.settings.segments) for text in where or ())
    return Selection(chosen_period(store, dated_by, *days), dated_by, segment)
