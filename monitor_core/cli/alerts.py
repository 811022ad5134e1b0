"""The commands `alerts …`: what fired, and what was done about it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from monitor_core.alerting.events import Event
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.timeliness import Timeliness
from monitor_core.cli.evaluations import class_name, coloured
from monitor_core.cli.options import Format, FormatOption, open_configured
from monitor_core.cli.output import console, print_json, say, say_database
from monitor_core.cli.rules import By
from monitor_core.contract import wording
from monitor_core.mongo.alerts import Alerts, Filter
from monitor_core.mongo.connection import storable
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store

alerts = typer.Typer(no_args_is_help=True, help="List alerts and answer them.")

Id = Annotated[str, typer.Argument(help="The alert, as `alerts list` names it.")]
All = Annotated[bool, typer.Option("--all", help="List resolved alerts as well.")]
Page = Annotated[int, typer.Option(min=1, help="The page, of 50 alerts each.")]
Until = Annotated[datetime, typer.Option(help="A time in the configured zone, such as 2026-10-31T09:00:00.")]


@alerts.command("list")
def list_alerts(everything: All = False, page: Page = 1, output: FormatOption = Format.table) -> None:
    """List the open alerts.

    The exit code is 2 if the rules are not judged in time, because an empty list would then mean nothing.
    """
    store = open_configured()
    late = Rulebook(store).timeliness(store.now())
    listed, total = Alerts(store).page(Filter(open=None if everything else True), page - 1)
    if output is Format.json:
        print_json(
            {"alerts": [_alert_json(store, alert) for alert in listed], "total": total, "not_judged": _late_json(late)}
        )
    elif listed:
        _print(store, listed)
    else:
        console.print(
            "There is no alert."
            if everything
            else "No alert is listed as open."
            if late.is_late
            else "No alert is open."
        )
    if late.is_late:
        if output is not Format.json:
            say(late.sentence(store.settings.zone))
        raise typer.Exit(2)


def _late_json(late: Timeliness) -> dict[str, Any] | None:
    """Return the rules that are overdue; None if there are none."""
    if not late.is_late:
        return None
    return {"rules": late.late, "of": late.rules, "since": late.since.isoformat() if late.since else None}


def _print(store: Store, listed: list[Alert]) -> None:
    table = Table("alert", "state", "severity", "class", "since", "reason")
    for alert in listed:
        state = coloured(alert.state) + (" (acknowledged)" if alert.acknowledged else "")
        how = " (found late)" * alert.found_late + " (found at the start)" * alert.found_at_start
        since = f"{alert.opened_on}{how}"
        of_class, reason = escape(class_name(store, alert.label) or ""), escape(alert.evaluation.sentence)
        table.add_row(alert.id, state, alert.severity, of_class, since, reason)
    console.print(table)


@alerts.command("show")
def show_alert(alert: Id) -> None:
    """Print an alert and its events as JSON."""
    store = open_configured()
    feed = Alerts(store)
    events = [_event_json(event) for event in feed.events(alert)]
    print_json(_alert_json(store, feed.alert(alert)) | {"events": events})


@alerts.command("ack")
def acknowledge(alert: Id, by: By, text: Annotated[str, typer.Option(help="The reason, or the action.")] = "") -> None:
    """Acknowledge an alert: it stays open, and no reminders are sent."""
    store = open_configured()
    Alerts(store).acknowledge(alert, by, store.now(), text)
    print(f"{alert} is acknowledged.")
    say_database(store)


@alerts.command("note")
def note(alert: Id, text: Annotated[str, typer.Argument(help="The note.")], by: By) -> None:
    """Add a note to an alert."""
    store = open_configured()
    Alerts(store).note(alert, text, by, store.now())
    print(f"The note is added to {alert}.")
    say_database(store)


@alerts.command("snooze")
def snooze(alert: Id, until: Until, by: By) -> None:
    """Send no notifications about an alert until a given time."""
    store = open_configured()
    instant = until.replace(tzinfo=until.tzinfo or store.settings.zone).astimezone(UTC)
    if instant <= store.now():
        past = wording.instant(instant, store.settings.zone)
        raise typer.BadParameter(f"{past} is in the past; give a time in the future.")
    Alerts(store).snooze(alert, instant, by, store.now())
    print(f"{alert} is snoozed until {wording.instant(instant, store.settings.zone)}.")
    say_database(store)


@alerts.command("false-alarm")
def false_alarm(
    alert: Id, by: By, text: Annotated[str, typer.Option(help="The real cause of the change.")] = ""
) -> None:
    """Mark an alert as a false alarm; the rule's evidence for falling accuracy starts again from zero."""
    store = open_configured()
    Alerts(store).false_alarm(alert, by, store.now(), text)
    print(f"{alert} is marked as a false alarm.")
    say_database(store)


@alerts.command("new-normal")
def new_normal(alert: Id, by: By, text: Annotated[str, typer.Option(help="The cause of the change.")] = "") -> None:
    """Close an alert whose days are the new normal; the rule's reference begins again with the day it opened."""
    store = open_configured()
    Alerts(store).accept(alert, by, store.now(), text)
    print(f"{alert} is closed: its days are the new normal.")
    say_database(store)


def _alert_json(store: Store, alert: Alert) -> dict[str, Any]:
    return {"id": alert.id, "class_name": class_name(store, alert.label), **storable(alert)}


def _event_json(event: Event) -> dict[str, Any]:
    """Return an event as JSON without its statistic, which the alert's evaluation contains."""
    return {name: value for name, value in storable(event).items() if name != "statistic"}
