"""The list of bases."""

from typing import get_args

from monitor_core.contract.bases import BASES, Basis
from monitor_core.scores.counts import EXCLUDED
from monitor_core.settings.documents import FieldNames


def test_each_basis_is_in_the_list_once_with_a_field_and_a_reason_of_its_own() -> None:
    assert tuple(BASES) == get_args(Basis)
    assert {one.field for one in BASES.values()} < set(FieldNames.model_fields)
    assert {one.undated for one in BASES.values()} < set(EXCLUDED)
    for name in ("title", "field", "undated"):
        assert len({getattr(one, name) for one in BASES.values()}) == len(BASES)
