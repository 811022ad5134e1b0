"""Diagnosis of a collection that has nothing to show: why, what else is there, and settings that would read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor_core.contract.documents import field_value
from monitor_core.contract.specimens import specimen
from monitor_core.contract.wording import count, listed
from monitor_core.mongo.connection import place
from monitor_core.mongo.contact.surroundings import FEW, Neighbour, Surroundings
from monitor_core.mongo.store import Store
from monitor_core.settings.mapping import REQUIRED, Proposal, proposed
from monitor_core.settings.place import START
from monitor_core.settings.settings import Settings

MOST_NAMED = 8  # collections
PASTE = (
    "Paste the settings into monitor.toml, in place of lines of that name, or the variables into .env or a shell, "
    f"which come first. A table such as [fields] stands once, behind all other lines. Then run {START}."
)
IN_WORDS = {"prediction": "the predicted class", "predicted_at": "the date of the prediction"}


@dataclass(frozen=True)
class Diagnosis:
    """Reason why the monitor cannot read the predictions, and a way out."""

    sentences: tuple[str, ...]
    document: str | None = None  # a raw one, as short text without secrets
    of: str = ""  # the collection that it is from, with its database
    proposal: Proposal | None = None

    @property
    def of_this_collection(self) -> "Diagnosis":
        """Return the first sentence alone, which names nothing but the collection and its fields."""
        return Diagnosis(self.sentences[:1])


def diagnose(store: Store, taken: frozenset[tuple[str, str]] = frozenset()) -> Diagnosis | None:
    """Return why no prediction can be read; None if some can, of the oldest and newest documents.

    `taken`: databases and collections of other models, which are neither named nor proposed.
    """
    around = Surroundings(store, taken)
    few = around.few()
    if not few:
        return _nothing(around, store.settings)
    if not any(_is_readable(document, store.settings) for document in few):
        return _unreadable(around, few, store.settings)
    return _without_reviews(around, few, store.settings)


def _is_readable(document: dict[str, Any], settings: Settings) -> bool:
    names, notation = settings.fields, settings.notation
    dates = (field_value(document, path) for path in (names.predicted_at, names.validated_at))
    is_dated = any(notation.instant_of(date) for date in dates)
    return is_dated and notation.class_of(field_value(document, names.prediction)) is not None


def _nothing(around: Surroundings, settings: Settings) -> Diagnosis:
    """Return the diagnosis of a collection without documents, with the likeliest of the others."""
    state = "is empty" if around.exists() else "does not exist"
    first = f"The collection {around.collection.full_name} at {place(settings)} {state}."
    neighbours = around.neighbours()
    best = _likeliest(neighbours, settings)
    sentences = (
        first,
        _others(neighbours, settings, around.has_other_models),
        "Check MONITOR_DATABASE and MONITOR_COLLECTION.",
    )
    if best is None:
        return Diagnosis(sentences)
    proposal = _of_another(best, proposed(best.few, settings, _texts(around, best, settings)), settings)
    return _with_document(Diagnosis(sentences, of=f"{best.database}.{best.name}"), best.few, proposal)


def _others(neighbours: list[Neighbour], settings: Settings, has_other_models: bool) -> str:
    """Return which collections the user may see, those of other databases with their database."""
    names = [
        (each.name if each.database == settings.database else f"{each.database}.{each.name}")
        + (f" ({count(each.documents, 'document')})" if each.documents is not None else "")
        for each in neighbours[:MOST_NAMED]
    ]
    more = len(neighbours) - len(names)
    if not names:
        return f"No other collection can be read{', except those of other models' if has_other_models else ''}."
    return f"These collections can be read: {listed(names)}{f', and {more} more' if more else ''}."


def _likeliest(neighbours: list[Neighbour], settings: Settings) -> Neighbour | None:
    """Return the first collection whose documents look like predictions."""
    looking_alike = (each for each in neighbours if each.few and not proposed(each.few, settings, {}).missing)
    return next(looking_alike, None)


def _texts(around: Surroundings, neighbour: Neighbour, settings: Settings) -> dict[str, list[str]]:
    return {path: around.texts_of(neighbour, path) for path in _of_classes(neighbour.few, settings)}


def _of_classes(few: Sequence[dict[str, Any]], settings: Settings) -> list[str]:
    """Return the paths of the proposed prediction and review."""
    names = settings.fields.model_dump() | dict(proposed(few, settings, {}).values.get("fields", {}))
    return [names["prediction"], names["validated"]]


def _of_another(neighbour: Neighbour, proposal: Proposal, settings: Settings) -> Proposal:
    """Return the proposal with the collection, and its database if that is another."""
    there = {} if neighbour.database == settings.database else {"database": neighbour.database}
    return replace(proposal, values={**there, "collection": neighbour.name, **proposal.values})


def _unreadable(around: Surroundings, few: list[dict[str, Any]], settings: Settings) -> Diagnosis:
    names = settings.fields
    sentence = (
        f"The collection {around.collection.full_name} at {place(settings)} has {count(around.number(), 'document')}, "
        f"but none of those that were read, the oldest and the newest {FEW}, has a readable {names.prediction} with a "
        f"date in {names.predicted_at} or {names.validated_at}. Check MONITOR_FIELDS."
    )
    texts = {path: around.texts(path) for path in _of_classes(few, settings)}
    return _with_document(Diagnosis((sentence,), of=around.collection.full_name), few, proposed(few, settings, texts))


def _without_reviews(around: Surroundings, few: list[dict[str, Any]], settings: Settings) -> Diagnosis | None:
    """Return the diagnosis of documents that can be read, but whose reviews are in a field of another name."""
    path = settings.fields.validated
    if any(field_value(document, path) is not None for document in few):
        return None
    texts = {path: around.texts(path) for path in _of_classes(few, settings)}
    proposal = proposed(few, settings, texts)
    other = proposal.values.get("fields", {}).get("validated")
    if other is None:
        return None
    sentence = (
        f"None of the documents of {around.collection.full_name} that were read, the oldest and the newest {FEW}, has "
        f"the field {path}, so no prediction counts as reviewed; {other} looks like the review."
    )
    return _with_document(Diagnosis((sentence,), of=around.collection.full_name), few, proposal)


def _with_document(it: Diagnosis, few: Sequence[dict[str, Any]], proposal: Proposal) -> Diagnosis:
    """Return the diagnosis with a document, the one that has most fields, and the proposal, if there is any."""
    document = specimen(max(few, key=len))
    if proposal.missing:
        lacking = listed([IN_WORDS[name] for name in REQUIRED if name in proposal.missing], "or")
        return replace(it, sentences=(*it.sentences, f"No field of {it.of} looks like {lacking}."), document=document)
    return replace(it, document=document, proposal=proposal if proposal.values else None)
