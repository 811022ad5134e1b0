"""What a destination is called, in the database and for people."""

import inspect
from pathlib import Path

import pytest

from monitor_core.logger.destinations.protocol import KEY, Destination, takes_json
from monitor_core.logger.destinations.registry import configured
from monitor_core.settings.settings import Settings


@pytest.mark.parametrize("key", ["local", "json_lines", "s3-archive", "a", "x9"])
def test_a_key_may_be_the_name_of_a_field(key: str) -> None:
    assert KEY.fullmatch(key)


@pytest.mark.parametrize("key", ["", "Local", "9lives", "a.b", "$set", "a b", "_id", "é", "local\n"])
def test_a_key_that_mongodb_would_read_otherwise_is_none(key: str) -> None:
    assert not KEY.fullmatch(key)


def test_each_of_ours_has_what_the_protocol_names(tmp_path: Path) -> None:
    settings = Settings(
        state_folder=tmp_path,
        WHYLABS_API_KEY="abcdefghij.0123456789:org-1",
        WHYLABS_DEFAULT_DATASET_ID="model-1",
    )
    ours = configured(settings)
    assert [one.key for one in ours] == ["local", "whylabs"]
    assert [takes_json(one) for one in ours] == [True, False]
    methods = [name for name, value in vars(Destination).items() if inspect.isfunction(value) and name[0] != "_"]
    assert sorted(methods) == ["announce", "arrived", "deliver", "reach"]
    for destination in ours:
        assert all(hasattr(destination, fact) for fact in Destination.__annotations__)
        for method in methods:
            expected = inspect.signature(getattr(Destination, method)).parameters
            assert ["self", *inspect.signature(getattr(destination, method)).parameters] == list(expected)
