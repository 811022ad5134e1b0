"""The predictions whose reviews say most: unsure or rare ones, newly frequent ones, and reviewed against the model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, islice, zip_longest
from statistics import NormalDist

import numpy as np

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.selection import Sample, SampleFilter, Selection
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.sample_pages import Place
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import NO_CONFIDENCE, DayCounts
from monitor_core.scores.counts import NOT_REVIEWED as NO_RESULT
from monitor_core.settings.settings import Settings

LEAST_CONFIDENT = 0.2  # of the predictions, which are called unsure
FEW_REVIEWED, HARDLY_ANY = 25, 5  # of a predicted class, below which it may be rare, and is
RARE_CLASSES = 20  # at most
RECENT_DAYS, DAYS_BEFORE_THEM = 7, 14  # that are compared, at least as many before
RANGE_BINS = CONFIDENCE_BINS // 5  # of confidence, within which a class may have become more frequent
LEAST_RATIO, LEAST_PREDICTIONS, ERROR = 1.5, 5, 0.01  # of what has become more frequent
VERY_CONFIDENT = 190  # the bin from which on the model is: 95%
MOST_GROUPS = 10  # of newly frequent predictions


@dataclass(frozen=True)
class QueueEntry:
    """A prediction that people should review, and why."""

    sample: Sample
    reasons: tuple[str, ...]  # clauses


@dataclass(frozen=True)
class Frequent:
    """Predictions that have become more frequent: of a class, within a range of confidence."""

    label: int
    bins: tuple[int, int] | None  # None: without confidence
    recent: int  # in the last days
    before: int
    recent_of: int  # predictions in all
    before_of: int


def informative(store: Store, selection: Selection, most: int) -> list[QueueEntry]:
    """Return at most so many predictions of the selection's period: from each kind in turn, the most telling first."""
    selection = replace(selection, basis="predicted")
    days = store.counts.by_day(selection)
    kinds = (
        _unsure(store, selection, days),
        _rare(store, selection, days),
        _newly_frequent(store, selection, days),
        _contradicted(store, selection),
    )
    entries: dict[bytes, QueueEntry] = {}
    for entry in filter(None, chain.from_iterable(zip_longest(*(islice(kind, most) for kind in kinds)))):
        key = id_key(entry.sample.id)
        if key in entries:
            entry = QueueEntry(entry.sample, (*entries[key].reasons, *entry.reasons))
        entries[key] = entry
    return list(entries.values())[:most]


def _samples(search: Search) -> Iterator[Sample]:
    """Yield the samples of all pages."""
    place: Place | None = Place()
    while place is not None:
        page = search.page(place)
        yield from page.samples
        place = page.after


# ---- unsure


def _unsure(store: Store, selection: Selection, days: Sequence[DayCounts]) -> Iterator[QueueEntry]:
    end = unsure_below(days)
    if end:
        chosen = SampleFilter(outcome="not reviewed", bins=(0, end))
        for sample in _samples(Search(store, selection, chosen, "least confident")):
            part = wording.percent(sample.confidence)
            reason = f"the model is unsure: its confidence of {part} is among the lowest fifth of the period"
            yield QueueEntry(sample, (reason,))


def unsure_below(days: Sequence[DayCounts]) -> int:
    """Return the bin below which about a fifth of the predictions is; 0 if too many have the lowest confidence."""
    table = _table(days)
    has_any = table[:, 2] != NO_CONFIDENCE
    cumulative = np.cumsum(np.bincount(table[has_any, 2], table[has_any, 3], CONFIDENCE_BINS))
    return int((cumulative <= LEAST_CONFIDENT * cumulative[-1]).sum()) if cumulative[-1] else 0


def _table(days: Sequence[DayCounts]) -> Ints:
    return np.concatenate([np.zeros((0, 4), np.int64), *(day.confidence for day in days)])


# ---- rare


def _rare(store: Store, selection: Selection, days: Sequence[DayCounts]) -> Iterator[QueueEntry]:
    reviewed = rare_classes(days)
    if reviewed:
        chosen = SampleFilter(outcome="not reviewed", predictions=tuple(reviewed))
        for sample in _samples(Search(store, selection, chosen)):
            name = store.settings.class_name(sample.prediction)
            number = wording.count(reviewed[sample.prediction], "prediction")
            are = "is" if reviewed[sample.prediction] == 1 else "are"
            yield QueueEntry(sample, (f'few like it are reviewed: {number} of "{name}" in the period {are}',))


def rare_classes(days: Sequence[DayCounts]) -> dict[int, int]:
    """Return the predicted classes with few reviewed and some unreviewed predictions, with the number reviewed.

    Few are fewer than FEW_REVIEWED and than half of what the median class has, or fewer than HARDLY_ANY.
    """
    table = _table(days)
    labels, place = np.unique(table[:, 0], return_inverse=True)
    is_reviewed = table[:, 1] != NO_RESULT
    reviewed, waiting = (
        np.bincount(place, table[:, 3] * of, len(labels)).astype(np.int64) for of in (is_reviewed, ~is_reviewed)
    )
    few = min(FEW_REVIEWED, max(HARDLY_ANY, float(np.median(reviewed)) / 2)) if len(labels) else 0
    rare = np.flatnonzero((reviewed < few) & (waiting > 0))
    rare = rare[np.argsort(reviewed[rare], kind="stable")][:RARE_CLASSES]
    return {int(labels[place]): int(reviewed[place]) for place in rare}


# ---- newly frequent


def _newly_frequent(store: Store, selection: Selection, days: Sequence[DayCounts]) -> Iterator[QueueEntry]:
    period = selection.period
    since = period.last - timedelta(days=RECENT_DAYS - 1)
    recent = replace(selection, period=Period(max(since, period.first), period.last))
    for group in newly_frequent(days):
        reason = _frequent_in_words(group, recent.period, store.settings)
        chosen = SampleFilter(outcome="not reviewed", predictions=(group.label,), bins=group.bins)
        for sample in _samples(Search(store, recent, chosen)):
            if group.bins or sample.confidence is None:
                yield QueueEntry(sample, (reason,))


def newly_frequent(days: Sequence[DayCounts]) -> list[Frequent]:
    """Return the groups whose share of the predictions has risen significantly, the largest rise first.

    The last week is compared with the days before; the test is of two shares, with a Bonferroni correction over the
    groups.
    """
    if len(days) < RECENT_DAYS + DAYS_BEFORE_THEM:
        return []
    recent, before = _table(days[-RECENT_DAYS:]), _table(days[:-RECENT_DAYS])
    n, m = int(recent[:, 3].sum()), int(before[:, 3].sum())
    if not n or not m:
        return []
    sums = [_by_group(table) for table in (recent, before)]
    groups = [
        Frequent(label, _bins_of(at), count, sums[1].get((label, at), 0), n, m)
        for (label, at), count in sums[0].items()
    ]
    beyond = NormalDist().inv_cdf(1 - ERROR / len(groups))
    risen = [group for group in groups if group.recent >= LEAST_PREDICTIONS and _ratio(group) >= LEAST_RATIO]
    risen = [group for group in risen if _standard_errors(group) > beyond]
    return sorted(risen, key=_ratio, reverse=True)[:MOST_GROUPS]


def _by_group(table: Ints) -> dict[tuple[int, int], int]:
    """Return the predictions of each class and range of confidence; -1 is none."""
    at = np.where(table[:, 2] == NO_CONFIDENCE, -1, table[:, 2] // RANGE_BINS)
    keys, place = np.unique(np.column_stack([table[:, 0], at]), axis=0, return_inverse=True)
    counts = np.bincount(place.ravel(), table[:, 3], len(keys)).astype(np.int64)
    return {(int(label), int(of)): int(count) for (label, of), count in zip(keys, counts, strict=True)}


def _bins_of(at: int) -> tuple[int, int] | None:
    return None if at < 0 else (at * RANGE_BINS, (at + 1) * RANGE_BINS)


def _ratio(group: Frequent) -> float:
    return (group.recent / group.recent_of) / (max(group.before, 0.5) / group.before_of)


def _standard_errors(group: Frequent) -> float:
    share = (group.recent + group.before) / (group.recent_of + group.before_of)
    spread = share * (1 - share) * (1 / group.recent_of + 1 / group.before_of)
    return float((group.recent / group.recent_of - group.before / group.before_of) / max(spread, 1e-18) ** 0.5)


def _frequent_in_words(group: Frequent, recent: Period, settings: Settings) -> str:
    name = settings.class_name(group.label)
    at = "without confidence" if group.bins is None else "at a confidence of {:g}–{:g}%".format(*_percents(group.bins))
    return (
        f'"{name}" {at} has become more frequent: {group.recent:,} of {wording.count(group.recent_of, "prediction")} '
        f"since {wording.day(recent.first)}, {group.before:,} of {group.before_of:,} before"
    )


def _percents(bins: tuple[int, int]) -> tuple[float, float]:
    return 100 * bins[0] / CONFIDENCE_BINS, 100 * bins[1] / CONFIDENCE_BINS


# ---- contradicted


def _contradicted(store: Store, selection: Selection) -> Iterator[QueueEntry]:
    chosen = SampleFilter(outcome="wrong", bins=(VERY_CONFIDENT, CONFIDENCE_BINS))
    for sample in _samples(Search(store, selection, chosen, "most confident")):
        name = store.settings.class_name
        review = "rejected" if sample.target is None else f'reviewed as "{name(sample.target)}"'
        model = f'the model was {wording.percent(sample.confidence)} confident of "{name(sample.prediction)}"'
        yield QueueEntry(sample, (f"{review}, although {model}: check whether the review is a slip",))
