"""The grid of documents with any value of BSON in any of their fields, each otherwise in order."""

from datetime import date, datetime
from typing import Any

from bson.errors import BSONError
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from monitor_core.mongo.reading import as_contract
from monitor_core.mongo.store import Store
from tests.documents import ABSENT, ANY_VALUES, FIELDS, Document, prediction

ALL_FIELDS = ("_id", *FIELDS.model_dump(exclude_none=True).values(), "camera", "scene")
DATES = (FIELDS.predicted_at, FIELDS.validated_at)


def any_documents(made: datetime) -> list[tuple[str, Any, Document]]:
    """Return each field with each value, and the document that holds it: predicted and reviewed at this instant."""
    return [
        (
            field,
            value,
            {
                name: of_field
                for name, of_field in (prediction(made, reviewed=made) | {field: value}).items()
                if of_field is not ABSENT
            },
        )
        for field in ALL_FIELDS
        for value in ANY_VALUES
    ]


def insert_each(collection: Collection[Document], documents: list[Document]) -> None:
    """Insert what MongoDB takes: it refuses some values as an id, and one that is there."""
    for document in documents:
        try:
            collection.insert_one(document)
        except (PyMongoError, BSONError):
            assert "_id" in document


def is_of_another_year(store: Store, value: Any) -> bool:
    """Whether a date of this value would be counted, and long before or after the grid's other documents."""
    instant = None if value is ABSENT else store.settings.notation.instant_of(as_contract(value))
    return instant is not None and not date(2026, 9, 1) <= instant.date() <= store.now().date()
