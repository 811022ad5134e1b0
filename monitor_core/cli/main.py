"""The command line, assembled from its commands."""

import sys
from typing import Annotated

import typer

from monitor_core.cli.alerts import alerts
from monitor_core.cli.annotations import annotate, annotations
from monitor_core.cli.calibration import calibration
from monitor_core.cli.check import check, status
from monitor_core.cli.history import history
from monitor_core.cli.installation import database, demo, doctor, settings
from monitor_core.cli.logging import logging
from monitor_core.cli.models import models
from monitor_core.cli.notify import notify
from monitor_core.cli.options import asked_model
from monitor_core.cli.quality import quality
from monitor_core.cli.queue import queue
from monitor_core.cli.report import report
from monitor_core.cli.retraining.retraining import retraining
from monitor_core.cli.reviewing.log import reviews_log
from monitor_core.cli.reviews import reviews
from monitor_core.cli.rules import rules
from monitor_core.cli.samples import samples
from monitor_core.cli.services import PASSED_ON, down, logger, logs, ps, restart, up
from monitor_core.cli.services import app as run_app
from monitor_core.contract.errors import MonitorError, where
from monitor_core.settings.place import CLI
from monitor_core.settings.version import version

HELP = "Print the monitor's numbers, manage its rules and alerts, and check the installation."
SERVICES = "Services"
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=HELP)


def _print_version(is_given: bool) -> None:
    if is_given:
        print(f"Prediction monitor {version()}")
        raise typer.Exit


Model = Annotated[
    str | None, typer.Option("--model", help="The model to use, if several are configured.", metavar="NAME")
]
Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)]


@app.callback(help=HELP)
def every_command(_version: Version = False, model: Model = None) -> None:
    """Take the options that stand before a command."""
    asked_model.set(model)


NUMBERS = (status, report, reviews, queue, calibration, quality, samples, retraining, check)
for command in (*NUMBERS, annotate, annotations, settings, doctor, demo):
    app.command()(command)
for command in (up, down, restart, ps, logs):
    app.command(rich_help_panel=SERVICES)(command)
app.command("app", rich_help_panel=SERVICES, context_settings=PASSED_ON)(run_app)
app.command("logger", rich_help_panel=SERVICES, context_settings=PASSED_ON)(logger)
app.command(hidden=True)(database)
for name, group in (("rules", rules), ("alerts", alerts), ("notify", notify), ("logging", logging), ("models", models)):
    app.add_typer(group, name=name)
app.add_typer(history, name="history")
app.add_typer(reviews_log, name="reviews-log")


def main() -> None:
    """Run the command line; any error is one sentence and exit code 2, for 1 is an answer of some commands."""
    try:
        app(prog_name=CLI)
    except MonitorError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Exception as fault:  # noqa: BLE001 - a traceback's last line may repeat a value of the documents
        place = where(fault)
        print(f"The command failed with {type(fault).__name__}, a fault of the monitor: {place}.", file=sys.stderr)
        sys.exit(2)
