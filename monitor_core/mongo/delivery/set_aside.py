"""The reviewed predictions that the logger cannot log, each with the reason, so that their owner can correct them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bson import json_util

from monitor_core.contract.documents import field_value
from monitor_core.contract.problems import PROBLEMS
from monitor_core.mongo.store import Store

LONGEST = 400  # characters of a value


@dataclass(frozen=True, slots=True)
class SetAside:
    """A reviewed prediction that no destination receives until its document is corrected.

    Id and value are MongoDB Extended JSON, in which 1 and "1" differ; long values are truncated, ids never.
    """

    id: str
    file: str
    reason: str  # a key of PROBLEMS
    field: str
    value: str


def set_aside(store: Store) -> Iterator[SetAside]:
    """Yield the reviewed predictions that are set aside at this moment."""
    for document, reason in store.predictions.set_aside():
        field = getattr(store.fields, PROBLEMS[reason].shown_by[0])
        file, value = field_value(document, store.fields.filename), field_value(document, field)
        text = _json(value)
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        yield SetAside(
            _json(document["_id"]) if "_id" in document else "",
            file if isinstance(file, str) else "",
            reason,
            field,
            short,
        )


def _json(value: Any) -> str:
    return json_util.dumps(value, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False)
