"""The command line's part on data quality."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core import reports
from monitor_core.period import Period, local_day, preset
from monitor_core.quality import LIVE_MOST, QualityReport, as_json, quality_report
from monitor_core.rules_cli import Format, Output, Span, console
from monitor_core.settings import load
from monitor_core.store import Store


def quality(
    period: Span = None,
    output: Output = Format.table,
    whole: Annotated[bool, typer.Option("--whole", help="Look at every document, however long it takes.")] = False,
) -> None:
    """Which documents do not keep to the contract: counts, trends, examples. Without a period, the configured one."""
    store, now = Store(load().settings), datetime.now(UTC)
    found = quality_report(store, period or _period(store, now), now, None if whole else LIVE_MOST)
    if output is Format.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        _print(found)


def _period(store: Store, now: datetime) -> Period:
    today = local_day(now, store.settings.zone)
    if store.settings.period == "all":
        return reports.whole_period(store, "predicted", today)
    return preset(store.settings.period, today)


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
        table.add_row(one.kind.title, one.kind.effect, str(one.documents), f"{one.share:.2%}", value)
    console.print(table if found.findings else "Nothing odd.")
    for change in found.changes:
        name = escape(change.name)
        console.print(f"{change.day}: field {name} {change.what} ({change.before:.0%} to {change.now:.0%})")
