"""The command `queue`: what people should review next, as lists, JSON, or a file for an annotation tool."""

import os
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import (
    BasisOption,
    First,
    Last,
    PeriodOption,
    Where,
    chosen_selection,
    open_configured,
    read_day,
)
from monitor_core.cli.output import OutputOption, console, print_json, say, say_database, warn, write
from monitor_core.contract.wording import count, days, percent
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import change_share, plan_in_words
from monitor_core.reports.queue.formats import QUEUE_FORMATS
from monitor_core.reports.queue.informative import QueueEntry
from monitor_core.reports.queue.review_next import MOST_ENTRIES, ReviewQueue, as_json, review_queue

LISTED = 20  # entries in a table


class QueueOutput(StrEnum):
    """The output formats of the queue."""

    table = "table"
    json = "json"
    csv = "csv"
    label_studio = "label-studio"
    label_studio_config = "label-studio-config"
    fiftyone = "fiftyone"
    coco = "coco"


Share = Annotated[
    float | None,
    typer.Option(
        "--audit-share",
        help="Change the share of the predictions that the audit draws, such as 0.05; 0 ends the audit.",
    ),
]
Since = Annotated[
    date | None,
    typer.Option(parser=read_day, help="With --audit-share: the first prediction day, if no audit is in force."),
]


def queue(
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    where: Where = None,
    output: Annotated[QueueOutput, typer.Option("--format", help="Lists for people, JSON, or a file for a tool.")] = (
        QueueOutput.table
    ),
    file: OutputOption = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="Predictions in each list, at most.")] = MOST_ENTRIES,
    audit_share: Share = None,
    since: Since = None,
) -> None:
    """List the predictions to review next: the audit, drawn by chance, and the most informative ones.

    The lists are those of the page Review next. A period counts by prediction day.
    """
    store = open_configured()
    if audit_share is not None:
        _change(store, audit_share, since)
        return
    if since is not None:
        raise typer.BadParameter("--since needs --audit-share.")
    selection = chosen_selection(store, BasisOption.predicted, (period, first, last), where)
    if empty := store.predictions.why_empty():
        warn(empty)
    lists = review_queue(store, selection, store.now(), most)
    if output is QueueOutput.table:
        _print(lists, store)
    elif output is QueueOutput.json:
        print_json(as_json(lists, store.settings))
    else:
        write(QUEUE_FORMATS[output.value][1](lists, store.settings), file)


def _change(store: Store, share: float, since: date | None) -> None:
    plan = change_share(store, share, _who(), store.now(), since)
    say(plan_in_words(plan))
    say_database(store)


def _who() -> str:
    return os.environ.get("USER", "")


def _print(lists: ReviewQueue, store: Store) -> None:
    audit = lists.audit
    say(f"{days(audit.selection.period)}, by prediction day.")
    if audit.accuracy:
        say(plan_in_words(audit.plans[-1]))
        say(f"{count(len(audit.waiting), 'prediction')} of the {audit.drawn:,} of the audit wait for review.")
        say(audit.accuracy.sentence)
    else:
        say("No audit is in force: `queue --audit-share 0.05` draws 5% of the predictions from today on.")
    for title, entries in (("audit", lists.audited), ("most informative", lists.informative)):
        _print_list(title, entries, store)


def _print_list(title: str, entries: tuple[QueueEntry, ...], store: Store) -> None:
    table = Table("file", "predicted class", "confidence", "why", title=title)
    for entry in entries[:LISTED]:
        sample = entry.sample
        confidence = "–" if sample.confidence is None else percent(sample.confidence)
        name, why = escape(store.settings.class_name(sample.prediction)), escape("; ".join(entry.reasons))
        table.add_row(escape(sample.file), name, confidence, why)
    if len(entries) > LISTED:
        table.caption = f"{LISTED} of {len(entries):,}"
    console.print(table) if entries else say(f"Nothing waits in the list {title}.")
