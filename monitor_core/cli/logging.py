"""The commands `logging …`: deliveries and documents that the logger cannot settle by itself."""

import csv
import io
from dataclasses import astuple, fields, replace
from typing import Annotated

import typer

from monitor_core.cli.options import open_configured
from monitor_core.cli.output import OutputOption, say_database, warn, write
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.spreadsheets import harmless
from monitor_core.contract.wording import count
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.delivery.set_aside import SetAside
from monitor_core.mongo.delivery.set_aside import set_aside as documents_set_aside
from monitor_core.settings.place import CLI

logging = typer.Typer(no_args_is_help=True, help="Settle uncertain deliveries, and list what is set aside.")

Batch = Annotated[str, typer.Argument(help="The batch, as `doctor` and the page Logging name it.")]
Resend = Annotated[bool, typer.Option("--resend/--accept", help="Send it again, or consider it delivered.")]


@logging.command()
def resolve(batch: Batch, resend: Resend) -> None:
    """Settle a batch that may or may not have reached a destination."""
    store = open_configured()
    settled = Outbox(store).resolve(batch, resend)
    if not settled:
        raise MonitorError(f"No upload of the batch {batch} is uncertain; `{CLI} doctor` lists those that are.")
    happens = "sent again" if resend else "considered delivered"
    print(f"{count(settled, 'upload')} will be {happens} by the logger's next run.")
    say_database(store)


@logging.command("set-aside")
def set_aside(
    output: OutputOption = None,
) -> None:
    """Write the reviewed documents that the logger cannot take as CSV: id, file, reason, field and value.

    Ids and values are MongoDB's Extended JSON, for a program that corrects the documents.
    """
    # No JSON begins like a formula: only the name of a file may.
    rows = [astuple(replace(row, file=harmless(row.file))) for row in documents_set_aside(open_configured())]
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows([[column.name for column in fields(SetAside)], *rows])
    write(file.getvalue(), output)
    warn(f"{count(len(rows), 'document')} set aside.")
