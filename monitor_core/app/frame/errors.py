"""The one place that shows an error."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import streamlit as st

from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import MonitorError


@contextmanager
def explained() -> Iterator[None]:
    """Show a sentence instead of a traceback: the operator's error with its remedy, any other with a reference.

    Under the reference the server's log has the traceback. What ends or repeats a run is no `Exception` to Streamlit.
    """
    try:
        yield
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
    except Exception:
        reference = uuid4().hex[:8]
        logging.getLogger(__name__).exception("error %s on a page", reference)
        st.error(f"This page could not be shown. The server's log says why, under the reference {reference}.")
