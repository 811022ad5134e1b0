"""A sample in words and marks: what was predicted, and how the review turned out."""

from typing import cast

from monitor_core.app.frame import session
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.selection import NOT_REVIEWED, REJECTED, Outcome, Sample

LONGEST_NAME = 28  # characters shown
BADGES: dict[Outcome, tuple[str, str]] = {  # colour and form of each outcome
    "right": ("green", "check"),
    "wrong": ("red", "close"),
    "rejected": ("orange", "block"),
    "not reviewed": ("grey", "schedule"),
}


def sample_in_short(sample: Sample) -> str:
    """Return a sample in a few words: prediction, target and confidence.

    The words are the same in captions and for screen readers, so that colour and form are never needed.
    """
    name = session.settings().class_name
    words = f"predicted {name(sample.prediction)}"
    if sample.outcome in (REJECTED, NOT_REVIEWED):
        words += f", {sample.outcome}"
    else:
        is_right = sample.target == sample.prediction
        words += ", right" if is_right else f", is {name(cast(int, sample.target))}"
    return words if sample.confidence is None else f"{words}, {wording.percent(sample.confidence)}"


def badge(outcome: Outcome, number: int | None = None) -> str:
    """Return an outcome as Markdown, marked by form and colour; optionally with the number of its samples."""
    colour, form = BADGES[outcome]
    words = outcome if number is None else f"{number:,} {outcome}"
    return f":{colour}-badge[:material/{form}: {words}]"


def short_name(sample: Sample) -> str:
    """Return the end of a sample's file name, as Markdown."""
    name = sample.file
    return plain(name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}") or "no file name"
