"""The logger's log: one line for each event, as text or JSON; no other module imports structlog.

The monitor's events have stable names and fields; log messages of libraries (warnings and above) are events "library".
No line has a traceback, whose last line may repeat a value. The field `where` locates faults in the monitor's code.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, Literal

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from monitor_core.contract.errors import where

OURS = "monitor"
of_model: ContextVar[str] = ContextVar("of_model", default="")  # of this thread, where several models are watched
Event = MutableMapping[str, Any]


def logger() -> Any:
    """Return the logger; its methods take an event's name and fields: `logger().info("tick", logged=5)`."""
    return structlog.stdlib.get_logger(OURS)


def configure(form: Literal["text", "json"]) -> None:
    """Send all that this process logs from now on to standard output, in this form."""
    timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    common: list[Processor] = [structlog.stdlib.add_log_level, timestamp, _with_model]
    renderer: Any = structlog.processors.JSONRenderer()
    if form == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), pad_event_to=16)
    structlog.configure(
        processors=[*common, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*common, _of_a_library],
            processors=[ProcessorFormatter.remove_processors_meta, _without_traceback, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.getLogger("apscheduler.scheduler").addFilter(_is_no_late_beat)
    logging.captureWarnings(True)


def _is_no_late_beat(message: logging.LogRecord) -> bool:
    """Leave out that a job is skipped because the one before has not ended, which a busy machine may say every second.

    Only a heartbeat or the renewal of a lease is ever skipped; if these stay away, `--health` and other loggers tell.
    """
    return "maximum number of running instances" not in str(message.msg)


def _with_model(_: Any, __: str, event: Event) -> Event:
    model = of_model.get()
    return {**event, "model": model} if model else event


def _of_a_library(_: Any, __: str, event: Event) -> Event:
    message = " ".join(str(event["event"]).split())  # one line
    return {**event, "event": "library", "library": event["_record"].name, "message": message}


def _without_traceback(_: Any, __: str, event: Event) -> Event:
    fields = {name: value for name, value in event.items() if name not in ("exc_info", "exception", "stack_info")}
    raised = event.get("exc_info")
    if isinstance(raised, tuple) and raised[1]:
        fields |= {"error": type(raised[1]).__name__, "where": where(raised[1])}
    return fields
