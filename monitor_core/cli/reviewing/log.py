"""The commands `reviews-log …`: the reviews given in the app, and the erasing of a person's name from them."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import Format, FormatOption, open_configured
from monitor_core.cli.output import console, print_json, say, say_database
from monitor_core.contract.wording import count, instant
from monitor_core.mongo.reviewing.log import LoggedReview, ReviewLog
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.reports.reviewers.agreement import answer_in_words

LISTED = 50  # entries, unless said otherwise

reviews_log = typer.Typer(no_args_is_help=True, help="List the reviews given in the app, or erase a name from them.")


@reviews_log.command("list")
def list_entries(
    most: Annotated[int, typer.Option(min=1, help="Entries at most, the newest first.")] = LISTED,
    output: FormatOption = Format.table,
) -> None:
    """List who reviewed which prediction in the app, from what to what, and what was undone."""
    store = open_configured()
    if store.settings.reviewing:
        Reviewer(store).settle()
    entries = ReviewLog(store).read(most=most)
    if output is Format.json:
        print_json([_json(entry) for entry in entries])
        return
    zone, name = store.settings.zone, store.settings.class_name
    table = Table("at", "file", "predicted", "from", "to", "by", "state")
    for entry in entries:
        before = str(entry.before.get("validated", "absent"))
        answer = answer_in_words(entry, store.settings)
        cells = (entry.sample.file, name(entry.sample.prediction), before, answer, entry.by, _state(entry))
        table.add_row(instant(entry.at, zone), *map(escape, cells))
    console.print(table) if entries else say("Nobody has reviewed in the app.")


@reviews_log.command()
def erase(name: Annotated[str, typer.Argument(help="The name or e-mail address as the log has it.")]) -> None:
    """Replace a person's name in the log of reviews by one that says nothing of them."""
    store = open_configured()
    number = ReviewLog(store).erase(name)
    say(f"The name is erased from {count(number, 'entry', 'entries')} of the log of reviews.")
    say_database(store)


def _state(entry: LoggedReview) -> str:
    state = f"undone by {entry.undone_by}" if entry.state == "undone" and entry.undone_by else str(entry.state)
    if entry.agrees is None:
        return state
    return f"{state}, second opinion: {'agrees' if entry.agrees else 'disagrees'}"


def _json(entry: LoggedReview) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "by": entry.by,
        "sample": str(entry.sample.id),
        "file": entry.sample.file,
        "prediction": entry.sample.prediction,
        "target": entry.target,
        "before": _raw(entry.before),
        "after": _raw(entry.after),
        "state": entry.state,
        "second_opinion_of": entry.first,
        "agrees": entry.agrees,
        "undone_by": entry.undone_by,
        "undone_at": entry.undone_at.isoformat() if entry.undone_at else None,
    }


def _raw(held: Any) -> dict[str, Any]:
    """Return raw values as JSON has them, or else as text; absent ones are not there."""
    return {
        name: value if value is None or isinstance(value, bool | int | float | str) else str(value)
        for name, value in held.items()
    }
