"""Run the logger: at the times of MONITOR_LOG_EVERY it profiles, delivers and marks what was reviewed."""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from monitor_core.contract.errors import MonitorError
from monitor_core.logger import heartbeat
from monitor_core.settings.sources import load

if TYPE_CHECKING:  # --health must answer at once: all that is heavy is imported when it is needed
    from monitor_core.logger.scheduler import Listener
    from monitor_core.mongo.store import Store

FINISH_SECONDS = 8.0  # that the current step may take after SIGTERM
LAST_WORDS_SECONDS = 1.0


class Shutdown:
    """Shutdown on SIGTERM or SIGINT: FINISH_SECONDS later the process has ended, whatever hangs.

    An upload may hang for minutes, and so may the database. Ending is safe: what was begun stands in the outbox.
    """

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.farewells: list[Callable[[], object]] = []  # called at the very end, if there is time
        signal.signal(signal.SIGTERM, self._request)
        signal.signal(signal.SIGINT, self._request)
        threading.Thread(target=self._end_in_time, daemon=True).start()

    def _request(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the next line, which holds a lock
        self.requested.set()

    def _end_in_time(self) -> None:
        self.requested.wait()
        time.sleep(FINISH_SECONDS)
        last = threading.Thread(target=lambda: [farewell() for farewell in self.farewells], daemon=True)
        last.start()
        last.join(LAST_WORDS_SECONDS)  # these may hang too
        os._exit(0)


def listeners(store: "Store") -> "list[Listener]":
    """Return what is called after every run: the exporter for Prometheus, if MONITOR_METRICS_PORT is set."""
    port = store.settings.metrics_port
    if port is None:
        return []
    from monitor_core.logger.prometheus import Exporter

    exporter = Exporter(store)
    exporter.serve(port, store.settings.metrics_address)
    return [exporter.ticked]


def health() -> int:
    try:
        trouble = heartbeat.trouble(load().settings.state_folder)
    except MonitorError as wrong:
        trouble = str(wrong)
    if trouble:
        print(trouble, file=sys.stderr)
    return 1 if trouble else 0


def work(arguments: argparse.Namespace, shutdown: Shutdown) -> int:
    from monitor_core.logger import by_hand, logs, scheduler
    from monitor_core.mongo.store import Store

    settings = load().settings
    logs.configure(settings.log_format)
    store = Store(settings)
    shutdown.farewells += [
        lambda: scheduler.log.warning(
            "stopped", finished=False, reason="a step did not end in time; the next run goes on with it"
        ),
        lambda: heartbeat.end(settings.state_folder),
        lambda: scheduler.leave(store),
    ]
    try:
        if arguments.once:
            return by_hand.once(store, shutdown.requested)
        if arguments.backfill:
            return by_hand.backfill(store, shutdown.requested)
        scheduler.ScheduledLogger(store, shutdown.requested, listeners(store)).run()
        heartbeat.end(settings.state_folder)
        scheduler.log.info("stopped", finished=True)
        return 0
    finally:
        scheduler.leave(store)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--once", action="store_true", help="run once; exit 1 if the run fails")
    ways.add_argument(
        "--backfill", action="store_true", help="run until no review waits; exit 1 if a run logs none of them"
    )
    ways.add_argument(
        "--health", action="store_true", help="exit 0 if the logger of this state folder is alive, else 1"
    )
    arguments = parser.parse_args()
    if arguments.health:
        return health()
    shutdown = Shutdown()
    try:
        return work(arguments, shutdown)
    except MonitorError as wrong:
        print(wrong, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
