"""The command `calibration`: confidence compared with outcome."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from monitor_core.cli.options import (
    Dated,
    First,
    Format,
    FormatOption,
    Last,
    PeriodOption,
    chosen_selection,
    open_configured,
)
from monitor_core.cli.output import cell, console, print_json, say
from monitor_core.contract.wording import count, days, interval, percent, points
from monitor_core.reports.calibration import (
    CalibrationReport,
    as_json,
    calibration_report,
    error_sentence,
    gap_sentence,
)
from monitor_core.scores.calibration import Bins


class BinsOption(StrEnum):
    """Ways to divide confidence into bins."""

    equal_width = "width"
    equal_count = "count"


Label = Annotated[
    int | None, typer.Option("--class", help="Count only the predictions of this class, given by its number.")
]
BinsChoice = Annotated[
    BinsOption, typer.Option("--bins", help="Use ten bins of equal width, or of equally many samples.")
]


def calibration(
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    basis: Dated = None,
    label: Label = None,
    bins: BinsChoice = BinsOption.equal_width,
    output: FormatOption = Format.table,
) -> None:
    """Compare the model's confidence with how often it is right.

    The numbers are those of the page Calibration.
    """
    store = open_configured()
    selection = chosen_selection(store, basis, (period, first, last))
    kind: Bins = "equal width" if bins is BinsOption.equal_width else "equal count"
    report = calibration_report(store, selection, label, kind)
    if output is Format.json:
        print_json(as_json(report, store.settings.time_zone))
    else:
        _print(report)


def _print(report: CalibrationReport) -> None:
    error = report.error
    reviewed = f"{count(report.reviewed, 'sample')} reviewed, {report.missing:,} without a confidence"
    say(f"{days(report.selection.period)}: {reviewed}")
    say(gap_sentence(report))
    if report.has_error:
        say(f"Calibration error {points(error.value)} ({interval(error.low, error.high)}).")
        say(error_sentence(error))
    table = Table("confidence", "mean confidence", "right", "samples", caption="95% intervals in brackets")
    for row in report.curve.to_dict("records"):
        edges = f"{percent(row['from'])} – {percent(row['to'])}"
        right = cell(row["value"], row["low"], row["high"])
        table.add_row(edges, percent(row["confidence"]), right, f"{row['samples']:,}")
    console.print(table)
