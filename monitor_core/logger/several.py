"""The loggers of several models in one process: each with its own schedule, lease and alarm."""

import threading
from collections.abc import Sequence

from monitor_core.contract.errors import MonitorError, where
from monitor_core.logger import logs, profiles
from monitor_core.logger.scheduler import ScheduledLogger

log = logs.logger()


class Loggers:
    """Loggers that run side by side until they have to stop; an error that ends one does not affect the others."""

    def __init__(self, loggers: Sequence[ScheduledLogger], stop: threading.Event) -> None:
        self.loggers = loggers
        self.stop = stop
        self.refusals: dict[str, MonitorError] = {}

    def run(self) -> None:
        """Run them; raise the error of the first that ended by itself, once all have ended."""
        profiles.import_whylogs()
        threads = [threading.Thread(target=self._run, args=(logger,), daemon=True) for logger in self.loggers]
        for thread in threads:
            thread.start()
        threading.Thread(target=self._pass_on, daemon=True).start()
        for thread in threads:
            thread.join()
        for refusal in self.refusals.values():
            raise refusal

    def _run(self, logger: ScheduledLogger) -> None:
        logs.of_model.set(logger.model)
        try:
            logger.run()
        except MonitorError as refusal:
            self.refusals[logger.model] = refusal
            log.error("refused", error=str(refusal))
        except Exception as fault:  # noqa: BLE001 - one model's fault is not the others'
            sentence = f"{type(fault).__name__}, a fault of the monitor; please report it with this: {where(fault)}."
            self.refusals[logger.model] = MonitorError(f"The logger of {logger.model} has ended: {sentence}")
            log.error("fault", error=type(fault).__name__, where=where(fault))

    def _pass_on(self) -> None:
        self.stop.wait()
        for logger in self.loggers:
            logger.stop.set()
