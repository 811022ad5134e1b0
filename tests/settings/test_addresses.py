"""Addresses of notifications, whose secrets stay out of what is shown."""

import pytest

from monitor_core.settings.addresses import scheme, split, understood

PASSWORD = "hunter2"  # noqa: S105 - of nobody


def test_addresses_are_named_by_their_kind_only() -> None:
    assert scheme(f"mailto://monitor:{PASSWORD}@example.org") == "mailto"
    assert scheme(PASSWORD) == "address"


@pytest.mark.parametrize(
    "text", ["json://a json://b", "json://a,json://b", '["json://a", "json://b"]', " json://a,\njson://b "]
)
def test_addresses_are_separated_by_commas_or_spaces_or_a_json_list(text: str) -> None:
    assert split(text) == ["json://a", "json://b"]


def test_an_address_is_understood_if_apprise_has_its_service() -> None:
    assert understood("json://localhost")
    assert not understood("nonsense://localhost")
