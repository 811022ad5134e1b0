"""The one place that shows an error."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import MonitorError


@contextmanager
def explained() -> Iterator[None]:
    """The one place that shows a MonitorError: a sentence with the remedy instead of a traceback."""
    try:
        yield
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
