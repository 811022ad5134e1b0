"""Quality problems in the words of the settings in force: their remedies do not advise what is already set."""

from collections.abc import Mapping
from dataclasses import replace

from monitor_core.contract.bases import BASES
from monitor_core.contract.documents import Notation
from monitor_core.contract.problems import PROBLEMS, Problem

# The texts that differ while a setting is in force.
_OF_PERCENTAGES = {
    "bad_confidence": {
        "noun": "confidence outside 0 to 100",
        "plural": "confidences outside 0 to 100",
        "remedy": "Write a number from 0 to 100; if all are shares from 0 to 1, set MONITOR_CONFIDENCE_SCALE=share.",
    },
}
_OF_BOOLEAN_CLASSES = {
    "unreadable_prediction": {
        "remedy": "Let the model write a class number, true or false; name the classes in MONITOR_CLASS_NAMES if it "
        "writes names, or the field's name in MONITOR_FIELDS. A list is only read if it holds a single label.",
    },
    "unreadable_review": {
        "remedy": "Write a class number, a name of MONITOR_CLASS_NAMES or MONITOR_CLASS_ALIASES, true or false for "
        "classes 1 and 0, or null for not reviewed. If other values stand for not reviewed, name them in "
        "MONITOR_NOT_REVIEWED. A list is only read if it holds a single label.",
    },
}
_OF_DATE_NUMBERS = {
    "does": "It has no usable date: as {unit} since 1970 (MONITOR_DATE_NUMBERS), the number is not in the years 2000 "
    "to 2099.",
    "remedy": "Write a date, or {unit} since 1970; if all numbers are {other}, set MONITOR_DATE_NUMBERS={other}.",
}
_OF_FILES_ONCE = {
    "reviewed_differently": {
        "does": "Only the newest document about a file counts, once the logger has compared them."
    },
    "duplicate_filename": {
        "does": "Only the newest document about a file counts, once the logger has compared them.",
        "remedy": "Check whether predictions are sent twice; keep one document for each file.",
    },
    "seen_before": {
        "does": "These are the newest documents about their files: they count, and the earlier ones do not.",
        "remedy": "Check whether images are uploaded again, or predictions made again; keep one document for each "
        "file.",
    },
}


def problem_under(name: str, notation: Notation, files_once: bool = False) -> Problem:
    """Return a problem in the words of the settings in force; `files_once`: only the newest about a file counts.

    >>> [problem_under("bad_confidence", Notation(percent=percent)).title for percent in (False, True)]
    ['Confidence outside 0 to 1', 'Confidence outside 0 to 100']
    """
    changes: dict[str, str] = {}
    if notation.percent:
        changes |= _OF_PERCENTAGES.get(name, {})
    if notation.boolean_classes:
        changes |= _OF_BOOLEAN_CLASSES.get(name, {})
    if files_once:
        changes |= _OF_FILES_ONCE.get(name, {})
    if notation.date_numbers and name in ("predicted_as_number", "reviewed_as_number"):
        unit, other = notation.date_numbers, "seconds" if notation.date_numbers == "milliseconds" else "milliseconds"
        changes |= {key: text.format(unit=unit, other=other) for key, text in _OF_DATE_NUMBERS.items()}
    return replace(PROBLEMS[name], **changes)  # type: ignore[arg-type]


def problems_in_words(numbers: Mapping[str, int], notation: Notation) -> str:
    """Say which problems a selection's documents have; empty without any. Undated documents are in no selection.

    >>> problems_in_words({"unreadable_prediction": 3, "unreadable_review": 0, "undated_review": 1}, Notation())
    '3 unreadable predictions; 1 review without a usable date in the whole collection'
    """
    undated = {basis.undated for basis in BASES.values()}
    return "; ".join(
        problem_under(name, notation).counted(number) + (" in the whole collection" if name in undated else "")
        for name, number in numbers.items()
        if number
    )
