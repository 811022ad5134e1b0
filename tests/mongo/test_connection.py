"""The connection, and its errors in words."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from monitor_core.contract.errors import DatabaseUnavailable, SettingsError
from monitor_core.mongo.store import Store


def test_a_dead_database_is_said_with_the_remedy_and_without_the_password(make_store: Callable[..., Store]) -> None:
    uri = "mongodb://root:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=300"
    store = Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    with pytest.raises(DatabaseUnavailable) as caught:
        store.predictions.is_empty()
    assert "127.0.0.1:9" in str(caught.value)
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("uri", ["mongodb://user:hunter2/x@db:27017", "mongodb://a:hunter2@db:port", "mongodb://"])
def test_an_address_the_driver_refuses_shows_no_password(make_store: Callable[..., Store], uri: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)
