"""The commands on rules, alerts and annotations, and `check`, which a deployment can wait for."""

import getpass
import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.rules import Rule, as_json, rule_from
from monitor_core.cli.options import Format, Output, Span, console, day
from monitor_core.contract.calendar import local_day, preset
from monitor_core.contract.errors import MonitorError, RuleError
from monitor_core.mongo.alerts import Alerts, Filter
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.connection import plain
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.state import open_store
from monitor_core.mongo.store import Store
from monitor_core.reports import facts
from monitor_core.settings.sources import load

EXIT_CODES = {"ok": 0, "firing": 1, "no data": 2, "check failed": 2}
COLOURS = {"ok": "green", "firing": "red", "no data": "yellow", "check failed": "yellow", "pending": "yellow"}
rules_app = typer.Typer(no_args_is_help=True, help="What is watched and when it rings.")
alerts_app = typer.Typer(no_args_is_help=True, help="What rang, and what was done about it.")

By = Annotated[str, typer.Option("--by", help="Who does it.", default_factory=getpass.getuser, show_default="you")]
File = Annotated[Path, typer.Option("--file", help="JSON; - reads standard input.", allow_dash=True)]
Name = Annotated[str, typer.Argument(help="The rule's name.")]
Id = Annotated[str, typer.Argument(help="The alert, as `alerts list` names it.")]


def _store() -> Store:
    return open_store(load().settings)


# ---- rules


@rules_app.command("list")
def list_rules(output: Output = Format.table) -> None:
    """All rules and what the worker found last."""
    store = _store()
    rules = Rulebook(store).rules()
    latest = {one.rule.name: one.evaluations for one in Rulebook(store).latest()}
    if output is Format.json:
        _print_json([as_json(rule) | {"status": _status(latest.get(rule.name, ()))} for rule in rules])
        return
    table = Table("rule", "title", "severity", "status")
    for rule in rules:
        status = _status(latest.get(rule.name, ())) or "not judged yet"
        table.add_row(rule.name, escape(rule.title), rule.severity, status if rule.enabled else "disabled")
    console.print(table)


@rules_app.command("show")
def show_rule(
    name: Name, versions: Annotated[bool, typer.Option("--versions", help="With all earlier ones.")] = False
) -> None:
    """A rule as JSON, as `add` and `edit` read it."""
    book = Rulebook(_store())
    if versions:
        _print_json([{"what": one.change, "rule": as_json(one.rule)} for one in book.versions(name)])
    else:
        _print_json(as_json(book.rule(name)))


@rules_app.command("add")
def add_rule(file: File, by: By) -> None:
    """A new rule."""
    store = _store()
    rule = Rulebook(store).add(rule_from(_read(file)), by, store.now())
    print(f'The rule "{rule.name}" is added; the worker judges it from its next run on.')


@rules_app.command("edit")
def edit_rule(name: Name, file: File, by: By) -> None:
    """Replace the fields that the JSON has; the others stay."""
    store = _store()
    rule = Rulebook(store).edit(name, _read(file), by, store.now())
    print(f'The rule "{name}" is at version {rule.version}.')


@rules_app.command("enable")
def enable_rule(name: Name, by: By) -> None:
    """Judge it again."""
    store = _store()
    Rulebook(store).enable(name, True, by, store.now())
    print(f'The rule "{name}" is enabled.')


@rules_app.command("disable")
def disable_rule(name: Name, by: By) -> None:
    """Keep it, but do not judge it; its alerts are closed."""
    store = _store()
    Rulebook(store).enable(name, False, by, store.now())
    print(f'The rule "{name}" is disabled.')


@rules_app.command("remove")
def remove_rule(name: Name, by: By) -> None:
    """Take it away; its versions stay, and a default one does not come back."""
    store = _store()
    Rulebook(store).remove(name, by, store.now())
    print(f'The rule "{name}" is removed.')


@rules_app.command("test")
def replay_rule(
    name: Annotated[str | None, typer.Argument(help="A rule, or none with --file.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="JSON of a rule not added yet; - for stdin.", allow_dash=True)
    ] = None,
    period: Span = None,
    output: Output = Format.table,
) -> None:
    """When would it have rung? Over the last 90 days unless a period is given; nothing is written."""
    if (name is None) == (file is None):
        raise typer.BadParameter("Name a rule, or give the JSON of one with --file.")
    store = _store()
    now = store.now()
    rule = rule_from(_read(file)) if file else Rulebook(store).rule(name or "")
    found = facts.past(store, rule, period or preset("90d", local_day(now, store.settings.zone)), now)
    if output is Format.json:
        _print_json([_replayed(store, rule, *one) for one in found])
        return
    rang = [(on, one) for on, said in found for one in said if one.status != "ok"]
    table = Table("day", "class", "status", "what")
    for on, one in rang:
        table.add_row(str(on), escape(_class(store, one.label) or ""), _coloured(one.status), escape(one.sentence))
    if rang:
        console.print(table)
    days = sum(any(one.fires for one in said) for _, said in found)
    console.print(f"It would have rung on {days} of {len(found)} days.")


def _replayed(store: Store, rule: Rule, on: date, said: list[Evaluation]) -> dict[str, Any]:
    evaluations = [_told(store, rule, one) for one in said]
    return {"day": on.isoformat(), "status": _worst(said), "evaluations": evaluations}


# ---- alerts


@alerts_app.command("list")
def list_alerts(
    everything: Annotated[bool, typer.Option("--all", help="With those that are resolved.")] = False,
    page: Annotated[int, typer.Option(min=1, help="50 alerts each.")] = 1,
    output: Output = Format.table,
) -> None:
    """The open alerts."""
    store = _store()
    found, total = Alerts(store).page(Filter(open=None if everything else True), page - 1)
    if output is Format.json:
        _print_json({"alerts": [_alert(store, one) for one in found], "total": total})
        return
    table = Table("alert", "state", "severity", "class", "since", "what")
    for one in found:
        marks = " (acknowledged)" if one.acknowledged else ""
        said = escape(one.evaluation.sentence)
        on = f"{one.opened_on}{' (found late)' if one.found_late else ''}"
        table.add_row(
            one.id, _coloured(one.state) + marks, one.severity, escape(_class(store, one.label) or ""), on, said
        )
    console.print(table if found else "Nothing is open." if not everything else "There is no alert.")


@alerts_app.command("show")
def show_alert(alert: Id) -> None:
    """An alert with all that happened to it, as JSON."""
    store = _store()
    feed = Alerts(store)
    _print_json(_alert(store, feed.alert(alert)) | {"events": [_event(one) for one in feed.events(alert)]})


@alerts_app.command("ack")
def acknowledge(alert: Id, by: By, text: Annotated[str, typer.Option(help="Why, or what is done.")] = "") -> None:
    """Say that somebody knows: it stays open and is not repeated."""
    store = _store()
    Alerts(store).acknowledge(alert, by, store.now(), text)
    print(f"{alert} is acknowledged.")


@alerts_app.command("note")
def note(alert: Id, text: str, by: By) -> None:
    """Write something beside it."""
    store = _store()
    Alerts(store).note(alert, text, by, store.now())
    print(f"{alert} has your note.")


@alerts_app.command("snooze")
def snooze(
    alert: Id, until: Annotated[datetime, typer.Option(help="In the configured zone: 2026-10-31T09:00:00.")], by: By
) -> None:
    """Tell nobody of it before then."""
    store = _store()
    instant = until.replace(tzinfo=until.tzinfo or store.settings.zone).astimezone(UTC)
    if instant <= store.now():
        raise typer.BadParameter(f"{until} is over; give a time to come.")
    Alerts(store).snooze(alert, instant, by, store.now())
    print(f"Nobody is told of {alert} before {until}.")


@alerts_app.command("false-alarm")
def false_alarm(alert: Id, by: By, text: Annotated[str, typer.Option(help="What it was instead.")] = "") -> None:
    """Mark it as one; the evidence that accuracy is falling starts again from nothing."""
    store = _store()
    Alerts(store).false_alarm(alert, by, store.now(), text)
    print(f"{alert} is marked as a false alarm.")


# ---- annotations, and the check


def annotate(
    kind: Annotated[str, typer.Argument(help="deployment, retraining or note.")],
    by: By,
    on: Annotated[date | None, typer.Option("--day", parser=day, help="Local day; none = today.")] = None,
    text: Annotated[str, typer.Option(help="What it was.")] = "",
) -> None:
    """Note what happened on a day; rules may compare with the days since the last retraining."""
    store = _store()
    now = store.now()
    made = Annotations(store).add(kind, on or local_day(now, store.settings.zone), text, by, now)
    print(f"{made.kind.capitalize()} on {made.day} is noted.")


def annotations(
    remove: Annotated[str | None, typer.Option(help="Take this one away, by its id.")] = None,
    output: Output = Format.table,
) -> None:
    """The annotations, or one fewer."""
    store = _store()
    noted = Annotations(store)
    if remove:
        noted.remove(remove)
        print(f"The annotation {remove} is removed.")
        return
    found = noted.read()
    if output is Format.json:
        _print_json([asdict(one) for one in found])
        return
    table = Table("id", "day", "kind", "text", "by")
    for one in found:
        table.add_row(one.id, str(one.day), one.kind, escape(one.text), escape(one.by))
    console.print(table if found else "There is no annotation.")


def check(
    period: Span = None,
    rules: Annotated[str, typer.Option(help="Names, with commas between them; none = all that are enabled.")] = "",
    output: Output = Format.table,
) -> None:
    """Judge the rules once, and write nothing: exits 0 if all is well, 1 if one fires, 2 without data or an answer.

    A period is judged as one window, on its last day.
    """
    store = _store()
    book, now = Rulebook(store), store.now()
    names = [name.strip() for name in rules.split(",") if name.strip()]
    chosen = [book.rule(name) for name in names] if names else [rule for rule in book.rules() if rule.enabled]
    if not chosen:
        raise RuleError("There is no enabled rule to check; `python -m monitor_core rules list` names them all.")
    found = facts.check(store, chosen, now, period)
    told = [_told(store, rule, one) for rule in chosen for one in found[rule.name]]
    status = _worst([one for said in found.values() for one in said])
    if output is Format.json:
        _print_json({"at": now.isoformat(), "status": status, "evaluations": told})
    else:
        _print_check(told)
    raise typer.Exit(EXIT_CODES[status])


def _print_check(told: list[dict[str, Any]]) -> None:
    for one in told:
        of_class = f" ({one['class_name']})" if one["class_name"] else ""
        console.print(_coloured(f"{one['status']:<12}"), end=" ")
        console.print(f"{one['rule']}{of_class}: {one['sentence']}", markup=False)


def _worst(found: list[Evaluation]) -> str:
    """What fires is more than what is not known."""
    order = ("firing", "check failed", "no data")
    return next((status for status in order if any(one.status == status for one in found)), "ok")


def _status(found: tuple[Evaluation, ...]) -> str | None:
    return _worst(list(found)) if found else None


# ---- in and out


def _read(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        found = json.loads(text)
    except OSError as wrong:
        raise MonitorError(f"{file} cannot be read: {wrong.strerror}. Name a file, or - for standard input.") from None
    except ValueError as wrong:
        raise RuleError(f"{file} is no JSON: {wrong}. `python -m monitor_core rules show` prints an example.") from None
    if not isinstance(found, dict):
        raise RuleError(f"{file} is no rule: it must hold one JSON object.")
    return found


def _told(store: Store, rule: Rule, one: Evaluation) -> dict[str, Any]:
    about = {"rule": rule.name, "title": rule.title, "severity": rule.severity}
    return {**about, "class_name": _class(store, one.label), **plain(one)}


def _event(event: Event) -> dict[str, Any]:
    """As the JSON has always had it: what a drift rule measured is in the alert's evaluation."""
    return {name: value for name, value in plain(event).items() if name != "statistic"}


def _alert(store: Store, alert: Alert) -> dict[str, Any]:
    return {"id": alert.id, "class_name": _class(store, alert.label), **plain(alert)}


def _class(store: Store, label: int | None) -> str | None:
    return None if label is None else store.settings.class_name(label)


def _coloured(status: str) -> str:
    return f"[{COLOURS.get(status.strip(), 'default')}]{status}[/]"


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=1, default=_instant))


def _instant(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
