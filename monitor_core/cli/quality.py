"""The command `quality`: documents that break the contract."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import First, Format, FormatOption, Last, PeriodOption, chosen_period, open_configured
from monitor_core.cli.output import console, print_json, say, warn
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import count, day, days, percent, small_percent, superseded
from monitor_core.reports.quality import LIVE_MOST, QualityReport, as_json, quality_report
from monitor_core.reports.sealed import loss_in_words


def quality(
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    output: FormatOption = Format.table,
    whole: Annotated[bool, typer.Option("--whole", help="Check every document, however long it takes.")] = False,
) -> None:
    """List the documents that break the contract: how many, in which way, and some examples.

    Without --period, the configured period up to today is used.
    """
    store = open_configured()
    if lacking := store.lacks("data quality"):
        raise MonitorError(lacking)
    days = chosen_period(store, "predicted", period, first, last)
    report = quality_report(store, days, store.now(), None if whole else LIVE_MOST)
    empty = None if report.documents or report.undated else store.predictions.why_empty()
    if empty:
        warn(empty)
    if output is Format.json:
        print_json(as_json(report))
        return
    _print(report)
    for lost in report.lost:
        say(loss_in_words(lost, store.settings.zone))


def _print(report: QualityReport) -> None:
    _print_counts(report)
    _print_problems(report)
    for change in report.changes:
        share = f"{percent(change.before)} to {percent(change.now)}"
        say(f"{day(change.day)}: the field {change.name} {change.kind} ({share} of the documents).")


def _print_counts(report: QualityReport) -> None:
    set_aside = sum(report.set_aside.values())
    undated = (
        report.undated + report.set_aside["undated_prediction"]
    )  # such as a list of dates: it is in a day's number
    say(f"{days(report.period)}, by prediction day")
    say(
        f"{count(report.documents, 'document')} = {report.used:,} used + {report.not_reviewed:,} not reviewed "
        f"+ {set_aside:,} set aside; in the whole collection, {undated:,} have no usable date."
    )
    if report.superseded is not None:
        say(superseded(report.superseded, "of the period"))
    if report.unchecked:
        about = "More than" if report.unchecked_bounded else "About"
        unchecked = count(report.unchecked, "document")
        say(f"{about} {unchecked} have not been checked: start the logger, or use --whole.")


def _print_problems(report: QualityReport) -> None:
    if not report.findings:
        if report.documents or report.undated:
            say("All checked documents keep to the contract.")
        return
    table = Table("problem", "effect", "documents", "share", "example")
    for finding in report.findings:
        example = finding.examples[0] if finding.examples else None
        value = escape(f"{example.value} in {example.id}") if example else ""
        share = small_percent(finding.share)
        table.add_row(finding.problem.title, finding.problem.effect, f"{finding.documents:,}", share, value)
    console.print(table)
