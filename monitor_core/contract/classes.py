"""Texts of the classes for people: no two alike, and none that could be taken for something else."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from monitor_core.contract.documents import TOGETHER

# What stands beside the classes.
RESERVED = {"any", "all classes", "not reviewed", "rejected", *TOGETHER.values()}
NUMBER = re.compile(r"[+-]?\d+")
INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, marks of direction, halves of signs, ends of lines
JOINER = "\u200d"  # of an emoji that is made of several


def displayed(names: Mapping[int, str]) -> dict[int, str]:
    """Return each class's own text: its name, with its number where the name alone could be another's.

    Whoever shows classes may tell them apart by this text: it is no other class's, whichever numbers without a name
    occur beside them.

    >>> displayed({0: "cat", 1: "dog"})
    {0: 'cat', 1: 'dog'}
    >>> displayed({0: "2", 1: "Cat", 3: " cat", 4: "rejected", 5: "5"})
    {0: '2 (0)', 1: 'Cat (1)', 3: 'cat (3)', 4: 'rejected (4)', 5: '5'}
    """
    texts = {label: _visible(name) for label, name in names.items()}
    numbered: set[int] = {label for label, text in texts.items() if _is_taken(text, label)}
    while True:  # a text with its number may be what another class is called
        unique = {
            label: f"{text.strip()} ({label})".strip() if label in numbered else text for label, text in texts.items()
        }
        count = Counter(map(_alike, unique.values()))
        doubled = {label for label, text in unique.items() if count[_alike(text)] > 1} - numbered
        if not doubled:
            return unique
        numbered |= doubled


def class_text(label: int, texts: Mapping[int, str]) -> str:
    """Return a class's text for people: the displayed one, or its number; of what stands for many classes, its own.

    >>> class_text(0, {0: "cat"}), class_text(1, {0: "cat"})
    ('cat', '1')
    """
    return texts.get(label, TOGETHER.get(label, str(label)))


def _visible(name: str) -> str:
    return "".join(sign for sign in name if sign.isspace() or not _is_invisible(sign))


def _is_invisible(sign: str) -> bool:
    return sign != JOINER and unicodedata.category(sign) in INVISIBLE


def _alike(text: str) -> str:
    """Return what two texts share that a reader takes for the same."""
    return " ".join(unicodedata.normalize("NFKC", text).replace(JOINER, "").casefold().split())


def _is_taken(text: str, label: int) -> bool:
    """Return whether the text is no name, another class's number, or a word that stands beside the classes."""
    text = _alike(text)
    return (
        not text or text in RESERVED or text.startswith("__") or (bool(NUMBER.fullmatch(text)) and text != str(label))
    )
