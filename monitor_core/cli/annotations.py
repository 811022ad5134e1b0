"""The commands `annotate` and `annotations`: events that charts mark, and that rules can refer to."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import Format, FormatOption, open_configured, read_day
from monitor_core.cli.output import console, print_json, say_database
from monitor_core.cli.rules import By
from monitor_core.contract import wording
from monitor_core.contract.calendar import local_day
from monitor_core.mongo.annotations import Annotations


def annotate(
    kind: Annotated[str, typer.Argument(help="One of deployment, retraining or note.")],
    by: By,
    on: Annotated[date | None, typer.Option("--day", parser=read_day, help="The local day; today by default.")] = None,
    text: Annotated[str, typer.Option(help="A description.")] = "",
) -> None:
    """Add an annotation to a day; rules can use the last retraining as the start of their reference."""
    store = open_configured()
    now = store.now()
    annotation = Annotations(store).add(kind, on or local_day(now, store.settings.zone), text, by, now)
    print(f"The {annotation.kind} on {wording.day(annotation.day)} is added.")
    say_database(store)


def annotations(
    remove: Annotated[str | None, typer.Option(help="Remove the annotation with this id.")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List the annotations, or remove one of them."""
    store = open_configured()
    owner = Annotations(store)
    if remove:
        owner.remove(remove)
        print(f"The annotation {remove} is removed.")
        say_database(store)
        return
    listed = owner.read()
    if output is Format.json:
        print_json([asdict(annotation) for annotation in listed])
        return
    table = Table("id", "day", "kind", "text", "by")
    for annotation in listed:
        table.add_row(
            annotation.id, str(annotation.day), annotation.kind, escape(annotation.text), escape(annotation.by)
        )
    console.print(table if listed else "There is no annotation.")
