"""Display texts of the classes: distinct from each other and from all other texts that stand beside them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from monitor_core.contract.documents import TOGETHER

# Texts that are shown beside the classes.
RESERVED = {"any", "all classes", "not reviewed", "rejected", *TOGETHER.values()}
NUMBER = re.compile(r"[+-]?\d+")
INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, marks of direction, halves of signs, ends of lines
JOINER = "\u200d"  # of an emoji that is made of several


def displayed(names: Mapping[int, str]) -> dict[int, str]:
    """Return a display text for each named class: its name, followed by its number where the name is ambiguous.

    The text identifies the class: no other class, named or not, has the same one.

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
    """Return the display text of a class: its entry in `texts`, else its number; folded rare classes have their own.

    >>> class_text(0, {0: "cat"}), class_text(1, {0: "cat"})
    ('cat', '1')
    """
    return texts.get(label, TOGETHER.get(label, str(label)))


def _visible(name: str) -> str:
    return "".join(sign for sign in name if sign.isspace() or not _is_invisible(sign))


def _is_invisible(sign: str) -> bool:
    return sign != JOINER and unicodedata.category(sign) in INVISIBLE


def _alike(text: str) -> str:
    """Return a normal form, equal for two texts that a reader would take for the same."""
    return " ".join(unicodedata.normalize("NFKC", text).replace(JOINER, "").casefold().split())


def _is_taken(text: str, label: int) -> bool:
    """Return whether a text cannot be a name: it is empty, another class's number, or reserved."""
    text = _alike(text)
    return (
        not text or text in RESERVED or text.startswith("__") or (bool(NUMBER.fullmatch(text)) and text != str(label))
    )
