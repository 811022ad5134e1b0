"""The command `reviews`: coverage, time to review, and what is waiting for review."""

from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import (
    Dated,
    First,
    Format,
    FormatOption,
    Last,
    PeriodOption,
    chosen_basis,
    chosen_period,
    open_configured,
)
from monitor_core.cli.output import cell, console, print_json, say, warn
from monitor_core.contract.bases import BASES
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import count, day, days, hours, listed, written
from monitor_core.reports.clusters import clusters_sentence
from monitor_core.reports.reviewers.confirmations import HIGH_CONFIDENCE, Confirmations
from monitor_core.reports.reviews import ReviewsReport, as_json, limits_in_words, reviews_report, unevenness
from monitor_core.settings.place import CLI


def reviews(
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    basis: Dated = None,
    output: FormatOption = Format.table,
) -> None:
    """Show how many predictions have been reviewed, how long reviews take, and what is waiting.

    The numbers are those of the page Reviews.
    """
    store = open_configured()
    selection = Selection(chosen_period(store, "predicted", period, first, last), chosen_basis(store, basis))
    report = reviews_report(store, selection, store.now())
    if not report.predicted and (empty := store.predictions.why_empty()):
        warn(empty)
    if output is Format.json:
        print_json(as_json(report, store.settings.time_zone))
    else:
        _print(report)


def _print(report: ReviewsReport) -> None:
    basis = BASES[report.selection.basis].title
    coverage = f"{report.reviewed:,} of {count(report.predicted, 'prediction')} reviewed"
    say(f"{days(report.selection.period)}, by prediction day: {coverage}.")
    answers = listed(f"{number:,} {outcome}" for outcome, number in report.answers.items())
    say(f"{count(sum(report.answers.values()), 'review')}, by {basis}: {answers}.")
    _print_confirmations(report.confirmations, report.selection)
    if report.agreement:
        say(report.agreement.sentence)
    say(f"Time to review, by {basis}: {', '.join(_time(report, name) for name in report.hours)}.")
    _print_backlog(report)
    for table, group in ((report.by_confidence, "confidence"), (report.by_class, "predicted class")):
        shares = Table(group, "predictions", "reviewed", "share", caption="95% intervals in brackets")
        for row in table.to_dict("records"):
            name, share = escape(row["name"]), cell(row["value"], row["low"], row["high"])
            shares.add_row(name, f"{row['predicted']:,}", f"{row['reviewed']:,}", share)
        console.print(shares)
    for sentence in filter(None, [*unevenness(report), clusters_sentence(report.clusters)]):
        say(sentence)


def _print_confirmations(of: Confirmations, selection: Selection) -> None:
    if not of.table.empty:
        shares = Table("confidence", "reviews", "confirmed", "share", caption="95% intervals in brackets")
        for row in of.table.to_dict("records"):
            share = cell(row["value"], row["low"], row["high"])
            shares.add_row(row["name"], f"{row['reviewed']:,}", f"{row['confirmed']:,}", share)
        console.print(shares)
    for sentence in filter(None, [of.sentence, of.of_files]):
        say(sentence)
    if of.contradicted:
        of_days = f"--period {written(selection.period)} --basis {selection.basis}"
        wrong = f"--outcome wrong --confidence-from {HIGH_CONFIDENCE}"
        say(f"`{CLI} samples --output check-first.csv {of_days} {wrong}` writes them to a file.")


def _time(report: ReviewsReport, name: str) -> str:
    value, within = report.hours[name], "" if name == "median" else " within"
    if value is None:
        return f"{name} not reached yet"
    return f"{name}{within} {hours(value)} ({limits_in_words(report, name)})"


def _print_backlog(report: ReviewsReport) -> None:
    backlog = report.backlog
    oldest = f"; the oldest was made on {day(backlog.oldest)}" if backlog.oldest else ""
    are = "is" if backlog.waiting == 1 else "are"
    say(f"{count(backlog.waiting, 'prediction')} of all days {are} waiting for review{oldest}.")
