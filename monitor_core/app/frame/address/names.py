"""The names that the web address may have; any other is a misspelling, and is said."""

import difflib
import re
from collections.abc import Collection, Iterable

from monitor_core.app.frame import session, state
from monitor_core.app.frame.address.kiosk import KIOSK
from monitor_core.contract.wording import listed

OF_THE_SIDEBAR = (
    *(session.MODEL, state.PERIOD, state.RANGE, state.BASIS, state.AVERAGE, state.GRANULARITY, state.AGAINST),
    *(state.REFERENCE, state.REFRESH, KIOSK),
)
OF_PAGES = (
    *(state.FOCUS, state.FURTHER_METRIC, "sort", "sort_samples", "sort_training", "search", "classes", "cells"),
    *("class", "bins", state.PROBLEM, "preset", "profile"),  # of Calibration, Data quality, Drift and Logging
    *("target", "prediction", "outcome", "day", "confidence", "order", "file", "tag", "trained"),  # of Samples
    *(state.SAMPLE, state.SAMPLES_PAGE),
    *("state", "severity", "rule", "feed", state.ALERT, state.EDITED_RULE, state.EDITED_AS),  # of Alerts
)
# What others append to links, and Streamlit's own names.
SILENT = re.compile(r"utm_\w+|(fb|g|d)clid|msclkid|[gw]braid|igshid|mc_[ce]id|_g[al]|embed(_options)?", re.IGNORECASE)
LONGEST_NAME, MOST_LISTED = 60, 5


def address_names(segments: Iterable[str]) -> frozenset[str]:
    """Return the names that pages give to parts of the address, where documents have these segments."""
    return frozenset([*OF_THE_SIDEBAR, *OF_PAGES, *(f"{of}_{name}" for name in segments for of in ("where", "other"))])


def misspelt_in_words(given: Iterable[str], names: Collection[str]) -> str:
    """Say which names of an address no page knows, and which were probably meant; nothing if there are none.

    >>> misspelt_in_words(["perido", "utm_source"], ["period", "class"])
    'The address has "perido", which this page does not know; did you mean "period"?'
    >>> misspelt_in_words(["x1"], ["period"])
    'The address has "x1", which this page does not know.'
    """
    strange = [name for name in given if name not in names and not SILENT.fullmatch(name)]
    if not strange:
        return ""
    quoted = [f'"{name[:LONGEST_NAME]}"' for name in strange[:MOST_LISTED]]
    more = [f"{len(strange) - MOST_LISTED} more"] if len(strange) > MOST_LISTED else []
    meant = [f'"{name}"' for name in dict.fromkeys(_nearest(name, names) for name in strange[:MOST_LISTED]) if name]
    asks = f"; did you mean {listed(meant, 'or')}?" if meant else "."
    return f"The address has {listed([*quoted, *more])}, which this page does not know{asks}"


def _nearest(name: str, names: Collection[str]) -> str:
    return next(iter(difflib.get_close_matches(name.lower()[:LONGEST_NAME], sorted(names), 1)), "")
