"""The schedule of the logger's runs; no other module of the logger imports APScheduler."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from monitor_core.contract.errors import MonitorError, SettingsError, StateTooNew
from monitor_core.logger import heartbeat, logs
from monitor_core.logger.outcome import Outcome, destination_names, log_outcome, run, save_failure
from monitor_core.logger.run import Turns, keep_turn
from monitor_core.logger.tick import help_out, tick
from monitor_core.logger.watchdog import Watchdog
from monitor_core.mongo.connection import place
from monitor_core.mongo.delivery import leases
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.types import Schedule

OWNER = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
LONGEST_JITTER_SECONDS = 10.0  # so that many monitors on one database do not come all at once
LONGEST_RETRY_SECONDS = 60.0  # between two attempts to reach the database
BEAT_SECONDS = 5.0
STUCK_SECONDS = 15 * 60.0  # a run without any progress for so long is stuck: the heartbeat stops
CLOCK_SECONDS = 1.0  # between two comparisons of the clock with one that cannot be moved
JUMP_SECONDS = 5.0
TICK = "tick"  # the job's id

log = logs.logger()
Listener = Callable[[float, TickResult | None, str | None], None]  # seconds, result, kind of failure


def trigger(schedule: Schedule) -> IntervalTrigger | CronTrigger:
    """Return the APScheduler trigger of a schedule: in UTC, with a tenth of the interval as jitter."""
    seconds = schedule.every.total_seconds() if schedule.every else 60.0  # no cron comes more often
    jitter = min(LONGEST_JITTER_SECONDS, seconds / 10)
    if schedule.every:
        return IntervalTrigger(seconds=seconds, timezone=UTC, jitter=jitter)
    cron = CronTrigger.from_crontab(schedule.cron, timezone=UTC)
    cron.jitter = jitter
    return cron


class IndexCreation:
    """Creation of the indexes that the user may create; without them everything works, but slower.

    A missing index is logged once.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.logged: set[str] = set()

    def run(self) -> None:
        try:
            Outbox(self.store).create_indexes()
            self.store.history.create_indexes()
            if self.store.indexes.have_a_collection():  # its owner creates it, with options of their own
                for index in self.store.indexes.create():
                    self._warn(index.name, index.reason)
        except MonitorError as wrong:
            self._warn("monitor_*", str(wrong))

    def _warn(self, keys: str, reason: str) -> None:
        if keys not in self.logged:
            log.warning("index_missing", keys=keys, reason=reason)
        self.logged.add(keys)


class ScheduledLogger:
    """The scheduled runs of the logger, until it is stopped.

    A run is a job that schedules its successor: by the schedule (at once if that time has passed), or sooner while the
    database is down or another logger has the lease. Two further jobs have their own threads, because a run may take
    long: the heartbeat, and the renewal of the lease, which keeps a second logger on standby between runs.
    """

    def __init__(
        self, store: Store, stop: threading.Event, listeners: list[Listener], turns: Turns | None = None
    ) -> None:
        self.store = store
        self.stop = stop
        self.model = store.settings.model if turns else ""  # in the log
        self.turns = turns or Turns()  # with other models, if there are several
        self.end_turn: Callable[[], None] = keep_turn
        self.listeners = listeners
        self.indexes = IndexCreation(store)
        self.watchdog = Watchdog(store.settings)
        self.progress_at: float | None = None  # of the current run; None between runs
        self.has_lease = False
        self.stands_by = False
        self.is_needed = False  # while it stands by: old days of the history are left to count
        self.beats = True  # the last heartbeat was written
        self.refusal: StateTooNew | None = None  # why it ended by itself
        self.failed_tries = 0  # to reach the database, in a row
        threads = (TICK, "heartbeat", "lease")
        self.executors = {name: ThreadPoolExecutor(1) for name in threads}
        # No grace time: a late run is made up, once, and never dropped.
        self.scheduler = BlockingScheduler(
            timezone=UTC,
            executors=self.executors,
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Run until `stop` is set and the current step has ended."""
        settings, names = self.store.settings, self._destinations()
        log.info("started", schedule=str(settings.log_every), database=place(settings), destinations=names, owner=OWNER)
        self._add("heartbeat", self._beat, IntervalTrigger(seconds=BEAT_SECONDS, timezone=UTC))
        self._add("lease", self._keep_lease, IntervalTrigger(seconds=_lease_seconds() / 3, timezone=UTC))
        self._add(TICK, self._tick, trigger(settings.log_every), instances=2)  # the second waits for the only thread
        for act in (lambda: self.watchdog.watch(self.stop), self._follow_clock_until_stop):
            threading.Thread(target=self._in_our_name, args=(act,), daemon=True).start()
        self.scheduler.start()
        for executor in self.executors.values():
            executor.shutdown()
        if self.refusal:
            raise self.refusal

    def _destinations(self) -> list[str]:
        """Return the names of the destinations; where one cannot be made, of several models only its logging fails."""
        try:
            return list(destination_names(self.store))
        except SettingsError:
            if not self.model:
                raise
            return []

    def _add(self, name: str, act: Callable[[], None], when: Any, instances: int = 1) -> None:
        now = datetime.now(UTC)
        self.scheduler.add_job(
            self._in_our_name, when, args=(act,), id=name, executor=name, next_run_time=now, max_instances=instances
        )

    def _in_our_name(self, act: Callable[[], None]) -> None:
        """Let what happens in another thread log the model that it is of."""
        logs.of_model.set(self.model)
        act()

    def _follow_clock_until_stop(self) -> None:
        """Follow the clock, and shut the scheduler down once `stop` is set.

        The signal handler does not do this, as it may interrupt the scheduler while that holds a lock. The scheduler
        does not wait for the run either, since it would hold the lock that the run needs to schedule the next one.
        """
        self._follow_clock()
        while not self.scheduler.running:
            time.sleep(0.01)
        self.scheduler.shutdown(wait=False)

    def _follow_clock(self) -> None:
        """Make all jobs due at once when this machine's clock jumps; the scheduler would wait for it to catch up."""
        ahead = time.time() - time.monotonic()
        while not self.stop.wait(CLOCK_SECONDS):
            before, ahead = ahead, time.time() - time.monotonic()
            if abs(ahead - before) > JUMP_SECONDS:
                log.warning("clock_moved", seconds=round(ahead - before))
                for job in self.scheduler.get_jobs():
                    if job.next_run_time is not None:  # the run that goes on plans its successor itself
                        _set_next_run(job, datetime.now(UTC))

    def _tick(self) -> None:
        job = self.scheduler.get_job(TICK)
        if job is None or self.stop.is_set():
            return
        next_at = due = job.next_run_time
        _set_next_run(job, None)
        self._progress()
        try:
            with self.turns.turn(self._waits) as self.end_turn:
                if self.stop.is_set():
                    return
                outcome = self._run()
            pause, now = self._pause(outcome), datetime.now(UTC)
            next_at = self._next_time(due, now) if pause is None else now + timedelta(seconds=pause)
            self.watchdog.ended(outcome, (next_at - now).total_seconds())
            if self.has_lease:
                with suppress(MonitorError):
                    self.store.state.save_next_run(next_at - now)
        except StateTooNew as wrong:
            self.refusal = wrong
            self.stop.set()
        finally:  # whatever happened, there is a next run
            self.progress_at = None
            _set_next_run(job, next_at)

    def _waits(self) -> bool:
        """Return whether to wait for a turn; waiting is neither being stuck nor silent."""
        self._progress()
        self.watchdog.waits()
        return not self.stop.is_set()

    def _next_time(self, due: datetime, now: datetime) -> datetime:
        """Return when the schedule's next run is, correcting for a clock that was put back during the run."""
        schedule = self.store.settings.log_every
        latest = now + schedule.every if schedule.every else trigger(schedule).get_next_fire_time(None, now)
        return min(max(due, now), latest or due)

    def _run(self) -> Outcome:
        """Run once and log the outcome."""
        outcome = run(self._work)
        self.has_lease = outcome.result is not None
        self.failed_tries = self.failed_tries + 1 if outcome.failure == "database" else 0
        if not (outcome.is_standby and self.stands_by):  # standby is logged once
            log_outcome(outcome, self._pause(outcome))
        self.stands_by = outcome.is_standby
        save_failure(self.store, outcome)
        for listener in () if outcome.is_standby else self.listeners:
            listener(outcome.seconds, outcome.result, outcome.failure)
        return outcome

    def _work(self) -> TickResult | None:
        self.store.server()  # raises if the database is down, before every index is reported as missing
        self.store.state.check_format()
        if not self.stands_by:
            self.indexes.run()
        result = tick(self.store, OWNER, self._stopping, True, lambda rows: self._progress(), self.end_turn)
        if result is None:
            self._help()
        return result

    def _help(self) -> None:
        def stopping() -> bool:
            self._progress()
            return self.stop.is_set()

        helped = help_out(self.store, stopping)
        self.is_needed = bool(helped.counted and helped.left)
        if helped.counted:
            log.info("helped", history_days=helped.counted, left=helped.left)

    def _pause(self, outcome: Outcome) -> float | None:
        """Return the seconds to the next run; None for the schedule's next time."""
        if outcome.failure == "database":
            return min(LONGEST_RETRY_SECONDS, 2.0 ** min(self.failed_tries - 1, 10))
        if outcome.is_standby:
            return 0 if self.is_needed else _lease_seconds() / 9
        return None

    def _progress(self) -> None:
        self.progress_at = time.monotonic()

    def _stopping(self) -> bool:
        """Return whether the run has to stop; it asks before each step, which needs the lease."""
        self._progress()
        self.has_lease = True
        return self.stop.is_set()

    def _is_stuck(self) -> bool:
        began = self.progress_at
        return began is not None and time.monotonic() - began > STUCK_SECONDS

    def _beat(self) -> None:
        if self.stop.is_set() or self._is_stuck():
            return
        try:
            heartbeat.beat(self.store.settings.model_folder)
            self.beats = True
        except OSError as wrong:
            if self.beats:  # a failure is logged once
                log.error("heartbeat_failed", error=f"{wrong.filename} cannot be written ({wrong.strerror}).")
            self.beats = False

    def _keep_lease(self) -> None:
        """Renew the lease, but not for a run that is stuck, so that another logger can take over."""
        if self.has_lease and not (self.stop.is_set() or self._is_stuck()):
            with suppress(MonitorError):
                Outbox(self.store).acquire(OWNER)


def _set_next_run(job: Job, at: datetime | None) -> None:
    with suppress(JobLookupError):  # the scheduler has been shut down
        job.modify(next_run_time=at)


def _lease_seconds() -> float:
    return leases.SPAN.total_seconds()


def leave(store: Store) -> None:
    """Release the lease, so that another logger can begin at once."""
    with suppress(MonitorError):
        Outbox(store).release(OWNER)
