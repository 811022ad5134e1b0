"""The logger: at the times of MONITOR_LOG_EVERY it profiles what was reviewed, delivers it, and marks it as logged."""

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

FINISH_SECONDS = 8.0  # what the step that is going on may take after SIGTERM
LAST_WORDS_SECONDS = 1.0


class Leaving:
    """SIGTERM and SIGINT ask to stop; FINISH_SECONDS later the process is gone, whatever hangs.

    An upload may hang for minutes, or the database. Leaving it is safe: what was begun stands in the outbox.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.farewells: list[Callable[[], object]] = []  # at the very last, if there is time
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)
        threading.Thread(target=self._leave_in_time, daemon=True).start()

    def _ask(self, *_: object) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)  # a second one must not interrupt the next line, which holds a lock
        self.asked.set()

    def _leave_in_time(self) -> None:
        self.asked.wait()
        time.sleep(FINISH_SECONDS)
        last = threading.Thread(target=lambda: [farewell() for farewell in self.farewells], daemon=True)
        last.start()
        last.join(LAST_WORDS_SECONDS)  # these may hang too
        os._exit(0)


def listeners(store: "Store") -> "list[Listener]":
    """Who is told of every run: Prometheus asks for it, if MONITOR_METRICS_PORT is set."""
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


def work(arguments: argparse.Namespace, leaving: Leaving) -> int:
    from monitor_core.logger import by_hand, logs
    from monitor_core.logger import scheduler as worker
    from monitor_core.mongo.store import Store

    settings = load().settings
    logs.configure(settings.log_format)
    store = Store(settings)
    leaving.farewells += [
        lambda: worker.log.warning("stopped", finished=False, reason="what hung is taken up by the next run"),
        lambda: heartbeat.end(settings.state_folder),
        lambda: worker.leave(store),
    ]
    try:
        if arguments.once:
            return by_hand.once(store, leaving.asked)
        if arguments.backfill:
            return by_hand.backfill(store, leaving.asked)
        worker.Worker(store, leaving.asked, listeners(store)).run()
        heartbeat.end(settings.state_folder)
        worker.log.info("stopped", finished=True)
        return 0
    finally:
        worker.leave(store)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--once", action="store_true", help="one run; exit 1 if it fails")
    ways.add_argument("--backfill", action="store_true", help="runs until nothing waits; exit 1 if one gets no further")
    ways.add_argument("--health", action="store_true", help="exit 0 if the worker of this state folder lives, else 1")
    arguments = parser.parse_args()
    if arguments.health:
        return health()
    leaving = Leaving()
    try:
        return work(arguments, leaving)
    except MonitorError as wrong:
        print(wrong, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
