"""The tags that people give to samples: short texts, stored beside the predictions and never in them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from monitor_core.contract.errors import MonitorError
from monitor_core.contract.texts import BLANKS
from monitor_core.mongo.connection import answered, id_key
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store

LONGEST_TAG = 40  # characters


class Tags:
    """The collection monitor_tags: a document for each tagged prediction, with its tags."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_tags"]

    @answered
    def add(self, ids: Iterable[Any], tag: str, by: str, now: datetime) -> None:
        """Give the tag to these predictions; those that have it already stay as they are."""
        text = tag_of(tag)
        who = {"by": by, "at": now}
        changes = [
            UpdateOne(
                {"_id": {"sample": sample_id}},
                {"$addToSet": {"tags": text}, "$set": who, "$setOnInsert": self.of_model},
                upsert=True,
            )
            for sample_id in ids
        ]
        if changes:
            self.documents.bulk_write(changes, ordered=False)

    @answered
    def remove(self, ids: Iterable[Any], tag: str, by: str, now: datetime) -> None:
        """Take the tag from these predictions."""
        query = {"_id": {"$in": [{"sample": sample_id} for sample_id in ids]}, "tags": tag}
        self.documents.update_many(query, {"$pull": {"tags": tag}, "$set": {"by": by, "at": now}})

    @answered
    def read(self, ids: Iterable[Any]) -> dict[bytes, tuple[str, ...]]:
        """Return the tags of those predictions that have any, by the key of the id (`id_key`), in their order."""
        query = {"_id": {"$in": [{"sample": sample_id} for sample_id in ids]}, "tags": {"$ne": []}}
        return {
            id_key(document["_id"]["sample"]): tuple(sorted(document["tags"]))
            for document in self.documents.find(query, {"tags": 1})
        }

    @answered
    def in_use(self) -> list[str]:
        """Return all tags that any prediction has, in their order."""
        return sorted(
            group["_id"] for group in self.documents.aggregate([{"$unwind": "$tags"}, {"$group": {"_id": "$tags"}}])
        )

    @answered
    def tagged(self, tags: Sequence[str]) -> list[Any]:
        """Return the ids of the predictions that have one of these tags at least."""
        documents = self.documents.find({"tags": {"$in": list(tags)}}, {"_id": 1})
        return [document["_id"]["sample"] for document in documents]


def tag_of(text: str) -> str:
    """Return the text as a tag, with single spaces; raise MonitorError if it is empty or too long.

    >>> tag_of("  label  is wrong ")
    'label is wrong'
    """
    tag = " ".join(text.replace("\0", " ").strip(BLANKS).split())
    if not tag:
        raise MonitorError("A tag needs a text.")
    if len(tag) > LONGEST_TAG:
        raise MonitorError(f"A tag has at most {LONGEST_TAG} characters; this one has {len(tag)}.")
    return tag
