"""Annotations of days: deployments, retrainings and notes, which charts show and rules refer to."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal, get_args

from bson import ObjectId

from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import answered
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store
from monitor_core.settings.place import CLI

AnnotationKind = Literal["deployment", "retraining", "note"]
MODEL_CHANGES: tuple[AnnotationKind, ...] = ("deployment", "retraining")  # evidence against the model starts again


@dataclass(frozen=True)
class Annotation:
    """An event of a day, and who added it."""

    id: str
    day: date
    kind: AnnotationKind
    text: str
    by: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.kind}, {wording.day(self.day)}" + (f": {self.text}" if self.text else "")


class Annotations:
    """The collection monitor_annotations."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_annotations"]

    @answered
    def add(self, kind: str, day: date, text: str, by: str, now: datetime) -> Annotation:
        """Add an annotation and return it."""
        if kind not in get_args(AnnotationKind):
            raise MonitorError(
                f'"{kind}" is not a kind of annotation; use one of {", ".join(get_args(AnnotationKind))}.'
            )
        if kind == "note" and not text.strip():
            raise MonitorError("A note needs a text.")
        made = Annotation(str(ObjectId()), day, kind, text, by, now)  # type: ignore[arg-type]  # asked above
        fields = {name: value for name, value in asdict(made).items() if name != "id"}
        self.documents.insert_one({"_id": made.id} | fields | {"day": day.isoformat()} | self.of_model)
        return made

    @answered
    def remove(self, annotation_id: str) -> None:
        """Remove an annotation; raise an error if there is none with this id."""
        if not self.documents.delete_one({"_id": annotation_id}).deleted_count:
            raise MonitorError(f'There is no annotation "{annotation_id}" (any more); `{CLI} annotations` lists them.')

    @answered
    def read(self, kinds: Collection[str] = get_args(AnnotationKind)) -> list[Annotation]:
        """Return the annotations of these kinds, by day."""
        documents = self.documents.find({"kind": {"$in": list(kinds)}}).sort([("day", 1), ("at", 1)])
        return [
            Annotation(
                document["_id"],
                date.fromisoformat(document["day"]),
                document["kind"],
                document["text"],
                document["by"],
                document["at"],
            )
            for document in documents
        ]
