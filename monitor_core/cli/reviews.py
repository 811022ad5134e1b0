"""The command line's part on reviews and calibration."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import Basis, First, Format, Last, Output, Span, chosen_period, console
from monitor_core.contract.selection import Selection
from monitor_core.mongo.state import open_store
from monitor_core.reports import reviews as reviews_page
from monitor_core.reports.calibration import Bins, CalibrationReport, calibration_report, error_sentence, gap_sentence
from monitor_core.reports.calibration import as_json as calibration_as_json
from monitor_core.reports.reviews import ReviewsReport, reviews_report, unevenness
from monitor_core.settings.sources import load


class BinsOption(StrEnum):
    equal_width = "width"
    equal_count = "count"


Label = Annotated[int | None, typer.Option("--class", help="Of this predicted class alone, by its number.")]


def reviews(
    period: Span = None, first: First = None, last: Last = None, basis: Basis = None, output: Output = Format.table
) -> None:
    """How far the reviews have come, how long they take and what waits: what the page on reviews shows."""
    store = open_store(load().settings)
    chosen = basis.value if basis else store.settings.basis
    period = chosen_period(store, "predicted", period, first, last)
    found = reviews_report(store, Selection(period, chosen), store.now())
    if output is Format.json:
        print(json.dumps(reviews_page.as_json(found, store.settings.time_zone), indent=1))
    else:
        _print_reviews(found)


def _print_reviews(found: ReviewsReport) -> None:
    period, waits = found.selection.period, found.backlog
    console.print(f"{period.first} to {period.last}: {found.reviewed} of {found.predicted} predictions are reviewed")
    console.print(", ".join(f"{count} {kind}" for kind, count in found.answers.items()))
    hours = [f"{name} {'not yet' if value is None else f'{value:.1f} h'}" for name, value in found.hours.items()]
    console.print(f"time to review: {', '.join(hours)}")
    oldest = f", the oldest predicted on {waits.oldest}" if waits.oldest else ""
    console.print(f"{waits.waiting} wait for a review, of all days{oldest}")
    for table, of in ((found.by_band, "confidence"), (found.by_class, "predicted class")):
        shown = Table(of, "predicted", "reviewed", "share")
        for row in table.to_dict("records"):
            shown.add_row(escape(row["name"]), str(row["predicted"]), str(row["reviewed"]), f"{row['value']:.1%}")
        console.print(shown)
    for said in unevenness(found):
        console.print(said, markup=False)


def calibration(
    period: Span = None,
    first: First = None,
    last: Last = None,
    basis: Basis = None,
    label: Label = None,
    bins: Annotated[
        BinsOption, typer.Option(help="Ten bins of equal width, or of equal count.")
    ] = BinsOption.equal_width,
    output: Output = Format.table,
) -> None:
    """Whether the model is as sure as it is right: what the page on calibration shows."""
    store = open_store(load().settings)
    chosen = basis.value if basis else store.settings.basis
    selection = Selection(chosen_period(store, chosen, period, first, last), chosen)
    of: Bins = "equal width" if bins is BinsOption.equal_width else "equal count"
    found = calibration_report(store, selection, label, of)
    if output is Format.json:
        print(json.dumps(calibration_as_json(found, store.settings.time_zone), indent=1))
    else:
        _print_calibration(found)


def _print_calibration(found: CalibrationReport) -> None:
    period, error = found.selection.period, found.error
    console.print(f"{period.first} to {period.last}: {found.reviewed} reviewed, {found.missing} without a confidence")
    console.print(gap_sentence(found), markup=False)
    if found.has_error:
        console.print(
            f"calibration error {100 * error.value:.1f} points ({100 * error.low:.1f} – {100 * error.high:.1f})"
        )
        console.print(error_sentence(error), markup=False)
    table = Table("confidence", "mean", "right", "95%", "samples")
    for row in found.curve.to_dict("records"):
        bounds = f"{row['from']:.1%} – {row['to']:.1%}", f"{row['low']:.1%} – {row['high']:.1%}"
        table.add_row(bounds[0], f"{row['confidence']:.1%}", f"{row['value']:.1%}", bounds[1], str(row["samples"]))
    console.print(table)
