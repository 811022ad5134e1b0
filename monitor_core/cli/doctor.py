"""Is all in order? What `python -m monitor_core doctor` says, line by line."""

import platform
from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor_core.contract.documents import Waiting
from monitor_core.contract.errors import MonitorError, SettingsError, StateTooNew
from monitor_core.logger import heartbeat
from monitor_core.logger.destinations.protocol import Destination
from monitor_core.logger.destinations.registry import configured
from monitor_core.logger.notifying import Notifier
from monitor_core.mongo import embedded
from monitor_core.mongo.connection import is_embedded, place
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.history.days import HistoryState
from monitor_core.mongo.indexes import Index
from monitor_core.mongo.state import State, TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from monitor_core.settings.version import version

Check = tuple[bool, str]  # whether it is in order, and the sentence


def checks(settings: Settings) -> list[Check]:
    store = Store(settings)
    return [
        (True, f"Prediction monitor {version()}, Python {platform.python_version()}."),
        _database(store),
        *_in_database(store),
        *_destinations(settings),
        *_heartbeat(settings),
        (True, _login(settings)),
        *([] if settings.whylabs_enabled else [(True, "WhyLabs is off: WHYLABS_API_KEY is not set.")]),
    ]


def _database(store: Store) -> Check:
    settings = store.settings
    try:
        version = store.server()
    except MonitorError as wrong:
        reason = embedded.why_not() if is_embedded(settings) else None
        return False, reason or str(wrong)
    return True, f"MongoDB {version} answers at {place(settings)}; {settings.database}.{settings.collection} is read."


def _in_database(store: Store) -> list[Check]:
    """Nothing when it does not answer: the line on the database says why."""
    try:
        return [
            *_indexes(store.indexes.missing()),
            *_fields(store.counts.census(), store.settings),
            *_format(State(store)),
            *_logger(State(store).last_tick(), store.predictions.waiting(), store.now()),
            *_uncertain(Outbox(store).uncertain()),
            *_history(store.history.state(), store.settings.history_check, store.now()),
            *_notifications(Notifier(store), store.now()),
        ]
    except MonitorError:
        return []


def _format(state: State) -> list[Check]:
    try:
        state.check_format()
    except StateTooNew as wrong:
        return [(False, str(wrong))]
    return []


def _indexes(missing: list[Index]) -> list[Check]:
    if not missing:
        return [(True, "All indexes are there.")]
    return [(False, f"No index on {', '.join(i.keys)} ({i.reason}); the worker creates it if it may.") for i in missing]


def _fields(census: dict[str, int], settings: Settings) -> list[Check]:
    total = census.pop("documents")
    if not total:
        return [(False, "The collection is empty; check MONITOR_DATABASE and MONITOR_COLLECTION.")]
    reviewed, not_reviewed = census.pop("reviewed"), census.pop("not_reviewed")
    lines: list[Check] = [(True, f"{total} documents: {reviewed} reviewed, {not_reviewed} not reviewed.")]
    if reviewed + not_reviewed == 0:
        name = settings.fields.prediction
        lines.append((False, f"None has a readable {name}; check the field names in the settings."))
    lines += [(count == 0, f"{reason}: {count}") for reason, count in census.items()]
    if any(census.values()):
        lines.append((False, "`python -m monitor_core quality` shows which documents these are, and how to mend them."))
    return lines


def _logger(last: TickResult | None, waiting: Waiting, now: datetime) -> Iterator[Check]:
    """How the worker's last run ended, and what waits; that is in order as long as the worker is."""
    if last is None:
        yield False, "The logger has never run on this database; start it with ./deploy.sh."
    elif last.error:
        yield False, f"The logger's last run, at {_minute(last.finished_at)}, failed: {last.error}"
    elif last.failures:
        yield False, f"The logger's last run, at {_minute(last.finished_at)}, failed in part."
    elif last.is_overdue(now):
        assert last.next_at  # noqa: S101 - or it could not be overdue
        yield (
            False,
            f"The logger should have run at {_minute(last.next_at)}; start it with ./deploy.sh, or see its log.",
        )
    else:
        yield True, f"The logger's last run, at {_minute(last.finished_at)}, logged {last.logged} documents."
    for one in last.failures if last else ():
        at = f" (at {one.where})" if one.where else ""
        yield False, f"The logger's step {one.step} has failed since {_minute(one.since)}: {one.error}{at}"
    if waiting.rows:
        since = f", the oldest reviewed at {_minute(waiting.oldest_review_at)}" if waiting.oldest_review_at else ""
        in_order = last is not None and last.is_whole and not last.is_overdue(now)
        yield in_order, f"{waiting.rows} reviewed documents wait for the logger{since}."
    else:
        yield True, "No reviewed document waits for the logger."


def _history(state: HistoryState, check_within: timedelta, now: datetime) -> Iterator[Check]:
    """How far the performance history can be behind the documents."""
    if not state.oldest_check_at:
        yield (
            False,
            "There is no performance history yet; the logger keeps it, or `python -m monitor_core history rebuild`.",
        )
        return
    behind = now - state.oldest_check_at > check_within + timedelta(hours=1)
    checked = f"each counted again since {_minute(state.oldest_check_at)}"
    late = f", later than MONITOR_HISTORY_CHECK asks ({check_within})" if behind else ""
    yield not behind, f"The performance history has {state.days} days, {state.due} changed since, {checked}{late}."


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _uncertain(batches: dict[str, list[str]]) -> list[Check]:
    return [
        (
            False,
            f"Batch {batch} may or may not have reached {', '.join(names)}: see whether it is there, then "
            f"`python -m monitor_core logging resolve {batch} --resend` or `--accept`.",
        )
        for batch, names in batches.items()
    ]


def _notifications(notifier: Notifier, now: datetime) -> Iterator[Check]:
    if notifier.targets:
        names = ", ".join(target.name for target in notifier.targets)
        yield True, f"Alerts are told to {names}; `python -m monitor_core notify test` tries them."
    else:
        yield True, "Notifications are off: MONITOR_NOTIFY is not set."
    missing = notifier.messages.undelivered(now)
    if missing:
        last = missing[0]
        why = last.error or "no worker with this target in its settings has tried"
        yield (
            False,
            f"{len(missing)} notifications are not delivered, the newest to {last.target}: {why}. "
            "`python -m monitor_core notify list` lists them.",
        )


def _destinations(settings: Settings) -> list[Check]:
    try:
        return [_destination(one) for one in configured(settings)]
    except SettingsError as wrong:  # of those that other packages bring
        return [(False, str(wrong))]


def _destination(one: Destination) -> Check:
    try:
        one.reach()
    except MonitorError as wrong:
        return False, str(wrong)
    return True, f"The destination {one.name} can be reached."


def _login(settings: Settings) -> str:
    if not settings.login_enabled:
        return "Login is off: MONITOR_LOGIN_METADATA_URL is not set; the app is for this machine alone."
    editors = len(settings.login_editors)
    may_edit = (
        f"{editors} addresses or groups may edit" if editors else "nobody may edit: MONITOR_LOGIN_EDITORS is not set"
    )
    return f"Login is on for {', '.join(settings.login_domains)}; {may_edit}."


def _heartbeat(settings: Settings) -> list[Check]:
    """Where no worker ever was there is nothing to say: it may run on another machine, or by hand."""
    if heartbeat.age_seconds(settings.state_folder) is None:
        return [(True, f"No worker runs on {settings.state_folder}: on another machine, or by hand.")]
    trouble = heartbeat.trouble(settings.state_folder)
    return [(trouble is None, trouble or "The worker is alive.")]
