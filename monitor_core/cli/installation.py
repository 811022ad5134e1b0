"""The commands on this installation: `settings`, `doctor`, `demo`, and `database` for the supervisor."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli import demo as digits
from monitor_core.cli.doctor.access import Check
from monitor_core.cli.doctor.checks import checks
from monitor_core.cli.doctor.in_force import in_force
from monitor_core.cli.options import asked_model, configured, open_configured
from monitor_core.cli.output import console, say
from monitor_core.cli.services import ensure_database
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo import embedded
from monitor_core.mongo.store import Store
from monitor_core.reports.contact.diagnosis import PASTE, diagnose
from monitor_core.settings.sources import load_all, load_shared


def settings() -> None:
    """Show the settings in force and where each comes from; secrets are hidden."""
    loaded = configured()
    table = Table("setting", "value", "from")
    for setting in in_force(loaded):
        table.add_row(setting.variable, escape(setting.value), setting.origin)
    console.print(table)


def _findings() -> list[Check]:
    """Return the checks of the model that is meant, or of every model; what is true of all of them comes first."""
    if asked_model.get() or len(every := load_all()) == 1:
        return checks(configured().settings)
    of_models = {model: checks(loaded.settings) for model, loaded in every.items()}
    common = [each for each in next(iter(of_models.values())) if all(each in of_one for of_one in of_models.values())]
    own = [(model, each) for model, of_one in of_models.items() for each in of_one if each not in common]
    return common + [(in_order, f"Model {model}: {sentence}") for model, (in_order, sentence) in own]


def _stores() -> list[Store]:
    """Return the stores of the model that is meant, or of every model."""
    loaded = [configured()] if asked_model.get() else list(load_all().values())
    return [Store(each.settings) for each in loaded]


def _show_a_way_out(store: Store) -> None:
    """Print a raw document and the settings that would read it, if those in force cannot."""
    try:
        it = diagnose(store)
    except MonitorError:  # a line of the findings says so
        return
    if it and it.document:
        say(f"\nA document of {it.of}, without secrets and with long values cut:\n{it.document}")
    if it and it.proposal:
        say(f"\nThese settings would read it. {PASTE}\n\n{it.proposal.toml}\n\n{it.proposal.variables}")


def doctor() -> None:
    """Check the database, the documents, the destinations and the logger.

    The exit code is 1 if any of them needs attention. If no document can be read, one of them is printed with the
    settings that would read it.
    """
    findings = _findings()
    for in_order, sentence in findings:
        console.print("[green]ok  [/green] " if in_order else "[red]look[/red] ", end="")
        say(sentence)
    for of_model in _stores():
        _show_a_way_out(of_model)
    raise typer.Exit(0 if all(in_order for in_order, _ in findings) else 1)


Remove = Annotated[bool, typer.Option("--remove", help="Remove the demo: documents, images and profiles.")]
IfEmpty = Annotated[bool, typer.Option("--if-empty", hidden=True)]
IntoConfigured = Annotated[
    bool, typer.Option("--into-configured-database", help="Write into the database of MONITOR_MONGODB_URI.")
]


def demo(remove: Remove = False, if_empty: IfEmpty = False, into_configured_database: IntoConfigured = False) -> None:
    """Write the digits demo into the bundled database, or remove it."""
    ensure_database()
    store = open_configured()
    if remove:
        print(digits.remove(store))
    elif if_empty:
        print(digits.fill_if_empty(store, datetime.now(UTC)))
    else:
        print(digits.fill(store, datetime.now(UTC), into_configured_database))


def database() -> None:
    """Become the bundled MongoDB, in the foreground."""
    embedded.become_mongod(load_shared())
