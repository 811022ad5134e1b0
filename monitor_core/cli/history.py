"""The commands `history …`: the daily counts that the logger stores."""

import sys
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from monitor_core.cli.options import open_configured
from monitor_core.cli.output import say, say_database
from monitor_core.contract.wording import count
from monitor_core.logger import history as stored_history
from monitor_core.logger.day_profiles import refresh_profiles
from monitor_core.mongo.store import Store

history = typer.Typer(no_args_is_help=True, help="Manage the performance history that the logger stores.")


@history.command()
def rebuild(
    yes: Annotated[bool, typer.Option("--yes", help="Drop what cannot be counted again, without asking.")] = False,
) -> None:
    """Count every day again and make its profile.

    Asks before it drops sealed days whose documents are gone. You may interrupt this; the logger then finishes it.
    """
    store = open_configured()
    store.history.create_indexes()
    _drop_sealed(store, yes)
    stored_history.invalidate(store)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("days", total=None)

        def advance(counted: int, left: int) -> None:
            progress.update(task, completed=counted, total=counted + left)

        rebuilt = stored_history.refresh(store, progress=advance)
    profiles = refresh_profiles(store, pause=timedelta(0))
    print(f"Counted {count(rebuilt.counted, 'day')} and made {count(profiles, 'profile')}.")
    say_database(store)


def _drop_sealed(store: Store, yes: bool) -> None:
    """Drop the days that cannot be counted again, if the user agrees; without a terminal and --yes they stay."""
    preserved = store.history.preserved()
    if not preserved:
        return
    lost = f"{count(len(preserved), 'sealed day')} cannot be counted again, because documents of them are gone."
    if not yes and not sys.stdin.isatty():
        say(f"{lost} They stay; --yes drops them.")
        return
    if yes or typer.confirm(f"{lost} Drop their figures?"):
        say(f"Dropped {count(store.history.drop_preserved(), 'sealed day')}.")
