"""The commands on this installation: `settings`, `doctor`, `demo`, and `database` for the supervisor."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.table import Table

from monitor_core.cli import demo as digits
from monitor_core.cli.doctor.access import Check
from monitor_core.cli.doctor.checks import checks
from monitor_core.cli.options import asked_model, configured, open_configured
from monitor_core.cli.output import console, say
from monitor_core.cli.services import ensure_database
from monitor_core.logger.notifying import targets
from monitor_core.mongo import embedded
from monitor_core.mongo.connection import place
from monitor_core.settings.settings import Settings, variable
from monitor_core.settings.sources import load_all, load_shared
from monitor_core.settings.types import Schedule


def settings() -> None:
    """Show the settings in force and where each comes from; secrets are hidden."""
    loaded = configured()
    table = Table("setting", "value", "from")
    for name in Settings.model_fields:
        value = escape(_value(loaded.settings, name))
        table.add_row(variable(name), value, loaded.origins.get(name, "default"))
    console.print(table)


def _value(loaded: Settings, name: str) -> str:
    value = getattr(loaded, name)
    if name == "mongodb_uri":
        return f"(hidden) at {place(loaded)}" if value else "none: the bundled MongoDB"
    if isinstance(value, SecretStr):
        return "(hidden)"
    if name in ("notify", "notify_critical"):
        names = [target.name for target in targets(loaded) if target.critical_only == (name == "notify_critical")]
        return f"(hidden) {', '.join(names)}" if value else "none"
    if name == "stored_times":
        return _offset(value)
    return _in_words(value)


def _offset(value: Any) -> str:
    """Return what MONITOR_STORED_TIMES says: "utc", "local", or an offset from UTC such as "+02:00"."""
    if not isinstance(value, timedelta):
        return str(value)
    minutes = round(value / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "utc"


def _in_words(value: Any) -> str:
    """Return a value as people write it in the settings; "none" without one."""
    if hasattr(value, "model_dump"):
        return json.dumps(value.model_dump())
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return str(Schedule(value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _findings() -> list[Check]:
    """Return the checks of the model that is meant, or of every model; what is true of all of them comes first."""
    if asked_model.get() or len(every := load_all()) == 1:
        return checks(configured().settings)
    of_models = {model: checks(loaded.settings) for model, loaded in every.items()}
    common = [each for each in next(iter(of_models.values())) if all(each in of_one for of_one in of_models.values())]
    own = [(model, each) for model, of_one in of_models.items() for each in of_one if each not in common]
    return common + [(in_order, f"Model {model}: {sentence}") for model, (in_order, sentence) in own]


def doctor() -> None:
    """Check the database, the documents, the destinations and the logger.

    The exit code is 1 if any of them needs attention.
    """
    findings = _findings()
    for in_order, sentence in findings:
        console.print("[green]ok  [/green] " if in_order else "[red]look[/red] ", end="")
        say(sentence)
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
