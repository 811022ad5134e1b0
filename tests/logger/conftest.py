"""Fixtures of the logger's tests: servers that are notified, and the notifier that sends to them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from monitor_core.logger.notifying import Notifier
from monitor_core.mongo.store import Store
from tests.logger.notified import Make
from tests.receivers import Webhook, webhook


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as server:
        yield server


@pytest.fixture
def second() -> Iterator[Webhook]:
    with webhook() as server:
        yield server


@pytest.fixture
def make(make_store: Callable[..., Store]) -> Make:
    def made(*addresses: str, **changes: Any) -> Notifier:
        targets = tuple(SecretStr(address) for address in addresses)
        changes["notify_critical"] = tuple(SecretStr(address) for address in changes.get("notify_critical", ()))
        return Notifier(make_store(notify=targets, notify_allow_private=True, **changes))

    return made
