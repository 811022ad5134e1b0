"""What the commands share: options, how a day is read, the period that is asked for, and the console."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from monitor_core.contract.calendar import FIRST_DAY, Period, local_day, preset
from monitor_core.mongo.predictions import Store
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
    first, _, last = text.partition(":")
    found = day(first), day(last)
    if found[1] < found[0]:
        raise typer.BadParameter(f"{first} is after {last}; swap them.")
    return Period(*found)


Output = Annotated[Format, typer.Option("--format", help="A table for people, or JSON.")]
First = Annotated[date | None, typer.Option(parser=day, help="First local day, such as 2026-10-01.")]
Last = Annotated[date | None, typer.Option(parser=day, help="Last local day, included.")]
Basis = Annotated[BasisOption | None, typer.Option(help="Count a row on its review or its prediction day.")]
Span = Annotated[
    Period | None, typer.Option("--period", parser=span, help="first:last, such as 2026-10-01:2026-10-31.")
]
Where = Annotated[list[str] | None, typer.Option(help="Only a segment, such as camera=left; repeatable.")]


def chosen_period(store: Store, basis: Any, first: date | None, last: date | None) -> Period:
    """From first to last; without both the configured one, up to today."""
    settings = store.settings
    today = local_day(datetime.now(UTC), settings.zone)
    if first is None and last is None and settings.period != "all":
        return preset(settings.period, today)
    whole = reports.whole_period(store, basis, today)
    first, last = first or min(whole.first, last or today), last or today
    if last < first:
        raise typer.BadParameter(f"--first {first} is after --last {last}; swap them.")
    return Period(first, last)
