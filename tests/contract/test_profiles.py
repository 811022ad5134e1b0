"""A day's profile, and the quantiles that a profile's summary has."""

from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from monitor_core.contract.documents import ReviewedRow
from monitor_core.contract.profiles import QUANTILES, DayProfile, ending_of, is_json
from monitor_core.logger import profiles
from monitor_core.logger.profiling.exact import ExactProfile
from monitor_core.settings.documents import FieldNames
from tests.documents import FIELDS, at

DAY = date(2026, 10, 4)


def row(number: int) -> ReviewedRow:
    return ReviewedRow(number, 1, 1, number / 100, at(2026, 10, 4, 12), at(2026, 10, 5))


def test_the_bytes_are_a_file_of_whylogs_with_each_of_the_quantiles() -> None:
    rows = [row(number) for number in range(1, 100)]
    profile = profiles.day_profile(rows, "a", FieldNames(), str)
    assert (profile.day, profile.trace_id, profile.rows) == (DAY, "a", 99)
    column = profiles.read_profile(profile.data).get_column(FIELDS.confidence).to_summary_dict()
    for name in QUANTILES:
        share = int(name.removesuffix("%"))
        key = "median" if share == 50 else f"q_{share:02d}"
        assert column[f"distribution/{key}"] == pytest.approx(share / 100, abs=0.02)


def test_the_quantiles_are_named_in_order_and_symmetric() -> None:
    shares = [int(name.removesuffix("%")) for name in QUANTILES]
    assert shares == sorted(shares)
    assert [100 - share for share in reversed(shares)] == shares


def test_what_has_been_profiled_is_not_changed_on_its_way() -> None:
    profile = DayProfile(DAY, "a", 3, b"bytes")
    with pytest.raises(FrozenInstanceError):
        profile.data = b"others"  # type: ignore[misc]
    assert profile == DayProfile(DAY, "a", 3, b"bytes")


@pytest.mark.parametrize("targets", [(1,), (None,)], ids=["with a matrix", "without"])
def test_our_own_profile_is_recognised_and_no_file_of_whylogs_begins_like_it(targets: tuple[int | None]) -> None:
    rows = [ReviewedRow(n, targets[0], 1, 0.5, at(2026, 10, 4, 12), None) for n in range(9)]
    for kind, ending in ((profiles.ProfileBuilder, "bin"), (ExactProfile, "json")):
        builder = kind(at(2026, 10, 4), FieldNames(), str, "a")
        builder.add(rows)
        data = builder.finish()
        assert (is_json(data), ending_of(data)) == (ending == "json", ending)


def test_a_length_and_a_line_feed_as_whylogs_writes_them_are_no_beginning_of_ours() -> None:
    """A message of 123 bytes begins with the sign of its length, which is a brace."""
    assert not is_json(b"{\n" + b"x" * 122)
    assert not is_json(b"")
