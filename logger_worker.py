"""The logger: every MONITOR_LOG_EVERY it profiles what was reviewed, delivers it, and marks it as logged."""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from monitor_core import jobs
from monitor_core.errors import MonitorError
from monitor_core.outbox import Outbox
from monitor_core.settings import load
from monitor_core.store import Store

log = logging.getLogger("logger")
stopping = threading.Event()
OWNER = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
RESOLVE = "`python -m monitor_core logging resolve {} --resend` or `--accept`"
ELSEWHERE = "another worker is at work on this database; this one waits"
STANDBY_SECONDS = 15  # how often a waiting worker looks whether the other one still lives


def run_once(store: Store, patient: bool = True) -> bool | None:
    """One tick, told in one line; whether it went well. None: another worker is at it."""
    try:
        result = jobs.tick(store, OWNER, stopping.is_set, patient)
    except MonitorError as wrong:  # the database itself: even the result could not be kept
        log.error("tick failed: %s", wrong)
        return False
    except Exception as wrong:
        log.error("tick failed: %s, a fault of the monitor; please report it", type(wrong).__name__)
        log.debug("details", exc_info=True)
        return False
    if result is None:
        return None
    aside = "".join(f", {count} set aside as {reason}" for reason, count in result.set_aside.items())
    if result.error:
        log.error("tick failed: %s (%d logged before%s)", result.error, result.logged, aside)
    else:
        log.info("tick: %d logged to %s%s", result.logged, " and ".join(result.destinations), aside)
    for batch in result.uncertain:
        log.error("batch %s: nobody can tell whether it arrived; settle it with %s", batch, RESOLVE.format(batch))
    return result.error is None and not result.uncertain


def prepare(store: Store) -> None:
    """The indexes the queries lean on, if we may; everything works without them, slower."""
    try:
        Outbox(store).create_indexes()
        for index in store.create_indexes():
            log.warning("no right to create the index on %s: %s", ", ".join(index.keys), index.reason)
    except MonitorError as wrong:
        log.warning("indexes not looked at: %s", wrong)


def run_forever(store: Store) -> None:
    """Tick until a SIGTERM or SIGINT; the day being delivered is finished first."""
    # UTC: a wall-clock zone would skip or repeat an hour. No grace time: a late tick runs late, never not at all.
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},  # one tick at a time, whoever asked for it
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def stop(*_: object) -> None:
        stopping.set()
        threading.Thread(target=scheduler.shutdown).start()  # not here: it waits for the tick this may interrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    every = store.settings.log_every
    waits = threading.Event()

    def job() -> None:
        prepare(store)
        if run_once(store) is not None:
            waits.clear()
        else:  # look again soon: it may have died
            if not waits.is_set():
                log.info(ELSEWHERE)
            waits.set()
            soon = datetime.now(UTC) + timedelta(seconds=STANDBY_SECONDS)
            scheduler.add_job(job, "date", run_date=soon, id="standby", replace_existing=True)

    scheduler.add_job(job, "interval", seconds=every.total_seconds(), next_run_time=datetime.now(UTC))
    log.info("started; a tick every %s", every)
    scheduler.start()
    log.info("stopped")


def leave(store: Store) -> None:
    """Let another worker begin at once."""
    with suppress(MonitorError):
        Outbox(store).release(OWNER)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="one tick; exit 1 if it fails")
    once = parser.parse_args().once
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    for noisy in ("apscheduler", "httpx", "whylogs"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        store = Store(load().settings)
    except MonitorError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    try:
        if once:
            prepare(store)
            went_well = run_once(store, patient=False)
            if went_well is None:
                log.info(ELSEWHERE)
            return 1 if went_well is False else 0
        run_forever(store)
        return 0
    finally:
        leave(store)


if __name__ == "__main__":
    sys.exit(main())
