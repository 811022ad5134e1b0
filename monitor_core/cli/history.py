"""The commands `history …`: the daily counts that the logger stores."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from monitor_core.cli.options import open_configured
from monitor_core.cli.output import say, say_database
from monitor_core.contract.bases import BASES, BasisDay
from monitor_core.contract.calendar import Period, local_day, stretches
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import count, day, days, listed
from monitor_core.logger import history as stored_history
from monitor_core.logger.day_profiles import refresh_profiles
from monitor_core.mongo.history.archive import Restored
from monitor_core.mongo.store import Store
from monitor_core.reports.archive.reader import opened_history
from monitor_core.reports.archive.writer import export_history

MOST_NAMED = 5  # periods of replaced days

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
    rebuilt = _refreshed(store)
    profiles = refresh_profiles(store, pause=timedelta(0))
    print(f"Counted {count(rebuilt.counted, 'day')} and made {count(profiles, 'profile')}.")
    say_database(store)


@history.command("export")
def export_days(target: Annotated[Path, typer.Argument(metavar="FOLDER|FILE.zip", help="Where to write it.")]) -> None:
    """Write all of the history as Parquet files into a new folder, or into a zip file.

    Other programs can read the files; `history import` stores what is in them again.
    """
    written = export_history(open_configured(), target)
    content = f"{count(written.days, 'day')} and {count(written.profiles, 'profile')}"
    say(f"Wrote {content} to {target} ({written.size / 1e6:,.1f} MB).")


@history.command("import")
def import_days(
    source: Annotated[Path, typer.Argument(metavar="FOLDER|FILE.zip", help="What `history export` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace stored days that have other figures.")] = False,
) -> None:
    """Store the days of an exported history again.

    Days that are stored with the same figures are skipped; if any has other figures, nothing is stored without
    --replace. Then every day is counted again: one whose documents are gone keeps the imported figures.
    """
    store = open_configured()
    keeps = stored_history.retention(store, local_day(store.now(), store.settings.zone))
    with opened_history(source) as files:
        files.refuse_unless(store.archive.meaning)
        differences = store.archive.compare(files.days(), keeps)
        if differences.different and not replace:
            raise MonitorError(_refusal(differences.different, source))
        store.history.create_indexes()
        restored = store.archive.restore(files.days(), keeps, store.now(), replace)
        restored += store.archive.restore_profiles(files.profiles(), keeps, replace)
    stored_history.note_changes(store)
    _refreshed(store)
    _say_restored(restored, source, keeps)
    say_database(store)


def _refreshed(store: Store) -> stored_history.Refreshed:
    """Count the days that are due, and show the progress."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("days", total=None)

        def advance(counted: int, left: int) -> None:
            progress.update(task, completed=counted, total=counted + left)

        return stored_history.refresh(store, progress=advance)


def _refusal(different: Sequence[BasisDay], source: Path) -> str:
    number = count(len(different), "stored day has", "stored days have")
    return (
        f"{number} other figures than in {source}: {_in_words(different)}. Nothing was imported; --replace replaces "
        "them by those of the file."
    )


def _say_restored(restored: Restored, source: Path, keeps: Period) -> None:
    """Say what an import stored, replaced, skipped and left out."""
    say(f"Imported {count(restored.new, 'day')} and {count(restored.profiles, 'profile')} from {source}.")
    if restored.different:
        say(f"Replaced {count(len(restored.different), 'day')}: {_in_words(restored.different)}.")
    if restored.same:
        say(f"Skipped {count(restored.same, 'day')} with the same figures as the stored ones.")
    if restored.left_out:
        limits = f"before {day(keeps.first)} or after {day(keeps.last)}"
        say(f"Left out {count(restored.left_out, 'day')} {limits}, which the history does not keep.")
    if restored.other_profiles:
        say(
            f"{count(restored.other_profiles, 'profile')} stayed as stored, made from other reviews or at another time."
        )


def _in_words(different: Sequence[BasisDay]) -> str:
    """Name days by their dates, the consecutive ones together, at most a few of them."""
    texts = [
        f"{BASES[basis].title} {days(period)}"
        for basis in BASES
        for period in stretches(sorted(day for of, day in different if of == basis))
    ]
    more = [f"{count(len(texts) - MOST_NAMED, 'other period')}"] if len(texts) > MOST_NAMED else []
    return listed([*texts[:MOST_NAMED], *more])


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
