"""Which samples a filter leaves."""

from monitor_core.contract.documents import PLAIN, Review
from monitor_core.contract.selection import REJECTED, SampleFilter, outcome_of


def test_what_is_wanted_is_what_a_review_says() -> None:
    assert outcome_of(3, 3) == "right"
    assert outcome_of(PLAIN.review_of(False, 3, dated=True), 3) == REJECTED
    assert SampleFilter(outcome="wrong").holds(Review.REJECTED, 3)
    assert not SampleFilter(outcome="wrong").holds(Review.NONE, 3)
    assert not SampleFilter().holds(Review.UNREADABLE, 3)
