"""The commands `logging …`: deliveries that the logger cannot settle by itself."""

from typing import Annotated

import typer

from monitor_core.cli.options import open_configured
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import count
from monitor_core.mongo.delivery.outbox import Outbox

logging = typer.Typer(no_args_is_help=True, help="Settle deliveries whose fate is uncertain.")

Batch = Annotated[str, typer.Argument(help="The batch, as `doctor` and the page Logging name it.")]
Resend = Annotated[bool, typer.Option("--resend/--accept", help="Send it again, or consider it delivered.")]


@logging.command()
def resolve(batch: Batch, resend: Resend) -> None:
    """Settle a batch that may or may not have reached a destination."""
    settled = Outbox(open_configured()).resolve(batch, resend)
    if not settled:
        raise MonitorError(
            f"No upload of the batch {batch} is uncertain; `python -m monitor_core doctor` lists those that are."
        )
    happens = "sent again" if resend else "considered delivered"
    print(f"{count(settled, 'upload')} will be {happens} by the logger's next run.")
