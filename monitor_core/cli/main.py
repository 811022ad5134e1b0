"""The command line: the monitor without a screen, for scripts and cron."""

import json
import math
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from monitor_core.cli import demo as demo_data
from monitor_core.cli import quality as quality_cli
from monitor_core.cli import reviews as reviews_cli
from monitor_core.cli import rules as rules_cli
from monitor_core.cli import samples as samples_cli
from monitor_core.cli.doctor import checks
from monitor_core.cli.options import Basis, First, Last, Span, Where, chosen_period, console
from monitor_core.contract import segments
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.logger import day_profiles, history
from monitor_core.logger.notifying import Notifier, targets
from monitor_core.mongo import embedded
from monitor_core.mongo.connection import place
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.state import open_store
from monitor_core.reports import comparison as compare
from monitor_core.reports import performance as reports
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRICS
from monitor_core.settings.settings import Settings, variable
from monitor_core.settings.sources import load
from monitor_core.settings.version import version

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"Prediction monitor {version()}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)]


@app.callback(help=__doc__)
def every_command(_version: Version = False) -> None:
    """Take the options that stand before a command."""


class ReportFormat(StrEnum):
    table = "table"
    json = "json"
    html = "html"


@app.command()
def report(
    period: Span = None,
    first: First = None,
    last: Last = None,
    basis: Basis = None,
    exact: Annotated[bool, typer.Option("--exact", help="Count all documents now, without the history.")] = False,
    kind: Annotated[
        ReportFormat, typer.Option("--format", help="A table for people, JSON, or a page with charts.")
    ] = ReportFormat.table,
    output: Annotated[Path | None, typer.Option(help="The file to write; none = standard output.")] = None,
    where: Where = None,
    against: Annotated[
        str | None, typer.Option(help="Compare with: previous, 2026-09-01..2026-09-30, or camera=right.")
    ] = None,
) -> None:
    """The scores of a period: what the pages show. Without days, the configured period up to today."""
    settings = load().settings
    store = open_store(settings)
    chosen = basis.value if basis else settings.basis
    segment = tuple(segments.parse(text, settings.segments) for text in where or ())
    selection = Selection(chosen_period(store, chosen, period, first, last), chosen, segment)
    other = compare.other_side(selection, against, settings) if against else None
    found = reports.performance(store, selection, exact)
    before = reports.performance(store, other, exact) if other else None
    if kind is ReportFormat.table and output is None:
        _print_report(found)
        if before:
            _print_comparison(found, before)
    elif kind is ReportFormat.table:
        raise typer.BadParameter("--output is for --format json and html.")
    elif kind is ReportFormat.json:
        told = reports.as_json(found) | ({"where": dict(segment)} if segment else {})
        told |= {"against": compare.as_json(found, before)} if before else {}
        _write(json.dumps(told, indent=1) + "\n", output)
    else:
        from monitor_core.app.performance.html_report import (
            html_report,  # late: the charts are a quarter of the start of every command
        )

        _write(html_report(store, found, settings.average, before), output)


def _write(text: str, file: Path | None) -> None:
    if file is None:
        print(text, end="")
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as wrong:
        raise MonitorError(f"{file} cannot be written: {wrong.strerror}. Name another file with --output.") from None


def _print_report(found: reports.Performance) -> None:
    period, counts = found.selection.period, found.counts
    console.print(f"{period.first} to {period.last}, days in {found.time_zone}, by {found.selection.basis} day")
    if found.selection.where:
        console.print(f"Only {segments.in_words(found.selection.where)}", markup=False)
    console.print(f"{counts.validated} reviewed ({found.rejected} rejected), {counts.not_reviewed} not reviewed")
    odd = [f"{count} {reason}" for reason, count in {**counts.excluded, **counts.noticed}.items() if count]
    if odd:
        console.print("Noticed: " + ", ".join(odd))
    scores = Table("average", *(metric.key for metric in CLASS_METRICS))
    for average in AVERAGES:
        scores.add_row(average, *map(_with_interval, found.overall(average, CLASS_METRICS).values()))
    for metric in METRICS:
        if not metric.by_class:
            score = (
                compare.REJECTED if compare.is_undefined(metric, found) else _with_interval(found.scores[metric.key])
            )
            console.print(f"{metric.words} {score}")
    console.print(scores)
    classes = Table("class", *(metric.key for metric in CLASS_METRICS), "support", "predicted")
    for row in found.by_class.to_dict("records"):
        shares = (_share(row[metric.key]) for metric in CLASS_METRICS)
        classes.add_row(escape(row["name"]), *shares, str(row["support"]), str(row["predicted"]))
    console.print(classes)


def _print_comparison(found: reports.Performance, before: reports.Performance) -> None:
    """What the pages say of two sides, in the same words."""
    side = compare.side_name(before.selection, found.selection)
    console.print(f"Compared with {side}: {before.counts.validated} reviewed", markup=False)
    for average in AVERAGES:
        metrics = METRICS if average == AVERAGES[0] else CLASS_METRICS
        for sentence in compare.scores_in_words(found, before, average, metrics):
            console.print(sentence, markup=False)
    scores = compare.class_scores(found, before)
    for metric in CLASS_METRICS:
        told = compare.many_in_words(metric.title, scores[scores["metric"] == metric.key])
        console.print(told, markup=False)
    console.print(compare.many_in_words("Share of the classes", compare.class_shares(found, before)), markup=False)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _with_interval(score: reports.Score) -> str:
    return f"{_share(score.value)} [{_share(score.low)} – {_share(score.high)}]".replace("[", "(").replace("]", ")")


@app.command()
def settings() -> None:
    """What is in force and where it came from; secrets are hidden."""
    loaded = load()
    table = Table("setting", "value", "from")
    for name in Settings.model_fields:
        table.add_row(variable(name), escape(_shown(loaded.settings, name)), loaded.origins.get(name, "default"))
    console.print(table)


def _shown(loaded: Settings, name: str) -> str:
    value = getattr(loaded, name)
    if name == "mongodb_uri":
        return f"(hidden) at {place(loaded)}" if value else "none: the bundled MongoDB"
    if isinstance(value, SecretStr):
        return "(hidden)"
    if name in ("notify", "notify_critical"):
        names = [target.name for target in targets(loaded) if target.critical_only == (name == "notify_critical")]
        return f"(hidden) {', '.join(names)}" if value else "none"
    return json.dumps(value.model_dump()) if hasattr(value, "model_dump") else str(value)


@app.command()
def doctor() -> None:
    """Is all in order? Database, documents, destinations, worker. Exits 1 when something is not."""
    found = checks(load().settings)
    for good, text in found:
        console.print(("[green]ok  [/green]" if good else "[red]look[/red]") + " ", end="")
        console.print(text, markup=False)
    raise typer.Exit(0 if all(good for good, _ in found) else 1)


@app.command()
def demo(
    remove: Annotated[bool, typer.Option("--remove", help="Remove every trace of the demo.")] = False,
    if_empty: Annotated[bool, typer.Option("--if-empty", hidden=True)] = False,
    into_configured_database: Annotated[
        bool, typer.Option("--into-configured-database", help="Write into the database of MONITOR_MONGODB_URI.")
    ] = False,
) -> None:
    """Fill the bundled database with the digits demo, or remove it."""
    loaded = load().settings
    store = open_store(loaded)
    if remove:
        print(demo_data.remove(store))
    elif if_empty:
        print(demo_data.fill_if_empty(store, datetime.now(UTC)))
    else:
        print(demo_data.fill(store, datetime.now(UTC), into_configured_database))


logging_app = typer.Typer(no_args_is_help=True, help="What the logger has not delivered.")
app.add_typer(logging_app, name="logging")


@logging_app.command()
def resolve(
    batch: Annotated[str, typer.Argument(help="The batch, as the log and the overview page name it.")],
    resend: Annotated[bool, typer.Option("--resend/--accept", help="Send it again, or take it as arrived.")],
) -> None:
    """Settle a batch of which nobody can tell whether a destination has it."""
    settled = Outbox(open_store(load().settings)).resolve(batch, resend)
    if not settled:
        raise MonitorError(f"Nothing of the batch {batch} is uncertain; `python -m monitor_core doctor` lists what is.")
    print(f"{settled} uploads are {'sent again' if resend else 'taken as arrived'} by the logger's next run.")


history_app = typer.Typer(no_args_is_help=True, help="The performance history that the logger keeps.")
app.add_typer(history_app, name="history")


@history_app.command()
def rebuild() -> None:
    """Count every day anew and make its profile; may be interrupted, and the logger then goes on with it."""
    store = open_store(load().settings)
    store.history.create_indexes()
    history.invalidate(store)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("days", total=None)

        def show(counted: int, left: int) -> None:
            progress.update(task, completed=counted, total=counted + left)

        done = history.refresh(store, progress=show)
    made = day_profiles.refresh(store, pause=timedelta(0))
    print(f"{done.counted} days are counted, {made} profiles made.")


app.add_typer(rules_cli.rules_app, name="rules")
app.add_typer(rules_cli.alerts_app, name="alerts")
app.command()(rules_cli.check)
app.command()(rules_cli.annotate)
app.command()(rules_cli.annotations)
app.command()(reviews_cli.reviews)
app.command()(reviews_cli.calibration)
app.command()(quality_cli.quality)
app.command()(samples_cli.samples)


notify_app = typer.Typer(no_args_is_help=True, help="Who is told of alerts, and what has not arrived.")
app.add_typer(notify_app, name="notify")


@notify_app.command()
def test() -> None:
    """Send each target a test message. Exits 1 when one did not take it."""
    notifier = Notifier(open_store(load().settings))
    if not notifier.targets:
        raise MonitorError("Nobody is notified: set MONITOR_NOTIFY.")
    all_sent = True
    for name, outcome in notifier.test():
        all_sent &= outcome.kind == "sent"
        console.print(f"{name}: {'ok' if outcome.kind == 'sent' else outcome}", markup=False)
    raise typer.Exit(0 if all_sent else 1)


@notify_app.command("list")
def list_messages() -> None:
    """The last 50 messages: to whom, how they stand, and why not sent."""
    loaded = load().settings
    for one in Notifications(open_store(loaded)).latest():
        queued = f"{one.queued_at.astimezone(loaded.zone):%Y-%m-%d %H:%M}"
        state = "not delivered" if one.state == "failed" else one.state
        why = f": {one.error}" if one.error else ""
        console.print(f"{queued}  {one.target}  {one.title}  ({state}, tries: {one.attempts}{why})", markup=False)


@app.command(hidden=True)
def database() -> None:
    """Become the bundled MongoDB, in the foreground: for ./deploy.sh."""
    embedded.become_mongod(load().settings)


def main() -> None:
    try:
        app()
    except MonitorError as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
