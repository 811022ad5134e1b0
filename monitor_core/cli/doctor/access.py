"""Checks of what the user may do with the database, and of the indexes."""

from collections.abc import Iterator

from monitor_core.contract.wording import count, listed
from monitor_core.mongo.reviewing.rights import why_not_reviewed
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings

OF_THE_LOGGER = ("update", "remove", "createIndex")  # rights on its own collections, besides insert
Check = tuple[bool, str]  # whether all is in order, and the sentence


def rights(store: Store, last: TickResult | None) -> Iterator[Check]:
    """Say what the user may not do; read-only access is fine if another user's logger has run."""
    settings, ours = store.settings, store.database
    if not store.may("insert", store.state.documents):
        yield (
            last is not None,
            f"The user may not write to the database {ours.name}, which is enough for the app only. The logger's user "
            "needs the role readWrite there, or on another database that MONITOR_STATE_DATABASE names.",
        )
    elif missing := [right for right in OF_THE_LOGGER if not store.may(right, store.state.documents)]:
        yield (
            False,
            f"The user may write to the database {ours.name}, but not with every right that the logger needs: it lacks "
            f"{listed(missing)}. Give it the role readWrite there.",
        )
    elif not store.may("update", store.collection):
        yield (
            True,
            f"The user may not write to {settings.database}.{settings.collection}; the logger remembers what it has "
            f"logged in {ours.name}.monitor_logged.",
        )


def reviewing(store: Store) -> Iterator[Check]:
    """Say whether people can review in the app, if they are to."""
    if store.settings.reviewing:
        hindered = why_not_reviewed(store)
        where = store.collection.full_name
        yield not hindered, hindered or f"Editors can review in the app, which writes their reviews into {where}."


def own_collation(store: Store) -> Iterator[Check]:
    """Say that a view compares texts otherwise; of a collection it does not matter."""
    if store.predictions.are_compared_otherwise():
        yield (
            False,
            f"The view {store.collection.full_name} has a collation of its own, so texts that differ may be counted as "
            "one, unlike in the logger's profiles. Create the view again without a collation.",
        )


def missing_indexes(store: Store) -> list[Check]:
    """Say which indexes do not exist, and who creates them."""
    if not store.indexes.have_a_collection():  # the documents' own line says so
        return []
    if why_none := store.indexes.why_none():
        return [(True, why_none)]
    missing = store.indexes.missing()
    if not missing:
        return [(True, "All indexes exist.")]
    if not store.may("createIndex", store.collection):
        number = count(len(missing), "index", "indexes")
        return [(True, f"The user may not create {number} that would make counting faster; everything works without.")]
    return [
        (
            False,
            f"There is no index on {index.key} ({index.reason}); the logger creates it if its user may.",
        )
        for index in missing
    ]


def expiry(store: Store) -> Iterator[Check]:
    """Say when MongoDB deletes documents by itself, and whether their days are sealed by then."""
    settings = store.settings
    for field, age in store.indexes.expiry().items():
        deletes = f"An index on {field} deletes documents of {settings.collection} after {count(age.days, 'day')} (TTL)"
        if not settings.seal_after:
            yield False, f"{deletes}, and the history forgets them: MONITOR_SEAL_AFTER is 0. Set it below {age.days}."
        elif settings.seal_after >= age.days:
            yield (
                False,
                f"{deletes}, before the history seals their days: set MONITOR_SEAL_AFTER, which is "
                f"{settings.seal_after}, below {age.days}.",
            )
        else:
            yield True, f"{deletes}; the history keeps their figures, which it seals after {settings.seal_after} days."


def refusing_indexes(indexes: list[str], settings: Settings) -> Iterator[Check]:
    """Name the indexes of an earlier version that hinder the model's program."""
    for name in indexes:
        yield (
            False,
            f"The index {name}, which an earlier version made, refuses documents with lists in two of its fields; the "
            f"logger drops it if its user may; otherwise drop it from {settings.collection} yourself.",
        )
