"""Samples in the database that the page reads, and the page itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from tests.app_pages import visit
from tests.documents import prediction


@pytest.fixture
def sample(store: Store) -> Callable[..., dict[str, Any]]:
    """A document of two days ago, of which number 0 is the newest."""

    def made(number: int = 0, **changes: Any) -> dict[str, Any]:
        day = store.now() - timedelta(days=2, minutes=number)
        return prediction(day, **({"filename": f"{number:04d}.png", "reviewed": timedelta(hours=1)} | changes))

    return made


@pytest.fixture
def open_page(store: Store) -> Callable[..., AppTest]:
    """The page with this in its address."""

    def opened(**query: Any) -> AppTest:
        app = visit("investigate/samples", **query)
        assert [element.value for element in app.exception] == []
        return app

    return opened


@pytest.fixture
def files() -> Callable[[AppTest], list[str]]:
    """The file names that the page lists."""

    def listed(app: AppTest) -> list[str]:
        (table,) = (frame.value for frame in app.dataframe if "file" in frame.value)
        return sorted(table["file"])

    return listed
