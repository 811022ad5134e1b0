"""The commands `rules …`: what the monitor watches, and when it fires."""

import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.rules import Rule, as_json, rule_from
from monitor_core.cli.evaluations import class_name, coloured, evaluation_json, worst_status
from monitor_core.cli.options import Format, FormatOption, PeriodOption, chosen_basis, open_configured, resolved
from monitor_core.cli.output import console, print_json, say, say_database
from monitor_core.contract.errors import MonitorError, RuleError
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports import facts
from monitor_core.settings.place import CLI

rules = typer.Typer(no_args_is_help=True, help="Manage the rules that are judged and fire.")

By = Annotated[
    str, typer.Option("--by", help="The name to store with it.", default_factory=getpass.getuser, show_default="you")
]
File = Annotated[Path, typer.Option("--file", help="A JSON file; - is standard input.", allow_dash=True)]
Name = Annotated[str, typer.Argument(help="The rule's name.")]
Versions = Annotated[bool, typer.Option("--versions", help="Print all versions, the latest first.")]


@rules.command("list")
def list_rules(output: FormatOption = Format.table) -> None:
    """List all rules with their latest status."""
    book = Rulebook(open_configured())
    latest = {entry.rule.name: entry.evaluations for entry in book.latest()}
    statuses = {rule: _status(latest.get(rule.name, ())) for rule in book.rules()}
    unusable = book.unusable()
    if output is Format.json:
        rules = [as_json(rule) | {"status": status} for rule, status in statuses.items()]
        print_json([*rules, *(rule.stored | {"status": "cannot be used", "reason": rule.reason} for rule in unusable)])
        return
    table = Table("rule", "title", "severity", "status")
    for rule, status in statuses.items():
        state = status or "not judged yet" if rule.enabled else "disabled"
        table.add_row(rule.name, escape(rule.title), rule.severity, state)
    for entry in unusable:
        table.add_row(escape(entry.name), "", "", "cannot be used" if entry.enabled else "disabled")
    console.print(table)
    for entry in unusable:
        say(entry.reason)


def _status(evaluations: tuple[Evaluation, ...]) -> str | None:
    return worst_status(evaluations) if evaluations else None


@rules.command("show")
def show_rule(name: Name, versions: Versions = False) -> None:
    """Print a rule as JSON, as `rules add` and `rules edit` read it."""
    book = Rulebook(open_configured())
    if versions:
        print_json([{"what": version.change, "rule": version.stored} for version in book.versions(name)])
    else:
        print_json(as_json(book.rule(name)))


@rules.command("add")
def add_rule(file: File, by: By) -> None:
    """Add a rule."""
    store = open_configured()
    rule = Rulebook(store).add(rule_from(_read(file)), by, store.now())
    print(f'The rule "{rule.name}" is added; the logger judges it in its next run, and the past as well.')
    say_database(store)


@rules.command("edit")
def edit_rule(name: Name, file: File, by: By) -> None:
    """Change the fields of a rule that the JSON contains; the others stay."""
    store = open_configured()
    rule = Rulebook(store).edit(name, _read(file), by, store.now())
    print(f'The rule "{name}" is at version {rule.version}.')
    say_database(store)


@rules.command("enable")
def enable_rule(name: Name, by: By) -> None:
    """Enable a rule that was disabled."""
    store = open_configured()
    Rulebook(store).enable(name, True, by, store.now())
    print(f'The rule "{name}" is enabled.')
    say_database(store)


@rules.command("disable")
def disable_rule(name: Name, by: By) -> None:
    """Disable a rule: it is no longer judged, and its alerts are closed."""
    store = open_configured()
    Rulebook(store).enable(name, False, by, store.now())
    print(f'The rule "{name}" is disabled.')
    say_database(store)


@rules.command("remove")
def remove_rule(name: Name, by: By) -> None:
    """Remove a rule; its versions are kept, and a default rule does not come back."""
    store = open_configured()
    Rulebook(store).remove(name, by, store.now())
    print(f'The rule "{name}" is removed.')
    say_database(store)


@rules.command("test")
def replay_rule(
    name: Annotated[str | None, typer.Argument(help="The rule's name, unless --file is given.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="JSON of a rule that is not added yet; - is standard input.", allow_dash=True),
    ] = None,
    period: PeriodOption = None,
    output: FormatOption = Format.table,
) -> None:
    """Show on which past days a rule would have fired, without writing anything.

    Without --period, the last 90 days are judged.
    """
    if (name is None) == (file is None):
        raise typer.BadParameter("Name a rule, or give the JSON of one with --file.")
    store = open_configured()
    now = store.now()
    rule = rule_from(_read(file)) if file else Rulebook(store).rule(name or "")
    judged = facts.past(store, rule, resolved(store, chosen_basis(store, None), period or "90d"), now)
    if output is Format.json:
        print_json([_day_json(store, rule, day, evaluations) for day, evaluations in judged])
    else:
        _print_days(store, judged)


def _day_json(store: Store, rule: Rule, day: date, evaluations: list[Evaluation]) -> dict[str, Any]:
    as_dicts = [evaluation_json(store, rule, evaluation) for evaluation in evaluations]
    return {"day": day.isoformat(), "status": worst_status(evaluations), "evaluations": as_dicts}


def _print_days(store: Store, judged: list[tuple[date, list[Evaluation]]]) -> None:
    table = Table("day", "class", "status", "result")
    for day, evaluations in judged:
        for evaluation in evaluations:
            if evaluation.status != "ok":
                of_class, status = escape(class_name(store, evaluation.label) or ""), coloured(evaluation.status)
                table.add_row(str(day), of_class, status, escape(evaluation.sentence))
    if table.row_count:
        console.print(table)
    firing_days = sum(any(evaluation.fires for evaluation in evaluations) for _, evaluations in judged)
    console.print(f"The rule would have fired on {firing_days} of {len(judged)} days.")


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except OSError as error:
        raise MonitorError(f"{file} cannot be read: {error.strerror}. Name a file, or - for standard input.") from None
    except ValueError as error:
        raise RuleError(f"{file} is not JSON: {error}. `{CLI} rules show` prints an example.") from None
    if not isinstance(content, dict):
        raise RuleError(f"{file} is not a rule: it must hold one JSON object.")
    return content
