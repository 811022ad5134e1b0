"""The server's start, outside of any session."""

import gc
import logging
import sys
from collections.abc import Callable

from monitor_core.app.frame.session import in_session
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.store import Store
from monitor_core.settings.sources import load_all


def get_ready(first_chart: Callable[[], object]) -> None:
    """Prepare the server's start: a bad setting stops it with its sentence, and the first visitor finds all imported.

    `first_chart` draws one: the first takes longest."""
    try:
        for loaded in load_all().values():
            Store(loaded.settings)
    except MonitorError as wrong:
        sys.exit(str(wrong))
    first_chart()
    # Streamlit collects garbage after each run of the script, while all other sessions wait: 120 ms to look through
    # what was imported above, none of which ever is garbage.
    gc.collect()
    gc.freeze()


def expect_no_session() -> None:
    """Streamlit warns of each call outside a session; at the server's start there is none, on purpose."""
    logger = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    logger.disabled = not in_session()
