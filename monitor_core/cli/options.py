"""The options that several commands share, and the selection that they describe."""

from contextvars import ContextVar
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from monitor_core.contract import segments
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.periods import ALL, HOW, counted_day, is_fixed, notation, period_on
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import read_period
from monitor_core.mongo.store import Store, open_store
from monitor_core.reports.performance import whole_period
from monitor_core.settings.sources import Loaded, load

asked_model: ContextVar[str | None] = ContextVar("asked_model", default=None)  # by --model, before the command


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


def read_days(text: str) -> str:
    """Return a period in its one notation; errors are reported for the option."""
    try:
        return notation(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _counted(day: date) -> date:
    try:
        return counted_day(day)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


PERIOD = f"Local days, both included: {HOW}."
FormatOption = Annotated[Format, typer.Option("--format", help="Print a table for people, or JSON.")]
PeriodOption = Annotated[str | None, typer.Option("--period", parser=read_days, metavar="PERIOD", help=PERIOD)]
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


def chosen_period(store: Store, basis: Basis, period: str | None, first: date | None, last: date | None) -> Period:
    """Return the period of the options or, without any, the configured one up to today."""
    if period and (first or last):
        raise typer.BadParameter("--period gives the first and the last day; leave out --first and --last.")
    if period:
        return resolved(store, basis, period)
    settings, today = store.settings, local_day(store.now(), store.settings.zone)
    if first is None and last is None:
        return resolved(store, basis, settings.period)
    whole = whole_period(store, basis, today)
    first, last = first or min(whole.first, last or today), last or today
    if last < first:
        raise typer.BadParameter(f"--first {first} is after --last {last}; swap them.")
    return Period(first, last)


def resolved(store: Store, basis: Basis, period: str) -> Period:
    """Return the days of a period in the one notation; which day it is, the database's clock says."""
    if is_fixed(period):
        return read_period(period)
    today = local_day(store.now(), store.settings.zone)
    return whole_period(store, basis, today) if period == ALL else period_on(period, today)


def chosen_selection(
    store: Store,
    basis: BasisOption | None,
    days: tuple[str | None, date | None, date | None],  # --period, --first, --last
    where: list[str] | None = None,
) -> Selection:
    """Return the selection that the options describe."""
    dated_by = chosen_basis(store, basis)
    segment = tuple(segments.parse(text, store.settings.segments) for text in where or ())
    return Selection(chosen_period(store, dated_by, *days), dated_by, segment)
