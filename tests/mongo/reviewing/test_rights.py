"""The rights that reviewing needs: named where they are missing, exactly as they must be granted."""

from collections.abc import Callable
from typing import Any

from monitor_core.mongo.reviewing import rights
from monitor_core.mongo.store import Store


def test_a_user_with_all_rights_is_not_hindered(store: Store) -> None:
    assert rights.why_not_reviewed(store) is None


def test_a_view_cannot_be_reviewed(make_store: Callable[..., Any]) -> None:
    store = make_store(collection="a_view")
    store.database.command("create", "a_view", viewOn="image_logs", pipeline=[])
    sentence = rights.why_not_reviewed(store)
    assert sentence is not None
    assert "is a view" in sentence
