"""The rights of the database user that reviewing in the app needs."""

from pymongo.collection import Collection

from monitor_core.contract.wording import listed
from monitor_core.mongo.connection import Document
from monitor_core.mongo.reviewing.holds import Holds
from monitor_core.mongo.reviewing.log import ReviewLog
from monitor_core.mongo.store import Store


def why_not_reviewed(store: Store) -> str | None:
    """Return why no review can be written into the predictions; None if nothing is known to be in the way."""
    if store.collection.kind() in ("view", "timeseries"):
        return (
            f"{store.collection.full_name} is a view or a time series, whose documents cannot be changed: nobody can "
            "review in the app."
        )
    missing = [words for of, actions in _needed(store) if (words := _missing(store, of, actions))]
    if not missing:
        return None
    return (
        f"Nobody can review in the app, because the database user lacks rights: {listed(missing)}. "
        "docs/reviewing.md says how to grant them."
    )


def _needed(store: Store) -> list[tuple[Collection[Document], tuple[str, ...]]]:
    return [
        (store.collection, ("update",)),
        (ReviewLog(store).documents, ("insert", "update")),
        (Holds(store).documents, ("insert", "update", "remove")),
    ]


def _missing(store: Store, of: Collection[Document], actions: tuple[str, ...]) -> str:
    lacking = [action for action in actions if not store.may(action, of)]
    return f"{listed(lacking)} on {of.full_name}" if lacking else ""
