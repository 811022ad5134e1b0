"""Settings proposed for documents that the settings in force cannot read: which of their fields is which."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from monitor_core.contract.documents import DateNumbers, Notation, field_value, is_absent, the_one_of
from monitor_core.contract.specimens import is_secret_name, is_secret_or_address, words_of_name
from monitor_core.contract.texts import number_of_text
from monitor_core.settings.settings import DEFAULT_MODEL, PREFIX, Settings

Document = Mapping[str, Any]
DEEPEST = 3  # objects inside each other, whose fields are considered
LONGEST_CLASS = 100  # characters of a class's name
MOST_NAMES = 100  # of classes that are proposed
ESCAPED = {"\\": "\\u005c", "'": "\\u0027", "$": "\\u0024"}  # in JSON; the backslash first, since all escapes have one
REQUIRED = ("prediction", "predicted_at")  # without these nothing can be counted
ORDER = ("validated_at", "predicted_at", "confidence", "filename", "prediction", "validated")  # of the search


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REVIEWING = _words(
    "validated validation review reviewed reviewer verified corrected correction annotated annotation labelled labeled "
    "truth gt groundtruth target actual expected true human"
)
# What the words of a field's name say, the stronger ones first.
STRONG = {
    "prediction": _words("prediction predictions predicted pred yhat inference inferred output top1 result"),
    "validated": REVIEWING,
    "confidence": _words("confidence conf score prob probability proba certainty softmax"),
    "filename": _words("filename file image img path picture photo"),
    "predicted_at": _words("timestamp created predicted prediction captured inserted received time ts"),
    "validated_at": REVIEWING | {"label", "class"},
}
WEAK = {
    "prediction": _words("label class category y"),
    "validated": _words("label class category y"),
    "confidence": frozenset(),
    "filename": _words("uri url key name frame"),
    "predicted_at": _words("date datetime at on when day"),
    "validated_at": _words("updated modified"),
}
PEOPLE = _words("reviewer annotator labeller labeler email user by")
PLACES = _words("url uri link path file image")
# What belongs to another field, or to none.
NEVER = {
    "prediction": REVIEWING | PEOPLE | PLACES | STRONG["confidence"] | _words("id version time at"),
    "validated": PEOPLE
    | PLACES
    | STRONG["confidence"]
    | _words("predicted prediction pred name id comment time at on"),
    "confidence": _words("version id"),
    "filename": _words("id size user by model"),
    "predicted_at": (REVIEWING - {"true", "human"}) | _words("updated modified deleted expires trained"),
    "validated_at": _words("predicted prediction created deleted expires trained"),
}
OF_A_DATE = _words("at on when date datetime time timestamp day ts")
OF_A_CLASS = _words("class label category")
SECONDS, MILLISECONDS = (10**9, 4 * 10**9), (10**12, 4 * 10**12)  # from 2001 to 2096


@dataclass(frozen=True)
class Proposal:
    """The settings that would let the monitor read documents, and what no field of theirs looks like."""

    values: Mapping[str, Any]  # of each setting, by its name
    missing: tuple[str, ...] = ()  # fields of the contract, of those in `REQUIRED`
    model: str = DEFAULT_MODEL

    @cached_property
    def toml(self) -> str:
        """The lines of monitor.toml; tables stand last, as TOML demands."""
        table = "" if self.model == DEFAULT_MODEL else f"models.{self.model}"
        lines = [f"{name} = {_toml(value)}" for name, value in self.values.items() if not isinstance(value, dict)]
        lines = [f"[{table}]", *lines] if table and lines else lines
        for name, inner in self.values.items():
            if isinstance(inner, dict):
                lines += [f"[{table}.{name}]" if table else f"[{name}]"]
                lines += [f"{key} = {_toml(value)}" for key, value in inner.items()]
        return "\n".join(lines)

    @cached_property
    def variables(self) -> str:
        """The lines for a shell or for .env."""
        prefix = PREFIX if self.model == DEFAULT_MODEL else f"{PREFIX}MODELS__{self.model.upper()}__"
        lines = []
        for name, value in self.values.items():
            if name == "fields" and not any(sign in path for path in value.values() for sign in ESCAPED):
                lines += [_export(f"{prefix}FIELDS__{key.upper()}", inner) for key, inner in value.items()]
            else:
                lines.append(_export(prefix + name.upper(), value))
        return "\n".join(lines)


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _export(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else _json_of_a_line(value)
    return f"export {name}={shlex.quote(text)}"


def _json_of_a_line(value: Any) -> str:
    """Return JSON without the signs that a shell and .env read differently within quotation marks."""
    text = json.dumps(value, ensure_ascii=False)
    for sign, escape in ESCAPED.items():
        text = text.replace(json.dumps(sign)[1:-1], escape)
    return text


def proposed(documents: Sequence[Document], settings: Settings, texts: Mapping[str, Iterable[str]]) -> Proposal:
    """Return the settings that would read these documents, as far as they differ from those in force.

    `texts`: the texts of fields by their paths, more than these documents have, for the names of the classes.
    """
    names = fields_of(documents, settings)
    present = settings.fields.model_dump()
    values: dict[str, Any] = dict(_notation_of(documents, names, settings))
    if classes := _class_names(names, texts, settings):
        values["class_names"] = classes
    differing = {name: names[name] for name in present if name in names and names[name] != present[name]}
    if differing:
        values["fields"] = differing
    missing = tuple(name for name in REQUIRED if name not in names)
    return Proposal(values, missing, settings.model)


def fields_of(documents: Sequence[Document], settings: Settings) -> dict[str, str]:
    """Return which field of the documents is which of the contract's, by name and by values.

    >>> from datetime import datetime
    >>> documents = [{"prediction": 3, "label": 5, "created_at": datetime(2026, 10, 1), "score": 0.9}]
    >>> fields_of(documents, Settings())
    {'predicted_at': 'created_at', 'confidence': 'score', 'prediction': 'prediction', 'validated': 'label'}
    """
    values = _values(documents)
    present = settings.fields.model_dump()
    chosen = {name: present[name] for name in ORDER if _is_read(name, values.get(present[name]), settings.notation)}
    for words in (STRONG, WEAK):
        for name in ORDER:
            free = [path for path in values if path not in chosen.values()]
            if name not in chosen and (path := _best(name, words[name], free, values, settings.notation)):
                chosen[name] = path
    return {name: chosen[name] for name in ORDER if name in chosen}


def _values(documents: Sequence[Document]) -> dict[str, list[Any]]:
    """Return the present values of each path; of objects, their fields."""
    paths = dict.fromkeys(path for document in documents for path in _paths(document, DEEPEST))
    every = {path: [field_value(dict(document), path) for document in documents] for path in paths}
    return {path: [value for value in each if not is_absent(value)] for path, each in every.items()}


def _paths(document: Document, depth: int) -> Iterable[str]:
    for name, value in document.items():
        if not name or name.startswith("$") or "." in name or "\0" in name or name == "_id" or is_secret_name(name):
            continue
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _paths(value, depth - 1)) if depth > 1 else ()
        else:
            yield name


def _best(
    name: str, words: frozenset[str], paths: list[str], values: Mapping[str, list[Any]], notation: Notation
) -> str | None:
    """Return the path with the most of these words among the fewest; None if none fits."""
    named = [path for path in paths if _is_named(name, path, words) and _is_dated(name, path, values[path])]
    fitting = [path for path in named if _fits(name, values[path], notation)]
    return min(fitting, key=lambda path: (-_share_of(words, path), len(path), path), default=None)


def _is_named(name: str, path: str, words: frozenset[str]) -> bool:
    own = set(words_of_name(path))
    if own & OF_A_CLASS:  # class_id is one, and so are class_name and image_class
        own -= {"id", "name", "image"}
    return bool(own & words) and not own & NEVER[name]


def _is_dated(name: str, path: str, values: list[Any]) -> bool:
    """Return whether a field that is absent everywhere may be a date: then only its name can say so."""
    return bool(values) or name != "validated_at" or bool(set(words_of_name(path)) & OF_A_DATE)


def _share_of(words: frozenset[str], path: str) -> float:
    own = words_of_name(path)
    return sum(word in words for word in own) / len(own)


def _fits(name: str, values: list[Any] | None, notation: Notation) -> bool:
    """Return whether values may be those of a field; a review and its date may be absent everywhere."""
    if values is None:
        return False
    if not values:
        return name in ("validated", "validated_at")
    if name in ("predicted_at", "validated_at"):
        return all(notation.instant_of(value) or _numbers_are(value) for value in values)
    if name == "filename":
        return all(isinstance(value, str) for value in values)
    if name == "validated" and all(isinstance(value, bool) for value in values):
        return False  # rather whether it is reviewed than how
    if name == "confidence":
        return all((number := _number(value)) is not None and 0 <= number <= 100 for value in values)
    return all(_may_be_a_class(value, notation) for value in values)


def _is_read(name: str, values: list[Any] | None, notation: Notation) -> bool:
    """Return whether values may be those of the field that the settings name."""
    is_yes_or_no = bool(values) and name == "validated" and all(isinstance(value, bool) for value in values or ())
    return is_yes_or_no or _fits(name, values, notation)


def _may_be_a_class(value: Any, notation: Notation) -> bool:
    value = the_one_of(value)
    if isinstance(value, bool) or notation.class_of(value) is not None:
        return True
    if not isinstance(value, str) or is_secret_or_address(value):
        return False
    return len(value) <= LONGEST_CLASS and notation.instant_of(value) is None


def _number(value: Any) -> float | None:
    number: Any = number_of_text(value) if isinstance(value, str) else value
    try:
        return None if isinstance(number, bool) else float(number)
    except (TypeError, ValueError, OverflowError):
        return None


def _numbers_are(value: Any) -> DateNumbers | None:
    """Return what a number counts from 1970 on, if it may be a date."""
    number = None if isinstance(value, datetime) else _number(value)
    if number is None:
        return None
    if SECONDS[0] <= number < SECONDS[1]:
        return "seconds"
    return "milliseconds" if MILLISECONDS[0] <= number < MILLISECONDS[1] else None


def _notation_of(
    documents: Sequence[Document], names: Mapping[str, str], settings: Settings
) -> Iterable[tuple[str, Any]]:
    """Yield the settings of how values are written, where those in force cannot read them."""
    values = _values(documents)
    confidences = [_number(value) for value in values.get(names.get("confidence", ""), [])]
    over = sum(number is not None and number > 1 for number in confidences)
    if settings.confidence_scale == "share" and over > len(confidences) / 2:
        yield "confidence_scale", "percent"
    dates = values.get(names.get("predicted_at", ""), [])
    if dates and not any(map(settings.notation.instant_of, dates)) and (unit := _numbers_are(dates[0])):
        yield "date_numbers", unit
    predictions = [the_one_of(value) for value in values.get(names.get("prediction", ""), [])]
    if predictions and all(isinstance(value, bool) for value in predictions) and not settings.boolean_classes:
        yield "boolean_classes", True


def _class_names(names: Mapping[str, str], texts: Mapping[str, Iterable[str]], settings: Settings) -> dict[str, str]:
    """Return the class names of the settings and, behind them, those of the documents; empty if they are many."""
    notation = settings.notation
    paths = [names[name] for name in ("prediction", "validated") if name in names]
    written = {text.strip() for path in paths for text in texts.get(path, ())}
    unknown = sorted(
        text for text in written if text and notation.class_of(text) is None and not _says_nothing(text, notation)
    )
    if not unknown or len(unknown) > MOST_NAMES:
        return {}
    first = max(settings.class_names, default=-1) + 1
    numbered = {**settings.class_names, **dict(enumerate(unknown, first))}
    return {str(number): name for number, name in numbered.items()}


def _says_nothing(text: str, notation: Notation) -> bool:
    """Return whether a text of a class's field is no class's name: what is secret must not be proposed."""
    is_name = len(text) <= LONGEST_CLASS and not is_secret_or_address(text)
    return not is_name or not notation.is_review(text, dated=True)
