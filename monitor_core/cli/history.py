"""The commands `history …`: the daily counts that the logger stores."""

from datetime import timedelta

import typer
from rich.console import Console
from rich.progress import Progress

from monitor_core.cli.options import open_configured
from monitor_core.contract.wording import count
from monitor_core.logger import history as stored_history
from monitor_core.logger.day_profiles import refresh_profiles

history = typer.Typer(no_args_is_help=True, help="Manage the performance history that the logger stores.")


@history.command()
def rebuild() -> None:
    """Count every day again and make its profile.

    You may interrupt this; the logger then finishes it.
    """
    store = open_configured()
    store.history.create_indexes()
    stored_history.invalidate(store)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("days", total=None)

        def advance(counted: int, left: int) -> None:
            progress.update(task, completed=counted, total=counted + left)

        rebuilt = stored_history.refresh(store, progress=advance)
    profiles = refresh_profiles(store, pause=timedelta(0))
    print(f"Counted {count(rebuilt.counted, 'day')} and made {count(profiles, 'profile')}.")
