"""The collections of each model: their names, renaming and removing them, and others that look like predictions."""

import re

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import MOMENT_MS, Document, answered
from monitor_core.settings.documents import FieldNames
from monitor_core.settings.settings import DEFAULT_MODEL, Settings

NAME = re.compile(r"(monitor_[a-z_]+)(?:\.(.+))?")  # of a collection of ours, and of its model
LEASE = "monitor_lease"
MOST_COLLECTIONS = 50  # that are looked into for predictions


class Ours:
    """The collections of our own that belong to one model: those of every model but the default one bear its name."""

    def __init__(self, settings: Settings, database: Database[Document]) -> None:
        self.database = database
        self.suffix = suffix_of(settings.model)

    def __getitem__(self, name: str) -> Collection[Document]:
        return self.database[name + self.suffix]


def suffix_of(model: str) -> str:
    """Return the suffix of the names of a model's collections.

    >>> suffix_of("default"), suffix_of("cats")
    ('', '.cats')
    """
    return "" if model == DEFAULT_MODEL else f".{model}"


def of_model(settings: Settings) -> Document:
    """Return the field that every document of our own collections has."""
    return {"model": settings.model}


class ModelStates:
    """The collections of our own in one database, by the model that they belong to."""

    def __init__(self, settings: Settings, database: Database[Document]) -> None:
        self.settings = settings
        self.database = database

    @answered
    def collections(self, model: str) -> list[str]:
        """Return the names of the model's collections, without the suffix."""
        return self._by_model().get(model, [])

    @answered
    def models(self) -> list[str]:
        """Return the models that have left any state here."""
        return sorted(self._by_model())

    @answered
    def rename(self, old: str, new: str) -> int:
        """Move a model's state to another name; return the number of its collections.

        If interrupted, it can be run again. Raise MonitorError while a logger works for the model, or if both models
        have the same collection.
        """
        names = self.collections(old)
        both = sorted({*names} & {*self.collections(new)})
        if both:
            raise MonitorError(
                f"Both {old} and {new} have state here ({', '.join(both)}): remove one of them first with "
                "`models remove`."
            )
        self._refuse_at_work(old)
        for name in names:
            ours = self.database[name + suffix_of(old)]
            ours.update_many({"model": {"$ne": new}}, {"$set": {"model": new}})
            ours.rename(name + suffix_of(new))
        return len(names)

    @answered
    def remove(self, model: str) -> int:
        """Drop a model's state; return the number of its collections. The predictions stay as they are."""
        self._refuse_at_work(model)
        names = self.collections(model)
        for name in names:
            self.database[name + suffix_of(model)].drop()
        return len(names)

    def _by_model(self) -> dict[str, list[str]]:
        of_models: dict[str, list[str]] = {}
        for collection in sorted(self.database.list_collection_names()):
            if match := NAME.fullmatch(collection):
                of_models.setdefault(match[2] or DEFAULT_MODEL, []).append(match[1])
        return of_models

    def _refuse_at_work(self, model: str) -> None:
        leases = self.database[LEASE + suffix_of(model)]
        if leases.find_one({"$expr": {"$gt": ["$until", "$$NOW"]}}):
            raise MonitorError(
                f"A logger is working for {model}: stop it and run this again; its lease ends within a minute."
            )


def collections_alike(database: Database[Document], names: list[str], fields: FieldNames) -> list[str]:
    """Return which of these collections, without those of our own, hold documents with the fields of a prediction."""
    theirs = sorted(name for name in names if not name.startswith(("monitor_", "system.")))
    query: Document = {fields.prediction: {"$exists": True}, fields.predicted_at: {"$exists": True}}
    return [name for name in theirs[:MOST_COLLECTIONS] if _holds(database[name], query)]


def _holds(collection: Collection[Document], query: Document) -> bool:
    try:
        return collection.find_one(query, {"_id": 1}, max_time_ms=MOMENT_MS) is not None
    except OperationFailure:  # it takes too long, or we may not look
        return False
