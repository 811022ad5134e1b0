"""Preparation at the server's start, outside of any session."""

import gc
import logging
import sys
from collections.abc import Callable

from monitor_core.app.frame.session import in_session
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.store import Store
from monitor_core.settings.sources import load_all


def get_ready(first_chart: Callable[[], object]) -> None:
    """Prepare the server: an invalid setting stops it with a sentence, and everything is imported in advance.

    `first_chart` draws a chart, because the first one takes longest."""
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
    """Silence Streamlit's warnings about calls outside of a session, which are intended at the server's start."""
    logger = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    logger.disabled = not in_session()
