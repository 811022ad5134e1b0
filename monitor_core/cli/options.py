"""What the commands share: options, how a day is read, the period that is asked for, and the console."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from monitor_core.contract.calendar import FIRST_DAY, Period, local_day, preset
from monitor_core.contract.wording import read_period
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports

console = Console(highlight=False, soft_wrap=True)


class BasisOption(StrEnum):
    validated = "validated"
    predicted = "predicted"


class Format(StrEnum):
    table = "table"
    json = "json"


def day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not a day; write it as 2026-10-31.') from None
    if found < FIRST_DAY:
        raise typer.BadParameter(f"{text} is before {FIRST_DAY}, the first day that is counted.")
    return found


def span(text: str) -> Period:
    """Read a period; an error is the option's."""
    try:
        period = read_period(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if period.first < FIRST_DAY:
        raise typer.BadParameter(f"{period.first} is before {FIRST_DAY}, the first day that is counted.")
    return period


Output = Annotated[Format, typer.Option("--format", help="A table for people, or JSON.")]
PERIOD = "Local days, both included, such as 2026-10-01..2026-10-31; or one day."
Span = Annotated[Period | None, typer.Option("--period", parser=span, metavar="PERIOD", help=PERIOD)]
# How a period was given until version 0.1; still read.
First = Annotated[date | None, typer.Option(parser=day, hidden=True)]
Last = Annotated[date | None, typer.Option(parser=day, hidden=True)]
Basis = Annotated[BasisOption | None, typer.Option(help="Date a sample by its review or by its prediction.")]
Where = Annotated[list[str] | None, typer.Option(help="Only a segment, such as camera=left; repeatable.")]


def chosen_period(store: Store, basis: Any, period: Period | None, first: date | None, last: date | None) -> Period:
    """Return the period that is asked for; without one the configured one, up to today."""
    if period and (first or last):
        raise typer.BadParameter("--period says the first and the last day; leave out --first and --last.")
    if period:
        return period
    settings = store.settings
    today = local_day(datetime.now(UTC), settings.zone)
    if first is None and last is None and settings.period != "all":
        return preset(settings.period, today)
    whole = reports.whole_period(store, basis, today)
    first, last = first or min(whole.first, last or today), last or today
    if last < first:
        raise typer.BadParameter(f"--first {first} is after --last {last}; swap them.")
    return Period(first, last)
