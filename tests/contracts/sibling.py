"""What the suites of this folder ask of a database's package: how raw documents get into it, and its parts by name."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from tests.contracts.plain_reading import Reading
from tests.documents import CLOCKS, Document, any_predictions, at
from tests.lanes import examples

NOW = at(2026, 10, 5)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
QUICK = settings(
    max_examples=examples(30),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
)


class Sibling:
    """Say the package, and how raw documents come into the database of a store that `make_store` opens."""

    package: str  # such as "monitor_core.mongo"

    def insert(self, store: Any, documents: list[Document]) -> None:
        raise NotImplementedError

    def empty(self, store: Any) -> None:
        """Take all predictions away."""
        raise NotImplementedError

    def stored(self, store: Any) -> list[Document]:
        """Return the predictions as the database gives them back, of Python's own types."""
        raise NotImplementedError

    def part(self, name: str) -> Any:
        """Return a class or function of the package: `delivery.leases.Leases`."""
        module, _, attribute = name.rpartition(".")
        return getattr(import_module(f"{self.package}.{module}"), attribute)

    @pytest.fixture
    def store(self, make_store: Callable[..., Any]) -> Any:
        return make_store()

    def some(self, data: Any, make_store: Callable[..., Any], least: int = 0) -> tuple[Any, Selection]:
        """Return a store with any documents, and a selection of some of their days."""
        name, first = data.draw(st.sampled_from(CLOCKS))
        zone = ZoneInfo(name)
        labels = data.draw(st.lists(st.integers(-2, 12), min_size=1, max_size=4, unique=True))
        made = data.draw(st.lists(any_predictions(first, zone, labels), min_size=least, max_size=60))
        store = make_store(time_zone=name, segments={"camera": "camera"})
        self.empty(store)
        if made:
            self.insert(store, made)
        if data.draw(st.booleans()):
            store.indexes.create()
        period = Period(first, first + timedelta(days=data.draw(st.integers(0, 5))))
        return store, Selection(period, data.draw(st.sampled_from(list(BASES))))

    def readings(self, store: Any, selection: Selection) -> list[Reading]:
        everything = [Reading(one, selection.basis, store.settings.notation) for one in self.stored(store)]
        return [one for one in everything if one.is_in(selection)]
