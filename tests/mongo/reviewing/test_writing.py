"""Writing reviews: nothing of another's is overwritten, undo restores exactly, and an interruption loses nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import Int64

from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError, ReviewedMeanwhile
from monitor_core.contract.selection import Selection
from monitor_core.logger import tick as jobs
from monitor_core.mongo.reviewing.log import ReviewLog
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.store import Store
from tests.documents import ABSENT, FIELDS, at, fields
from tests.mongo.reviewing.reviewed import change, insert, raw, seen

FORMS: list[Any] = [
    ABSENT,
    None,
    "",
    True,
    False,
    3,
    3.0,
    Int64(5),
    "5",
    " 5 ",
    ["5"],
    "skip it",
    float("nan"),
    {"a": 1},
]
EARLIER = at(2026, 10, 5, 9)


class Killed(Exception):
    """The end of a program."""


def log_of(store: Store) -> list[tuple[str, str]]:
    return [(one.state, one.by) for one in ReviewLog(store).read()]


@pytest.mark.parametrize("reviewed", [ABSENT, None, EARLIER, "2026-10-05T09:00:00Z"])
@pytest.mark.parametrize("form", FORMS)
def test_undo_restores_exactly_what_was_there(store: Store, form: Any, reviewed: Any) -> None:
    one = insert(store, target=form, reviewed=reviewed, logged=True, extra=[1])
    before, reviewer = store.collection.find_one({"_id": one}), Reviewer(store)
    entry = reviewer.review(seen(store, one), 4, "ana")
    now = raw(store, one)
    assert (now[FIELDS.validated], now[FIELDS.logged]) == (4, True)
    changed = {
        name for name in now if name not in before or (now[name] is not before[name] and now[name] != before[name])
    }
    assert changed <= {FIELDS.validated, FIELDS.validated_at}
    reviewer.undo(entry.id, "ana")
    assert str(raw(store, one)) == str(before)
    assert log_of(store) == [("undone", "ana")]
    with pytest.raises(MonitorError, match="undone already"):
        reviewer.undo(entry.id, "ana")


@pytest.mark.parametrize(("target", "written"), [(3, 3), (4, 4), (None, False)])
def test_an_answer_is_written_with_the_database_s_time_and_nothing_else_is(
    store: Store, target: int | None, written: Any
) -> None:
    one = insert(store)
    before, reviewer = raw(store, one), Reviewer(store)
    entry = reviewer.review(seen(store, one), target, "ana")
    after = raw(store, one)
    assert after == before | fields(validated=written, validated_at=entry.at)
    assert type(after[FIELDS.validated]) is type(written)
    assert abs(after[FIELDS.validated_at] - store.now()) < timedelta(minutes=1)
    sample = seen(store, one).sample
    assert sample.outcome == {3: "right", 4: "wrong", None: "rejected"}[target]


@pytest.mark.parametrize(
    ("examples", "notation", "kind"),
    [
        ([], {}, "date"),
        ([EARLIER, "2026-10-01"], {}, "date"),
        (["2026-10-01 10:00"], {}, "string"),
        ([1_791_000_000], {"date_numbers": "seconds"}, "int"),
        ([EARLIER], {"stored_times": "+02:00"}, "date"),
        ([EARLIER], {"stored_times": "local", "time_zone": "Europe/Madrid"}, "date"),
    ],
)
def test_a_date_is_written_as_the_collection_has_its_dates(
    make_store: Callable[..., Store], examples: list[Any], notation: dict[str, Any], kind: str
) -> None:
    store = make_store(**notation)
    for example in examples:
        insert(store, target=3, reviewed=example)
    one = insert(store)
    entry = Reviewer(store).review(seen(store, one), 4, "ana")
    query = {"_id": one, FIELDS.validated_at: {"$type": kind}}
    assert store.collection.count_documents(query) == 1, raw(store, one)
    reviewed_at = seen(store, one).sample.reviewed_at
    assert reviewed_at is not None
    assert abs(reviewed_at - entry.at) < timedelta(seconds=1)


def test_the_prediction_s_own_date_says_the_form_where_nothing_is_reviewed(store: Store) -> None:
    one = insert(store, predicted_at="2026-10-05T08:00:00+02:00")
    Reviewer(store).review(seen(store, one), 4, "ana")
    assert raw(store, one)[FIELDS.validated_at].endswith("Z")


def test_another_s_review_is_never_overwritten_and_it_is_said_who_was_faster(store: Store) -> None:
    one = insert(store)
    ana, ben = seen(store, one), seen(store, one)
    Reviewer(store).review(ana, 4, "ana")
    written = raw(store, one)
    with pytest.raises(ReviewedMeanwhile, match=r'ana was faster with "a.png" and reviewed it as "4" on .* nothing'):
        Reviewer(store).review(ben, 3, "ben")
    assert raw(store, one) == written
    assert log_of(store) == [("refused", "ben"), ("done", "ana")]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"validated": 5, "validated_at": EARLIER}, 'Somebody was faster with "a.png" and reviewed it as "5"'),
        ({"validated": False, "validated_at": EARLIER}, "Somebody .* rejected it"),
        ({"validated": True}, 'Somebody .* reviewed it as "3"'),
        ({"validated_at": EARLIER}, "removed the review"),
        (None, "was removed"),
    ],
)
@pytest.mark.parametrize("step", ["before the entry", "after the entry"])
def test_what_another_program_writes_at_any_step_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any] | None, sentence: str, step: str
) -> None:
    one = insert(store, target=ABSENT)
    snapshot, reviewer = seen(store, one), Reviewer(store)
    begin = reviewer.log.begin

    def interfere() -> None:
        if values is None:
            store.collection.delete_one({"_id": one})
        else:
            change(store, one, **values)

    def begin_and_interfere(*given: Any) -> Any:
        begun = begin(*given)
        interfere()
        return begun

    if step == "before the entry":
        interfere()
    else:
        monkeypatch.setattr(reviewer.log, "begin", begin_and_interfere)
    with pytest.raises(ReviewedMeanwhile, match=sentence):
        reviewer.review(snapshot, 4, "ben")
    now = store.collection.find_one({"_id": one})
    assert now is None if values is None else now is not None and now.items() >= fields(**values).items()
    assert log_of(store) == [("refused", "ben")]


def test_undo_does_not_take_away_a_review_that_followed(store: Store) -> None:
    one, reviewer = insert(store), Reviewer(store)
    entry = reviewer.review(seen(store, one), 4, "ana")
    reviewer.review(seen(store, one), 5, "ben")
    with pytest.raises(ReviewedMeanwhile, match="ben was faster"):
        reviewer.undo(entry.id, "ana")
    assert raw(store, one)[FIELDS.validated] == 5
    assert log_of(store) == [("done", "ben"), ("done", "ana")]


def test_a_program_that_ends_between_two_writes_loses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one = insert(store)
    before = raw(store, one)
    for step, after in (("_change", "refused"), ("change", "done")):
        end(monkeypatch, step, lambda: Reviewer(store).review(seen(store, one), 4, "ana"))
        assert log_of(store)[0] == ("begun", "ana")
        settle_later(store)
        assert log_of(store)[0] == (after, "ana")
    entry = ReviewLog(store).read()[0]
    for step, after in (("_change", "done"), ("change to undone", "undone")):
        end(monkeypatch, step, lambda: Reviewer(store).undo(entry.id, "ana"))
        assert log_of(store)[0] == ("undoing", "ana")
        settle_later(store)
        assert log_of(store)[0] == (after, "ana")
    assert raw(store, one) == before


def end(monkeypatch: pytest.MonkeyPatch, step: str, act: Callable[[], Any]) -> None:
    """Let a program end before it changes the prediction, or before it completes the log."""
    change_log = ReviewLog.change

    def ends(*given: Any, **fields: Any) -> Any:
        if step == "change to undone" and given[2] == "undoing":
            return change_log(*given, **fields)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*((Reviewer, "_change") if step == "_change" else (ReviewLog, "change")), ends)
        with pytest.raises(Killed):
            act()


def settle_later(store: Store) -> None:
    Reviewer(store).settle()
    assert log_of(store)[0][0] in ("begun", "undoing")  # it may be at work still
    earlier = store.now() - timedelta(minutes=2)
    for state, field in (("begun", "at"), ("undoing", "undone_at")):
        store.database["monitor_reviews"].update_many({"state": state}, {"$set": {field: earlier}})
    Reviewer(store).settle()


def test_a_second_opinion_that_agrees_changes_nothing_and_one_that_does_not_counts(store: Store) -> None:
    one, reviewer = insert(store), Reviewer(store)
    first = reviewer.review(seen(store, one), 4, "ana")
    written = raw(store, one)
    agrees = reviewer.review(seen(store, one), 4, "ben", first)
    assert raw(store, one) == written
    reviewer.undo(agrees.id, "ben")
    assert raw(store, one) == written
    reviewer.review(seen(store, one), None, "ben", first)
    assert raw(store, one)[FIELDS.validated] is False
    entries = [(e.by, e.first == first.id, e.agrees, e.state) for e in ReviewLog(store).read()]
    assert entries == [("ben", True, False, "done"), ("ben", True, True, "undone"), ("ana", False, None, "done")]
    with pytest.raises(ReviewedMeanwhile):
        reviewer.review(seen(store, insert(store)).__class__(first.sample, first.after), 4, "ben", first)


@pytest.mark.parametrize(
    ("settings", "target"), [({"boolean_classes": True}, None), ({"not_reviewed": ("4",)}, 4)], ids=["false", "4"]
)
def test_what_would_be_read_as_another_review_is_refused(
    make_store: Callable[..., Store], settings: dict[str, Any], target: int | None
) -> None:
    store = make_store(**settings)
    one = insert(store, predicted=1)
    before = raw(store, one)
    with pytest.raises(MonitorError, match="MONITOR_BOOLEAN_CLASSES and MONITOR_NOT_REVIEWED"):
        Reviewer(store).review(seen(store, one), target, "ana")
    assert raw(store, one) == before
    assert log_of(store) == []


def test_the_database_s_refusal_is_said_and_logged(store: Store) -> None:
    one = insert(store)
    store.database.command("collMod", store.settings.collection, validator={FIELDS.validated: None})
    with pytest.raises(MonitorError, match="validator refuses the document"):
        Reviewer(store).review(seen(store, one), 4, "ana")
    assert log_of(store) == [("refused", "ana")]


def test_the_logger_logs_such_a_review_once_and_counts_its_days_again(store: Store) -> None:
    one = insert(store, predicted_at=store.now() - timedelta(days=2))
    assert jobs.tick(store).logged == 0
    assert [samples(store, basis) for basis in BASES] == [0, 0]
    entry = Reviewer(store).review(seen(store, one), 4, "ana")
    assert jobs.tick(store).logged == 1
    assert raw(store, one)[FIELDS.logged] is True
    assert [samples(store, basis) for basis in BASES] == [1, 1]
    Reviewer(store).undo(entry.id, "ana")
    assert raw(store, one)[FIELDS.logged] is True
    assert jobs.tick(store).logged == 0


def samples(store: Store, basis: Basis) -> int:
    """Count the samples of the last days, as a page does."""
    today = store.now().date()
    counts = store.counts.of(Selection(Period(today - timedelta(days=5), today), basis))
    return int(counts.confusion.cells[:, 3].sum())
