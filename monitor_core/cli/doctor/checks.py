"""Checks of an installation: the sentences that the command `doctor` prints."""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from monitor_core.alerting.routing import routing_problems
from monitor_core.cli.doctor.access import (
    Check,
    expiry,
    missing_indexes,
    own_collation,
    refusing_indexes,
    reviewing,
    rights,
)
from monitor_core.contract import wording
from monitor_core.contract.documents import Notation, Waiting
from monitor_core.contract.errors import DatabaseRefused, MonitorError, SettingsError, StateTooNew
from monitor_core.contract.findings import problem_under
from monitor_core.contract.wording import count, listed
from monitor_core.logger import heartbeat
from monitor_core.logger.destinations.protocol import Destination
from monitor_core.logger.destinations.registry import configured, why_refused
from monitor_core.logger.notifying import Notifier
from monitor_core.logger.profiles import why_no_whylogs
from monitor_core.mongo import embedded
from monitor_core.mongo.connection import is_embedded, place
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.history.days import HistoryState
from monitor_core.mongo.rulebook import Rulebook, Unusable
from monitor_core.mongo.state import State, TickResult
from monitor_core.mongo.store import Store
from monitor_core.reports.contact.diagnosis import diagnose
from monitor_core.reports.sealed import sealed_days
from monitor_core.reports.state.scheduled import schedule_in_words
from monitor_core.settings.place import CLI, START
from monitor_core.settings.settings import Settings, database_of
from monitor_core.settings.sources import former_settings
from monitor_core.settings.targets import targets
from monitor_core.settings.version import version


def checks(settings: Settings, with_neighbours: bool = True) -> list[Check]:
    """Check the database, the documents, the destinations, the logger and the login.

    `with_neighbours`: name the other collections too, if this one has no predictions.
    """
    store = Store(settings)
    lines = [
        (True, f"Prediction monitor {version()}, Python {platform.python_version()}."),
        _database(store),
        *embedded.about_program(settings),
        *_databases(settings),
        *_version(store),
        *_in_database(store, with_neighbours),
        *_destinations(settings),
        *_heartbeat(settings),
        (True, _login(settings)),
        *((True, sentence) for sentence in former_settings()),
        *([] if settings.whylabs_enabled else [(True, "WhyLabs is off: WHYLABS_API_KEY is not set.")]),
    ]
    return list(dict.fromkeys(lines))


def _database(store: Store) -> Check:
    settings = store.settings
    try:
        version = store.server()
    except MonitorError as error:
        reason = embedded.why_not(settings) if is_embedded(settings) else None
        return False, reason or str(error)
    collection = f"{settings.database}.{settings.collection}"
    return True, f"MongoDB {version} answers at {place(settings)}; its collection is {collection}."


def _version(store: Store) -> Iterator[Check]:
    """Say which parts of the monitor the server is too old for, if it answers."""
    with suppress(MonitorError):
        if lacking := store.lacks("everything"):
            yield False, lacking
        elif lacking := store.lacks("data quality"):
            yield True, lacking


def _databases(settings: Settings) -> Iterator[Check]:
    named = database_of(settings.mongodb_uri)
    if named and named != settings.database:
        yield True, f"The address names the database {named}; MONITOR_DATABASE, which is {settings.database}, wins."
    if settings.state_database and settings.state_database != settings.database:
        yield True, f"The monitor's own collections are in the database {settings.state_database}."


def _in_database(store: Store, with_neighbours: bool) -> list[Check]:
    """Check everything in the database; empty if it does not answer, which its own line reports."""
    state, settings = store.state, store.settings
    parts: tuple[Callable[[], Iterable[Check]], ...] = (
        lambda: _clocks(store.now()),
        lambda: rights(store, state.last_tick()),
        lambda: own_collation(store),
        lambda: reviewing(store),
        lambda: missing_indexes(store),
        lambda: expiry(store),
        lambda: refusing_indexes(store.indexes.refusing(), settings),
        lambda: _fields(store.counts.census(), store, with_neighbours),
        lambda: _superseded(store),
        lambda: _format(state),
        lambda: _unmarked(store.unmarked.reasons()),
        lambda: _logger(state.last_tick(), store.predictions.waiting(), store.now(), settings),
        lambda: _uncertain(Outbox(store).uncertain()),
        lambda: _history(store.history.state(), settings, store.now()),
        lambda: _preserved(store),
        lambda: _rules(Rulebook(store).unusable()),
        lambda: ((False, sentence) for sentence in routing_problems(Rulebook(store).rules(), targets(settings))),
        lambda: _notifications(Notifier(store), store.now()),
        lambda: schedule_in_words(store, store.now()),
    )
    lines: list[Check] = []
    for part in parts:
        try:
            lines += part()
        except (DatabaseRefused, SettingsError) as error:
            lines.append((False, f"A check could not be made: {error}"))
        except MonitorError:
            break
    return list(dict.fromkeys(lines))


def _superseded(store: Store) -> Iterator[Check]:
    """Say how many documents are superseded, if each file counts once."""
    if store.superseded.is_on:
        yield True, wording.superseded(store.superseded.number())


def _unmarked(reasons: Counter[str]) -> Iterator[Check]:
    """Say why logged predictions could not be marked; their ids are stored, so nothing has to be done."""
    for reason, number in reasons.items():
        yield (
            True,
            f"{count(number, 'logged prediction')} cannot be marked as logged: {reason}. The logger keeps a list.",
        )


def _clocks(database: datetime) -> list[Check]:
    difference = wording.clock_difference(datetime.now(UTC), database)
    return [(False, difference)] if difference else []


def _format(state: State) -> list[Check]:
    try:
        state.check_format()
    except StateTooNew as error:
        return [(False, str(error))]
    return []


def _fields(census: dict[str, int], store: Store, with_neighbours: bool) -> list[Check]:
    settings, total = store.settings, census.pop("documents")
    it = diagnose(store)
    if it and not with_neighbours:
        it = it.of_this_collection
    wrong: list[Check] = [(False, " ".join(it.sentences))] if it else []
    if not total:
        return wrong or [(False, "The first document has just arrived.")]
    reviewed, not_reviewed = census.pop("reviewed"), census.pop("not_reviewed")
    lines: list[Check] = [(True, f"{count(total, 'document')}: {reviewed:,} reviewed, {not_reviewed:,} not reviewed.")]
    lines += wrong
    lines += [(False, _of_problem(name, number, settings.notation)) for name, number in census.items() if number]
    if any(census.values()):
        remedy = f"`{CLI} quality` shows these documents and how to correct them"
        lines.append((False, f"{remedy}; `logging set-aside` lists those that the logger cannot take."))
    return lines


def _of_problem(name: str, number: int, notation: Notation) -> str:
    problem = problem_under(name, notation)
    of_logger = f" {problem.does}" if name in ("no_id", "repeated_id") else ""
    return f"{problem.counted(number)}.{of_logger}"


def _logger(last: TickResult | None, waiting: Waiting, now: datetime, settings: Settings) -> Iterator[Check]:
    """Check how the logger's last run ended; reviews may wait for it as long as it runs."""
    schedule, zone = settings.log_every, settings.zone
    ended = wording.instant(last.finished_at, zone) if last else ""
    if last is None:
        yield False, f"The logger has never run on this database; start it with {START}."
    elif last.error:
        yield False, f"The logger's last run, on {ended}, failed: {last.error}"
    elif last.failures:
        yield False, f"The logger's last run, on {ended}, failed in part."
    elif last.is_overdue(now):
        assert last.next_at  # noqa: S101 - or it could not be overdue
        due = wording.instant(last.next_at, zone)
        yield False, f"The logger should have run on {due}; start it with {START}, or read its log."
    elif schedule.is_late(last.finished_at, now):
        yield (
            False,
            f"The logger's last run was on {ended}, but MONITOR_LOG_EVERY is {schedule}; start it with {START}, or "
            "read its log.",
        )
    else:
        yield True, f"The logger's last run, on {ended}, logged {count(last.logged, 'document')}."
    for failure in last.failures if last else ():
        place = f" (at {failure.where})" if failure.where else ""
        since = wording.instant(failure.since, zone)
        yield False, f"The logger's step {failure.step} has failed since {since}: {failure.error}{place}"
    yield _waiting(waiting, settings, last is not None and last.is_whole and not last.is_overdue(now))


def _waiting(waiting: Waiting, settings: Settings, in_order: bool) -> Check:
    if not waiting.rows:
        return True, "No reviewed prediction waits for the logger."
    wait, oldest = "waits" if waiting.rows == 1 else "wait", waiting.oldest_review_at
    since = f", the oldest reviewed on {wording.instant(oldest, settings.zone)}" if oldest else ""
    return in_order, f"{count(waiting.rows, 'reviewed prediction')} {wait} for the logger{since}."


def _history(state: HistoryState, settings: Settings, now: datetime) -> Iterator[Check]:
    """Check how far the stored history can be behind the documents."""
    if not state.oldest_check_at:
        yield (
            False,
            f"There is no performance history yet; start the logger, or use `{CLI} history rebuild`.",
        )
        return
    allowed, checked = settings.history_check, wording.instant(state.oldest_check_at, settings.zone)
    behind = now - state.oldest_check_at > allowed + timedelta(hours=1)
    stored = f"{count(state.days, 'stored day')} by review date and by prediction date"
    late = f", longer ago than MONITOR_HISTORY_CHECK ({wording.duration(allowed)}) allows" if behind else ""
    changed = f"; {count(state.due, 'day')} will be counted again" if state.due else ""
    yield not behind, f"The performance history has {stored}; oldest check: {checked}{late}{changed}."


def _preserved(store: Store) -> Iterator[Check]:
    """Say how many sealed days keep figures whose documents are gone."""
    days = [lossy.day for lossy in store.history.preserved("predicted")]
    if days:
        yield True, f"By prediction date, {sealed_days(days)}"


def _uncertain(batches: dict[str, list[str]]) -> list[Check]:
    return [
        (
            False,
            f"Batch {batch} may or may not have reached {listed(names)}: check whether it has arrived, then run "
            f"`{CLI} logging resolve {batch} --resend` or `--accept`.",
        )
        for batch, names in batches.items()
    ]


def _rules(unusable: list[Unusable]) -> Iterator[Check]:
    """Name the rules that cannot be used; disabled ones do no harm."""
    for rule in unusable:
        yield not rule.enabled, rule.reason


def _notifications(notifier: Notifier, now: datetime) -> Iterator[Check]:
    if notifier.targets:
        names = listed(target.name for target in notifier.targets)
        yield True, f"Notifications go to {names}; `{CLI} notify test` tries them."
    else:
        yield True, "Notifications are off: MONITOR_NOTIFY is not set."
    missing = notifier.messages.undelivered(now)
    if missing:
        last = missing[0]
        undelivered = f"{count(len(missing), 'notification')} {'has' if len(missing) == 1 else 'have'}"
        reason = last.error or "no logger with this address in its settings has tried"
        yield (
            False,
            f"{undelivered} not been delivered. The newest, to {last.target}: {reason}. "
            f"`{CLI} notify list` lists them.",
        )


def _destinations(settings: Settings) -> list[Check]:
    try:
        destinations = configured(settings)
    except SettingsError as error:  # in those that other packages bring
        return [(False, str(error))]
    reason = why_no_whylogs()
    own = [(True, f"Profiles are the monitor's own, in JSON, because {reason}.")] if reason else []
    refusal = why_refused(destinations)
    return [*map(_destination, destinations), *([(False, refusal)] if refusal else own)]


def _destination(destination: Destination) -> Check:
    try:
        destination.reach()
    except MonitorError as error:
        return False, str(error)
    return True, f"The destination {destination.name} can be reached."


def _login(settings: Settings) -> str:
    if not settings.login_enabled:
        return "Login is off (MONITOR_LOGIN_METADATA_URL is not set): the app listens on this machine only."
    editors = len(settings.login_editors)
    may_edit = (
        f"{count(editors, 'address or group', 'addresses or groups')} may edit"
        if editors
        else "nobody may edit: MONITOR_LOGIN_EDITORS is not set"
    )
    return f"Login is on for {listed(settings.login_domains)}; {may_edit}."


def _heartbeat(settings: Settings) -> list[Check]:
    """Check the heartbeat; it is fine if there is none, because the logger may run on another machine."""
    if heartbeat.age_seconds(settings.model_folder) is None:
        return [
            (
                True,
                f"No logger runs with the state folder {settings.model_folder}; it may run elsewhere, or by hand.",
            )
        ]
    trouble = heartbeat.trouble(settings.model_folder)
    return [(trouble is None, trouble or "The logger is alive.")]
