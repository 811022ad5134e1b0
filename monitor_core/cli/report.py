"""The command `report`: the scores of a period, and how they compare with another selection's."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.options import Dated, First, Last, PeriodOption, Where, chosen_selection, open_configured
from monitor_core.cli.output import OutputOption, cell, console, say, warn, write
from monitor_core.contract import segments, wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.documents import Notation
from monitor_core.contract.findings import problems_in_words
from monitor_core.contract.wording import UNDEFINED, count, days, estimate
from monitor_core.reports import comparison, comparison_json, performance, performance_json
from monitor_core.reports.drift import new_classes_in_words, new_classes_until
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import UNKNOWABLE, bounds_because, bounds_explained, widened_in_words
from monitor_core.reports.sealed import sealed_days
from monitor_core.reports.unreviewed.accuracy import AllPredictionsReport, read_accuracy_over_all
from monitor_core.reports.unreviewed.accuracy import as_json as over_all_json
from monitor_core.reports.unreviewed.classes import (
    OVER_ALL_BY_CLASS,
    ClassOverAll,
    classes_as_json,
    has_estimates,
    over_all_table,
    read_classes_over_all,
    reasons_in_words,
)
from monitor_core.reports.unreviewed.compared import over_all_change_as_json, over_all_change_in_words
from monitor_core.scores.intervals import too_few_in_words
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRICS, Metric
from monitor_core.scores.shares import FEWEST
from monitor_core.settings.place import CLI


class ReportFormat(StrEnum):
    """Formats of the report."""

    table = "table"
    json = "json"
    html = "html"


Exact = Annotated[bool, typer.Option("--exact", help="Count all documents now, without the stored history.")]
Against = Annotated[
    str | None,
    typer.Option(
        help='Compare with "previous" (as many days, earlier by whole weeks), 2026-09-01..2026-09-30, or camera=right.'
    ),
]


def report(
    period: PeriodOption = None,
    first: First = None,
    last: Last = None,
    basis: Dated = None,
    exact: Exact = False,
    kind: Annotated[
        ReportFormat, typer.Option("--format", help="Print a table for people, JSON, or an HTML page with charts.")
    ] = ReportFormat.table,
    output: OutputOption = None,
    where: Where = None,
    against: Against = None,
) -> None:
    """Print the scores of a period.

    Without --period, the configured period up to today is used.
    """
    if kind is ReportFormat.table and output and str(output) != "-":
        raise typer.BadParameter("--output needs --format json or html.")
    store = open_configured()
    selection = chosen_selection(store, basis, (period, first, last), where)
    compared_selection = comparison.comparison_of(selection, against, store.settings) if against else None
    current = performance.read_performance(store, selection, exact)
    compared = performance.read_performance(store, compared_selection, exact) if compared_selection else None
    if current.counts.documents == 0 and (empty := store.predictions.why_empty()):
        warn(empty)
    over_all = read_accuracy_over_all(store, selection, exact)
    other = read_accuracy_over_all(store, compared_selection, exact) if compared_selection else None
    new = () if selection.where else new_classes_until(store, selection.period.last)
    if kind is ReportFormat.table:
        _print(current, compared, store.settings.notation, over_all)
        if over_all.is_shown:
            _print_over_all(read_classes_over_all(store, selection, exact))
        if other and (words := over_all_change_in_words(over_all, other)):
            say(words)
        for sentence in new_classes_in_words(new):
            say(sentence)
    elif kind is ReportFormat.json:
        by_class = classes_as_json(read_classes_over_all(store, selection, exact))
        figures = _as_json(current) | {"all_predictions": over_all_json(over_all) | {"by_class": by_class}}
        if compared and other:
            figures["against"] = comparison_json.as_json(current, compared) | {
                "all_predictions": over_all_change_as_json(over_all, other)
            }
        figures |= {"new_classes": [of.as_json() for of in new]} if new else {}
        write(json.dumps(figures, indent=1) + "\n", output)
    else:
        # Late: the charts are a quarter of the start of every command.
        from monitor_core.app.performance.html_report import html_report

        write(html_report(store, current, store.settings.average, compared), output)


def _as_json(current: Performance) -> dict[str, object]:
    where = current.selection.where
    return performance_json.as_json(current) | ({"where": dict(where)} if where else {})


def _print(
    current: Performance, compared: Performance | None, notation: Notation, over_all: AllPredictionsReport
) -> None:
    _print_counts(current, notation)
    _print_scores(current)
    if over_all.is_shown:
        say(over_all.sentence)
    _print_classes(current)
    if compared:
        _print_comparison(current, compared)


def _print_over_all(classes: Sequence[ClassOverAll]) -> None:
    """Print the scores of each class over all predictions, or why there are none."""
    if has_estimates(classes):
        table = over_all_table(classes)
        printed = Table(*map(str, table), title="Over all predictions")
        for name, predictions, reviewed, *scores in table.to_numpy().tolist():
            printed.add_row(escape(name), f"{predictions:,}", f"{reviewed:,}", *scores)
        console.print(printed)
        say(OVER_ALL_BY_CLASS)
    for reason in reasons_in_words(classes):
        say(reason)


def _print_counts(current: Performance, notation: Notation) -> None:
    selection, counts = current.selection, current.counts
    say(f"{days(selection.period)} ({current.time_zone}), by {BASES[selection.basis].title}")
    if selection.where:
        say(f"Only {segments.in_words(selection.where)}")
    reviewed = f"{count(counts.validated, 'sample')} reviewed ({current.rejected:,} rejected)"
    unreviewed = f", {count(counts.not_reviewed, 'prediction')} not reviewed"
    say(reviewed + (unreviewed if selection.basis == "predicted" else ""))  # by review day there is none
    set_aside, noticed = (problems_in_words(numbers, notation) for numbers in (counts.excluded, counts.noticed))
    if set_aside:
        say(f"Set aside and not counted: {set_aside}.")
    if noticed:
        say(f"Counted, but with a quality problem: {noticed}.")
    if counts.preserved:
        say(sealed_days(counts.preserved))
    if set_aside or noticed:
        say(f"`{CLI} quality` explains them.")


def _print_scores(current: Performance) -> None:
    for metric in METRICS:
        if not metric.by_class:
            say(f"{metric.title}: {_overall(current, metric)}")
    if words := widened_in_words(current.scores["accuracy"]):
        say(f"Accuracy: {words}")
    rejected = f"; {bounds_because(current.rejected)}" if current.rejected else ""
    caption = f"95% intervals in brackets{rejected}"
    table = Table("average", *(metric.title for metric in CLASS_METRICS), caption=caption)
    for average in AVERAGES:
        scores = current.overall(average, CLASS_METRICS)
        table.add_row(
            average, *(cell(scores[m.key].value, scores[m.key].low, scores[m.key].high, m.scale) for m in CLASS_METRICS)
        )
    console.print(table)
    if words := _without_interval(current):
        say(f"An average without an interval has {words}.")


def _without_interval(current: Performance) -> str:
    """Return why averages have no interval; empty if all have one."""
    lacking = (current.scores[metric.name(average)] for metric in CLASS_METRICS for average in AVERAGES)
    return next((words for s in lacking if (words := too_few_in_words(s.classes_with_few, s.classes))), "")


def _overall(current: Performance, metric: Metric) -> str:
    score = current.scores[metric.key]
    if score.has_bounds:
        return f"{score.bounds_in_words(metric.scale)} ({bounds_explained(score, current.rejected, metric.scale)})"
    if comparison.is_unknowable(metric, None, current):
        return UNKNOWABLE
    if score.classes_with_few:
        number = wording.number(score.value, metric.scale)
        return f"{number} ({score.interval_in_words()}, {count(score.samples, 'sample')})"
    return estimate(score.value, score.low, score.high, score.samples, metric.scale)


def _print_classes(current: Performance) -> None:
    table = Table("class", *(metric.title for metric in CLASS_METRICS), "samples", "predicted")
    for row in current.by_class.to_dict("records"):
        scores = (
            cell(row[m.key], row[f"{m.key}_low"], row[f"{m.key}_high"], m.scale)
            if row[f"{m.key}_samples"] >= FEWEST
            else UNDEFINED
            for m in CLASS_METRICS
        )
        table.add_row(escape(row["name"]), *scores, f"{row['support']:,}", f"{row['predicted']:,}")
    console.print(table)


def _print_comparison(current: Performance, compared: Performance) -> None:
    """Print the sentences that the pages show below their compared charts."""
    name = comparison.comparison_name(compared.selection, current.selection)
    say(f"Compared with {name} ({count(compared.counts.validated, 'reviewed sample')}):")
    for average in AVERAGES:
        metrics = METRICS if average == AVERAGES[0] else CLASS_METRICS  # overall ones have no average
        for sentence in comparison.scores_in_words(current, compared, average, metrics):
            say(sentence)
    scores = comparison.compared_class_scores(current, compared)
    for metric in CLASS_METRICS:
        of_metric = scores[scores["metric"] == metric.key]
        say(comparison.class_scores_in_words(current, compared, metric, of_metric))
    say(comparison.many_in_words("Share of the classes", comparison.class_shares(current, compared)))
