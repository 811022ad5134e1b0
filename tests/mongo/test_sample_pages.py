"""The place of a page, through the address."""

import pytest
from bson import ObjectId

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.sample_pages import Place, place_of
from tests.documents import at


@pytest.mark.parametrize("token", ["x", "%%%", "AAAA", "\0", "é", "A" * 5000, Place(3, None).token()[:-3]])
def test_a_place_that_cannot_be_read_is_said(token: str) -> None:
    with pytest.raises(MonitorError, match="this is the first"):
        place_of(token)


def test_a_place_survives_the_address() -> None:
    for key in (at(2026, 10, 3, 1, 2, 3), 0.25, None):
        for one in (ObjectId(), "a/b", 7, {"a": [1]}):
            assert place_of(Place(key, one, True, 7).token()) == Place(key, one, True, 7)
