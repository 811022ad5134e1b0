"""The logger: every MONITOR_LOG_EVERY it profiles what was reviewed, delivers it, and marks it as logged."""

import argparse
import logging
import signal
import sys
import threading
from datetime import UTC, datetime

from apscheduler.schedulers.blocking import BlockingScheduler

from monitor_core import jobs
from monitor_core.errors import MonitorError
from monitor_core.settings import load
from monitor_core.store import Store

log = logging.getLogger("logger")
stopping = threading.Event()


def run_once(store: Store) -> bool:
    """One tick, told in one line; whether it went well."""
    try:
        result = jobs.tick(store, datetime.now(UTC), stopping.is_set)
    except MonitorError as wrong:  # the database itself: even the result could not be kept
        log.error("tick failed: %s", wrong)
        return False
    except Exception as wrong:
        log.error("tick failed: %s, a fault of the monitor; please report it", type(wrong).__name__)
        log.debug("details", exc_info=True)
        return False
    aside = "".join(f", {count} set aside as {reason}" for reason, count in result.set_aside.items())
    if result.error:
        log.error("tick failed: %s (%d logged before%s)", result.error, result.logged, aside)
    else:
        log.info("tick: %d logged to %s%s", result.logged, " and ".join(result.destinations), aside)
    return result.error is None


def prepare(store: Store) -> None:
    """The indexes the queries lean on, if we may; everything works without them, slower."""
    try:
        for index in store.create_indexes():
            log.warning("no right to create the index on %s: %s", ", ".join(index.keys), index.reason)
    except MonitorError as wrong:
        log.warning("indexes not looked at: %s", wrong)


def run_forever(store: Store) -> None:
    """Tick until a SIGTERM or SIGINT; the day being delivered is finished first."""
    # UTC: a wall-clock zone would skip or repeat an hour. No grace time: a late tick runs late, never not at all.
    scheduler = BlockingScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )

    def stop(*_: object) -> None:
        stopping.set()
        threading.Thread(target=scheduler.shutdown).start()  # not here: it waits for the tick this may interrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    every = store.settings.log_every
    scheduler.add_job(lambda: _job(store), "interval", seconds=every.total_seconds(), next_run_time=datetime.now(UTC))
    log.info("started; a tick every %s", every)
    scheduler.start()
    log.info("stopped")


def _job(store: Store) -> None:
    prepare(store)
    run_once(store)


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
    if once:
        prepare(store)
        return 0 if run_once(store) else 1
    run_forever(store)
    return 0


if __name__ == "__main__":
    sys.exit(main())
