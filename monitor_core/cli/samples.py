"""The command `samples`: the predictions of a selection, as a file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast

import typer

from monitor_core.cli.options import Dated, First, Last, PeriodOption, Where, chosen_selection, open_configured
from monitor_core.cli.output import say_file, warn
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import NOT_REVIEWED, REJECTED, Outcome, SampleFilter, Target
from monitor_core.mongo.samples import Search
from monitor_core.reports.export import pieces
from monitor_core.settings.settings import Settings


class FileFormat(StrEnum):
    """Formats of the file."""

    csv = "csv"
    parquet = "parquet"
    txt = "txt"


class OutcomeOption(StrEnum):
    """Outcomes of a review."""

    right = "right"
    wrong = "wrong"
    rejected = REJECTED
    not_reviewed = NOT_REVIEWED


Share = Annotated[
    float, typer.Option(min=0, max=1, help=f"A bound of the confidence, in steps of 1/{CONFIDENCE_BINS}.")
]
TARGET = 'A true class by its name or number, "rejected" or "not reviewed"; may be repeated.'

FORMAT = "The format of the file; txt: a line class/file for each sample of a known true class."
PREDICTION = "A predicted class by its name or number; may be repeated."


def samples(
    output: Annotated[Path, typer.Option(help="The file to write; - is standard output.", allow_dash=True)],
    kind: Annotated[FileFormat, typer.Option("--format", help=FORMAT)] = FileFormat.csv,
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    basis: Dated = None,
    where: Where = None,
    target: Annotated[list[str] | None, typer.Option(help=TARGET)] = None,
    prediction: Annotated[list[str] | None, typer.Option(help=PREDICTION)] = None,
    outcome: Annotated[OutcomeOption | None, typer.Option(help="The outcome; rejected samples are wrong too.")] = None,
    confidence_from: Share = 0,
    confidence_to: Share = 1,
    file: Annotated[str, typer.Option(help="A part of the file name, whatever its case.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag that the samples have; may be repeated.")] = None,
    trained: Annotated[
        bool | None, typer.Option("--trained/--not-trained", help="Whether the model has been trained on them since.")
    ] = None,
) -> None:
    """Write the samples of a period to a file, as the page Samples exports them.

    Without --period, the configured period up to today is used.
    """
    store = open_configured()
    selection = chosen_selection(store, basis, (period, first, last), where)
    filters = SampleFilter(
        tuple(_target(store.settings, text) for text in target or ()),
        tuple(_label(store.settings, text) for text in prediction or ()),
        cast(Outcome, outcome.value) if outcome else None,
        _bins(confidence_from, confidence_to),
        file,
        tuple(tag or ()),
        trained,
    )
    if empty := store.predictions.why_empty():
        warn(empty)
    _write(Search(store, selection, filters), kind, output)


def _target(settings: Settings, text: str) -> Target:
    return cast(Target, text) if text in (REJECTED, NOT_REVIEWED) else _label(settings, text)


def _label(settings: Settings, text: str) -> int:
    """Return the class with this display text, number, or configured name, in this order."""
    names, displayed = (
        {name: label for label, name in named.items()} for named in (settings.class_names, settings.displayed_names)
    )
    try:
        return displayed[text] if text in displayed else int(text)
    except ValueError:
        if text in names:
            return names[text]
        raise typer.BadParameter(f'"{text}" is not a class: write its number, or its name in the settings.') from None


def _bins(low: float, high: float) -> tuple[int, int] | None:
    bins = round(low * CONFIDENCE_BINS), round(high * CONFIDENCE_BINS)
    if bins[0] >= bins[1]:
        raise typer.BadParameter(f"--confidence-from {low} is not below --confidence-to {high}.")
    return None if bins == (0, CONFIDENCE_BINS) else bins


def _write(search: Search, kind: FileFormat, output: Path) -> None:
    try:
        if str(output) == "-":
            for piece in pieces(search, kind.value):
                sys.stdout.buffer.write(piece)
            return
        with output.open("wb") as file:
            for piece in pieces(search, kind.value):
                file.write(piece)
        say_file(output)
    except OSError as error:
        raise MonitorError(f"{output} cannot be written: {error.strerror}. Choose another --output.") from None
