"""Text as Streamlit shall show it, whatever signs are in it."""

import re

from monitor_core.contract.segments import in_words
from monitor_core.contract.selection import Selection

DASH = "–"


def plain(text: str) -> str:
    r"""Text as it is: class names and file names are Markdown to Streamlit, down to images fetched from elsewhere.

    >>> print(plain("![x](http://a)"))
    \!\[x\]\(http\:\/\/a\)
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def in_short(chosen: Selection) -> str:
    """Return the days and the segment, as Markdown."""
    segment = f", {plain(in_words(chosen.where))}" if chosen.where else ""
    return f"{chosen.period.first} to {chosen.period.last}{segment}"
