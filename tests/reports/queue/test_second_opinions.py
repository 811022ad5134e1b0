"""Second opinions: a share of the audit's reviews, asked of another person, or later of anybody where none log in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from monitor_core.contract.selection import NOT_REVIEWED, Selection
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.reviewing.log import ReviewLog
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import change_share
from monitor_core.reports.queue.review_next import AUDIT, INFORMATIVE, review_queue
from monitor_core.reports.queue.second_opinions import ToReview, is_as_listed, to_review
from monitor_core.scores.audit import hashed
from tests.reports.queue.queued import write_queue

SHARE = 1 / 3


@dataclass(frozen=True)
class Audited:
    """A store with an audit, all of which ana has reviewed in the app."""

    store: Store
    selection: Selection
    reviewed: set[str]

    def asks(self, who: str | None, days_later: float = 0, name: str = AUDIT) -> tuple[ToReview, ...]:
        now = self.store.now() + timedelta(days=days_later)
        return to_review(self.store, review_queue(self.store, self.selection, now), name, who, now)

    def files(self, who: str | None, days_later: float = 0) -> set[str]:
        return {of.entry.sample.file for of in self.asks(who, days_later)}


@pytest.fixture
def audited(make_store: Callable[..., Store]) -> Audited:
    store = make_store(reviewing=True, second_opinion=SHARE)
    selection, now = write_queue(store)
    change_share(store, 0.15, "ana", now, selection.period.first)
    reviewer, reviewed = Reviewer(store), set[str]()
    for entry in review_queue(store, selection, now).audited:
        snapshot = reviewer.read(entry.sample.id)
        assert snapshot is not None
        reviewed.add(reviewer.review(snapshot, entry.sample.prediction, "ana").sample.file)
    return Audited(store, selection, reviewed)


def test_another_person_is_asked_for_the_share_that_the_file_names_say(audited: Audited) -> None:
    (plan,) = AuditPlans(audited.store).read()
    drawn = {name for name in audited.reviewed if hashed(f"{plan.salt} second opinion", name) < SHARE}
    assert 0 < len(drawn) < len(audited.reviewed)
    assert audited.files("ben") == drawn
    assert audited.files("ana") == set()
    assert {of.first.by for of in audited.asks("ben") if of.first} == {"ana"}


def test_nothing_of_the_first_answer_is_in_what_is_shown(audited: Audited) -> None:
    for of in audited.asks("ben"):
        assert (of.entry.sample.target, of.entry.sample.outcome) == (None, NOT_REVIEWED)
        assert all(reason.startswith("drawn by chance") for reason in of.entry.reasons)


def test_without_a_login_anybody_is_asked_a_day_later(audited: Audited) -> None:
    assert audited.files(None) == set()
    assert audited.files(None, days_later=1.01) == audited.files("ben")


def test_one_is_asked_once_and_not_for_what_others_changed_or_undid(audited: Audited) -> None:
    reviewer = Reviewer(audited.store)
    before = audited.asks("ben")
    first, second, third = before[:3]
    snapshot = reviewer.read(first.entry.sample.id)
    assert snapshot is not None
    assert is_as_listed(first, snapshot.sample, snapshot.held)
    reviewer.review(snapshot, 9, "ben", first.first)
    assert second.first is not None
    reviewer.undo(second.first.id, "ana")
    changed = reviewer.read(third.entry.sample.id)
    assert changed is not None
    reviewer.review(changed, 9, "ben")
    files = audited.files("cleo")
    assert first.entry.sample.file not in files
    for of in (first, third):
        now = reviewer.read(of.entry.sample.id)
        assert now is not None
        assert not is_as_listed(of, now.sample, now.held)
    assert next(of for of in audited.asks("ben") if of.entry.sample.file == second.entry.sample.file).first is None


@pytest.mark.parametrize("settings", [{"second_opinion": 0.0}, {"reviewing": False}])
def test_nobody_is_asked_twice_unless_it_is_configured(audited: Audited, settings: dict[str, object]) -> None:
    other = Store(audited.store.settings.model_copy(update=settings), database=audited.store.database)
    assert replace(audited, store=other).files("ben") == set()


def test_the_most_informative_are_asked_once(audited: Audited) -> None:
    listed = audited.asks("ben", name=INFORMATIVE)
    assert listed
    assert [of.first for of in listed] == [None] * len(listed)
    entry = listed[0].entry
    assert is_as_listed(listed[0], entry.sample, {})
    assert not is_as_listed(listed[0], replace(entry.sample, target=1, outcome="right"), {})
    assert ReviewLog(audited.store).read(most=1)
