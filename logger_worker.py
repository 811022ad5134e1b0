"""Run the logger: at the times of MONITOR_LOG_EVERY it logs reviewed predictions, judges alert rules and notifies."""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from monitor_core.contract.errors import MonitorError
from monitor_core.logger import heartbeat
from monitor_core.settings.sources import load, load_all

if TYPE_CHECKING:  # --health must answer at once: all that is heavy is imported when it is needed
    from monitor_core.logger.scheduler import Listener
    from monitor_core.mongo.store import Store
    from monitor_core.settings.settings import Settings

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


def listeners(stores: "list[Store]") -> "list[list[Listener]]":
    """Return what each logger calls after every run: the exporter for Prometheus, if MONITOR_METRICS_PORT is set."""
    settings = stores[0].settings
    if settings.metrics_port is None:
        return [[] for _ in stores]
    from monitor_core.logger.prometheus import Exporter
    from monitor_core.logger.scrapes import serve

    exporters = [Exporter(store) for store in stores]
    registries = {exporter.store.settings.model: exporter.registry for exporter in exporters}
    serve(registries, settings.metrics_port, settings.metrics_address, settings)
    return [[exporter.ticked] for exporter in exporters]


def of_models(model: str | None) -> "list[Settings]":
    """Return the settings of the model that is asked for, or of all."""
    return [load(model=model).settings] if model else [loaded.settings for loaded in load_all().values()]


def health(model: str | None) -> int:
    try:
        every = of_models(model)
        troubles = [heartbeat.trouble(settings.model_folder) for settings in every]
        trouble = next((text for text in troubles if text), None)
    except MonitorError as wrong:
        trouble = str(wrong)
    if trouble:
        print(trouble, file=sys.stderr)
    return 1 if trouble else 0


def work(arguments: argparse.Namespace, shutdown: Shutdown) -> int:
    from monitor_core.logger import by_hand, logs, scheduler
    from monitor_core.logger.run import Turns
    from monitor_core.logger.several import Loggers
    from monitor_core.mongo.store import Store

    every = of_models(arguments.model)
    logs.configure(every[0].log_format)
    first = Store(every[0])
    stores = [first, *(first.of_another(settings) for settings in every[1:])]
    several = len(stores) > 1
    shutdown.farewells += [
        lambda: scheduler.log.warning(
            "stopped", finished=False, reason="a step did not end in time; the next run goes on with it"
        ),
        *(partial(heartbeat.end, settings.model_folder) for settings in every),
        *(partial(scheduler.leave, store) for store in stores),
    ]
    try:
        if arguments.once or arguments.backfill:
            act = by_hand.once if arguments.once else by_hand.backfill
            return by_hand.of_each(act, stores, shutdown.requested)
        turns = Turns() if several else None
        loggers = [
            scheduler.ScheduledLogger(store, threading.Event() if several else shutdown.requested, listening, turns)
            for store, listening in zip(stores, listeners(stores), strict=True)
        ]
        if several:
            Loggers(loggers, shutdown.requested).run()
        else:
            loggers[0].run()
        for settings in every:
            heartbeat.end(settings.model_folder)
        scheduler.log.info("stopped", finished=True)
        return 0
    finally:
        for store in stores:
            scheduler.leave(store)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--once", action="store_true", help="run once; exit 1 if the run fails, or if reviews wait and it logs none"
    )
    ways.add_argument(
        "--backfill", action="store_true", help="run until no review is waiting; exit 1 if a run logs none of them"
    )
    ways.add_argument(
        "--health", action="store_true", help="exit 0 if the logger of this state folder is alive, else 1"
    )
    parser.add_argument("--model", metavar="NAME", help="only this one of several models")
    arguments = parser.parse_args()
    if arguments.health:
        return health(arguments.model)
    shutdown = Shutdown()
    try:
        return work(arguments, shutdown)
    except MonitorError as wrong:
        print(wrong, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
