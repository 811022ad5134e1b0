"""The command `retraining`: what there is to train on, and what each new model has changed."""

from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import (
    Dated,
    First,
    Format,
    FormatOption,
    Last,
    PeriodOption,
    Where,
    chosen_selection,
    open_configured,
)
from monitor_core.cli.output import cell, console, print_json, say, warn
from monitor_core.contract.calendar import local_day
from monitor_core.contract.wording import written
from monitor_core.reports.retraining import changes as model_changes
from monitor_core.reports.retraining import readiness
from monitor_core.reports.retraining.changes import ModelChange
from monitor_core.reports.retraining.readiness import Readiness
from monitor_core.scores.metrics import Average
from monitor_core.settings.place import CLI


def retraining(
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    basis: Dated = None,
    where: Where = None,
    output: FormatOption = Format.table,
) -> None:
    """Show what the model could be trained on next, and what each new model has changed.

    The numbers are those of the page Retraining. The field `trained` is only read.
    """
    store = open_configured()
    selection = chosen_selection(store, basis, (period, first, last), where)
    if empty := store.predictions.why_empty():
        warn(empty)
    ready = readiness.read_readiness(store, selection)
    changes = model_changes.read_model_changes(store, local_day(store.now(), store.settings.zone), selection.where)
    average = store.settings.average
    if output is Format.json:
        of_changes = [model_changes.as_json(each, average) for each in changes]
        print_json(readiness.as_json(ready) | {"changes": of_changes})
        return
    _print_readiness(ready)
    for change in changes:
        _print_change(change, average)


def _print_readiness(ready: Readiness) -> None:
    for sentence in readiness.readiness_in_words(ready):
        say(sentence)
    classes = Table("class", "new samples", "corrections", readiness.SHOWN.title, "in the training set")
    for row in ready.table.to_dict("records"):
        score = cell(row["value"], row["low"], row["high"])
        counts = [f"{row[name]:,}" for name in ("new", "corrections")]
        classes.add_row(escape(row["name"]), *counts, score, f"{row['trained']:,}")
    console.print(classes)
    if ready.new:
        days = f"--period {written(ready.selection.period)} --basis {ready.selection.basis}"
        say(f"`{CLI} samples --output new.txt --format txt --not-trained {days}` lists their images by class.")


def _print_change(change: ModelChange, average: Average) -> None:
    say(f"{change.annotation}")
    say(model_changes.model_change_in_words(change, average))
    table = Table("score", "before", "after", "difference")
    for row in model_changes.rows(change, average):
        table.add_row(*row.values())
    console.print(table)
