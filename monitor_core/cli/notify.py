"""The commands `notify …`: messages about alerts."""

import typer

from monitor_core.cli.options import open_configured
from monitor_core.cli.output import say
from monitor_core.contract.errors import MonitorError
from monitor_core.logger.notifying import Notifier
from monitor_core.mongo.notifications import Notifications

notify = typer.Typer(no_args_is_help=True, help="Test notifications, and list those that were sent.")


@notify.command()
def test() -> None:
    """Send a test message to each configured address.

    The exit code is 1 if any of them was not accepted.
    """
    notifier = Notifier(open_configured())
    if not notifier.targets:
        raise MonitorError("Notifications are off: set MONITOR_NOTIFY.")
    all_sent = True
    for name, outcome in notifier.test():
        all_sent &= outcome.kind == "sent"
        say(f"{name}: {'ok' if outcome.kind == 'sent' else outcome}")
    raise typer.Exit(0 if all_sent else 1)


@notify.command("list")
def list_messages() -> None:
    """List the last 50 messages, with their state and the reason of a failure."""
    store = open_configured()
    messages = Notifications(store).latest()
    if not messages:
        say("There is no message.")
    for message in messages:
        queued = f"{message.queued_at.astimezone(store.settings.zone):%Y-%m-%d %H:%M}"
        state = "not delivered" if message.state == "failed" else message.state
        reason = f": {message.error}" if message.error else ""
        say(f"{queued}  {message.target}  {message.title}  ({state}, attempts: {message.attempts}{reason})")
