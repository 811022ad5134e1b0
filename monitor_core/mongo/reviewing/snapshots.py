"""A prediction as a reviewer saw it: its values, and exactly what the fields of its review held."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor_core.contract.documents import field_value
from monitor_core.contract.documents import is_absent as is_empty
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Sample, outcome_of
from monitor_core.mongo.connection import Document
from monitor_core.mongo.reading import as_contract
from monitor_core.settings.documents import FieldNames
from monitor_core.settings.settings import Settings

Held = Mapping[str, Any]  # the raw values of a review, as of `FieldNames`; an absent field is not in it
OF_A_REVIEW = ("validated", "validated_at")


@dataclass(frozen=True)
class Snapshot:
    """A prediction as it was read; what is written later depends on that nobody has changed its review since."""

    sample: Sample
    held: Held
    absent: tuple[str, ...] = ()  # the paths of objects that the review's fields would be in, the innermost first


def snapshot_of(document: Document, settings: Settings) -> Snapshot | None:
    """Return what was read; None if the prediction cannot be parsed.

    Raise MonitorError if the review's fields are within a list, where nothing can be written.
    """
    sample = sample_of(document, settings)
    if sample is None:
        return None
    paths = path_of(settings.fields)
    held = {name: value for name, path in paths.items() for value in _values(document, path)}
    absent = {outer for path in paths.values() for outer in _outer_paths(path) if not list(_values(document, outer))}
    return Snapshot(sample, held, tuple(sorted(absent, key=lambda path: -path.count("."))))


def path_of(fields: FieldNames) -> dict[str, str]:
    """Return the paths of the fields of a review."""
    return {name: getattr(fields, name) for name in OF_A_REVIEW}


def sample_of(document: Document, settings: Settings) -> Sample | None:
    """Parse a whole document as the contract says; None if the prediction cannot be read.

    A review that cannot be read counts as none here, so that a person can replace it.
    """
    f, notation = settings.fields, settings.notation
    names = (f.prediction, f.validated, f.confidence, f.predicted_at, f.validated_at)
    raw = [as_contract(field_value(document, name)) for name in names]
    prediction = notation.class_of(raw[0])
    if prediction is None:
        return None
    target = notation.review_of(raw[1], prediction, dated=not is_empty(raw[4]))
    return Sample(
        document.get("_id"),
        str(field_value(document, f.filename) or ""),
        prediction,
        target if isinstance(target, int) else None,
        outcome_of(target, prediction),
        notation.confidence_of(raw[2]),
        notation.instant_of(raw[3]),
        notation.instant_of(raw[4]),
    )


def _values(document: Any, path: str) -> Iterator[Any]:
    """Yield the value at a path through objects, unless it is absent."""
    value = document
    for part in path.split("."):
        if isinstance(value, list):
            raise MonitorError("The review's fields are within a list, where the app cannot write a review.")
        if not isinstance(value, dict) or part not in value:
            return
        value = value[part]
    yield value


def _outer_paths(path: str) -> list[str]:
    """Return the paths of the objects that a field is in.

    >>> _outer_paths("review.of.class")
    ['review', 'review.of']
    """
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


# ---- as MongoDB's expressions


def still_holds(sample_id: Any, held: Held, fields: FieldNames) -> Document:
    """Return the query of the document while its review is exactly this one: of the same types, absent or not."""
    same: list[Document] = []
    for name, path in path_of(fields).items():
        if name not in held:
            same.append({"$eq": [{"$type": f"${path}"}, "missing"]})
            continue
        value = {"$literal": held[name]}
        same += [{"$eq": [{"$type": f"${path}"}, {"$type": value}]}, {"$eq": [f"${path}", value]}]
    return {"_id": {"$eq": sample_id}, "$expr": {"$and": same}}


def giving(held: Held, fields: FieldNames) -> Document:
    """Return the update that writes these values of a review."""
    return {"$set": {path_of(fields)[name]: value for name, value in held.items()}}


def restoring(held: Held, absent: tuple[str, ...], fields: FieldNames) -> list[Document]:
    """Return the update that writes what was there: absent fields and objects are absent again.

    An object that was made for the review stays if somebody has put something else into it.
    """
    paths = path_of(fields)
    gone = [path for name, path in paths.items() if name not in held]
    stages: list[Document] = [{"$set": {paths[name]: {"$literal": value}}} for name, value in held.items()]
    stages += [{"$unset": gone}] if gone else []
    for path in absent:
        is_empty_now = {"$eq": [f"${path}", {"$literal": {}}]}
        stages.append({"$set": {path: {"$cond": [is_empty_now, "$$REMOVE", f"${path}"]}}})
    return stages
