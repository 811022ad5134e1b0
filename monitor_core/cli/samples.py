"""The command on samples: those of a selection, as a file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast

import typer

from monitor_core.cli.options import Basis, First, Last, Span, Where, chosen_period
from monitor_core.contract import segments
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import NOT_REVIEWED, REJECTED, Outcome, SampleFilter, Selection, Target
from monitor_core.mongo.samples import Search
from monitor_core.mongo.state import open_store
from monitor_core.reports.export import pieces
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load


class Kind(StrEnum):
    csv = "csv"
    parquet = "parquet"


class Result(StrEnum):
    right = "right"
    wrong = "wrong"
    rejected = REJECTED
    not_reviewed = NOT_REVIEWED


Share = Annotated[float, typer.Option(min=0, max=1, help=f"In steps of 1/{CONFIDENCE_BINS}.")]


def samples(
    output: Annotated[Path, typer.Option(help="The file; - is standard output.", allow_dash=True)],
    kind: Annotated[Kind, typer.Option("--format", help="What is written.")] = Kind.csv,
    period: Span = None,
    first: First = None,
    last: Last = None,
    basis: Basis = None,
    where: Where = None,
    target: Annotated[str | None, typer.Option(help='A class by name or number, "rejected", "not reviewed".')] = None,
    prediction: Annotated[str | None, typer.Option(help="A class, by name or number.")] = None,
    outcome: Annotated[Result | None, typer.Option(help="A rejected one is among the wrong.")] = None,
    confidence_from: Share = 0,
    confidence_to: Share = 1,
) -> None:
    """Write the samples of a period, as the page Samples exports them. Without days, those of the configured period."""
    settings = load().settings
    store = open_store(settings)
    chosen = basis.value if basis else settings.basis
    segment = tuple(segments.parse(text, settings.segments) for text in where or ())
    selection = Selection(chosen_period(store, chosen, period, first, last), chosen, segment)
    wanted = SampleFilter(
        cast(Target, target) if target in (REJECTED, NOT_REVIEWED) else _label(settings, target),
        _label(settings, prediction),
        cast(Outcome, outcome.value) if outcome else None,
        _bins(confidence_from, confidence_to),
    )
    _write(Search(store, selection, wanted), kind, output)


def _label(settings: Settings, text: str | None) -> int | None:
    if text is None:
        return None
    by_name = {name: label for label, name in settings.class_names.items()}
    try:
        return by_name[text] if text in by_name else int(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is no class: write its number, or its name in the settings.') from None


def _bins(low: float, high: float) -> tuple[int, int] | None:
    bins = round(low * CONFIDENCE_BINS), round(high * CONFIDENCE_BINS)
    if bins[0] >= bins[1]:
        raise typer.BadParameter(f"--confidence-from {low} is not below --confidence-to {high}.")
    return None if bins == (0, CONFIDENCE_BINS) else bins


def _write(search: Search, kind: Kind, output: Path) -> None:
    try:
        if str(output) == "-":
            for piece in pieces(search, kind.value):
                sys.stdout.buffer.write(piece)
            return
        with output.open("wb") as file:
            for piece in pieces(search, kind.value):
                file.write(piece)
    except OSError as wrong:
        raise MonitorError(f"{output} cannot be written: {wrong.strerror}. Choose another --output.") from None
