"""Escaping of text for Streamlit's Markdown."""

import re

from monitor_core.contract import wording
from monitor_core.contract.segments import in_words
from monitor_core.contract.selection import Selection

DASH = "–"
JOINER = "\u2060"  # has no width
# Of these Streamlit makes links, its logo and arrows even where backslashes have saved the text from being markup.
TURNED = re.compile(r"https?:(?=//)|www(?=\.)|@(?=[-\w])|:(?=streamlit:)|(?<!\S)[<>~-](?=[-=>]+(?!\S))", re.IGNORECASE)


def plain(text: str) -> str:
    r"""Escape a text, because Streamlit renders class and file names as Markdown, including images from other servers.

    >>> print(plain("![x](a)"))
    \!\[x\]\(a\)
    >>> plain("www.a") == "www" + JOINER + "\\.a"
    True
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", TURNED.sub(lambda match: match[0] + JOINER, text))


def selection_in_words(chosen: Selection) -> str:
    """Return the days of the selection as part of a sentence, followed by the segments, as Markdown."""
    segment = f", {plain(in_words(chosen.where))}" if chosen.where else ""
    return f"{wording.during(chosen.period)}{segment}"
