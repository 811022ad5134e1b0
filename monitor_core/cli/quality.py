"""The command line's part on data quality."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import First, Format, Last, Output, Span, chosen_period, console
from monitor_core.mongo.state import open_store
from monitor_core.reports.quality import LIVE_MOST, QualityReport, as_json, quality_report
from monitor_core.settings.sources import load


def quality(
    period: Span = None,
    first: First = None,
    last: Last = None,
    output: Output = Format.table,
    whole: Annotated[bool, typer.Option("--whole", help="Look at every document, however long it takes.")] = False,
) -> None:
    """Which documents do not keep to the contract: counts, trends, examples. Without days, the configured period."""
    store, now = open_store(load().settings), datetime.now(UTC)
    period = chosen_period(store, "predicted", period, first, last)
    found = quality_report(store, period, now, None if whole else LIVE_MOST)
    if output is Format.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        _print(found)


def _print(found: QualityReport) -> None:
    aside = sum(found.set_aside.values())
    console.print(f"{found.period.first} to {found.period.last}, by prediction day")
    console.print(
        f"{found.documents} documents = {found.used} used + {found.not_reviewed} not reviewed + {aside} set aside; "
        f"{found.undated} of the collection undated"
    )
    if found.not_looked_at:
        least = "more than " if found.not_looked_at_bounded else "about "
        console.print(f"Not looked at: {least}{found.not_looked_at}; start the worker, or use --whole.")
    table = Table("what", "effect", "documents", "share", "for example")
    for one in found.findings:
        example = one.examples[0] if one.examples else None
        value = escape(f"{example.value} in {example.id}") if example else ""
        table.add_row(one.problem.title, one.problem.effect, str(one.documents), f"{one.share:.2%}", value)
    console.print(table if found.findings else "Nothing odd.")
    for change in found.changes:
        name = escape(change.name)
        console.print(f"{change.day}: field {name} {change.what} ({change.before:.0%} to {change.now:.0%})")
