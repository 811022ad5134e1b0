"""The commands `models list`, `models rename` and `models remove`."""

from typing import Annotated

import typer
from rich.table import Table

from monitor_core.cli.options import Format, FormatOption
from monitor_core.cli.output import console, print_json
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import count
from monitor_core.mongo.connection import connect
from monitor_core.mongo.models import ModelStates
from monitor_core.settings.models import checked_name
from monitor_core.settings.settings import DEFAULT_MODEL, Settings
from monitor_core.settings.sources import load_all, load_shared

models = typer.Typer(no_args_is_help=True, help="List the models; rename or remove the state of one.")
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Name = Annotated[str, typer.Argument(help="The model's name.")]


@models.command("list")
def list_models(output: FormatOption = Format.table) -> None:
    """List the configured models, and those of which only the state is left."""
    every = load_all()
    rows = {
        model: {
            "model": model,
            "configured": True,
            "collection": f"{loaded.settings.database}.{loaded.settings.collection}",
        }
        for model, loaded in every.items()
    }
    of_databases = {loaded.settings.state_database or loaded.settings.database: loaded for loaded in every.values()}
    for loaded in of_databases.values():
        for model in _states_of(loaded.settings).models():
            rows.setdefault(model, {"model": model, "configured": False, "collection": ""})
    if output is Format.json:
        print_json(list(rows.values()))
        return
    table = Table("model", "collection", "")
    for row in rows.values():
        table.add_row(str(row["model"]), str(row["collection"]), "" if row["configured"] else "state only")
    console.print(table)


@models.command("rename")
def rename_model(old: Name, new: Name, yes: Yes = False) -> None:
    """Give the state of OLD to NEW: rules, alerts, history, profiles and unfinished deliveries.

    The state of an installation that configured no models is called "default".
    """
    states = _states(checked_name(new))
    if not states.collections(old):
        raise MonitorError(f"There is no state of a model {old} here; `models list` shows what there is.")
    if not yes:
        typer.confirm(f"Give the state of {old} to {new}?", abort=True)
    number = states.rename(old, new)
    print(f"The state of {old} now belongs to {new}: {count(number, 'collection')}.")
    _move_folder(old, new)


@models.command("remove")
def remove_model(name: Name, yes: Yes = False) -> None:
    """Delete the state of a model; its predictions, and their marks as logged, stay."""
    states = _states(name)
    if not states.collections(name):
        raise MonitorError(f"There is no state of a model {name} here; `models list` shows what there is.")
    if not yes:
        typer.confirm(f"Delete the rules, alerts, history and profiles of {name} for good?", abort=True)
    print(f"The state of {name} is removed: {count(states.remove(name), 'collection')}.")
    folder = load_shared().state_folder / "models" / name
    if folder.exists():
        print(f"Its local profiles and images stay in {folder}.")


def _states(model: str) -> ModelStates:
    """Return the states in the database that has, or would have, this model's."""
    every = load_all()
    return _states_of(every[model].settings if model in every else load_shared())


def _states_of(settings: Settings) -> ModelStates:
    return ModelStates(settings, connect(settings))


def _move_folder(old: str, new: str) -> None:
    """Move the local profiles and images, unless they are in the state folder itself, as those of the default model."""
    folder = load_shared().state_folder / "models"
    if old == DEFAULT_MODEL or new == DEFAULT_MODEL:
        print(f"Local profiles and images stay in {load_shared().state_folder}; new ones go to the folder of {new}.")
    elif (folder / old).exists() and (folder / new).exists():
        print(f"Local profiles and images stay in {folder / old}, because {folder / new} is there already.")
    elif (folder / old).exists():
        (folder / old).rename(folder / new)
