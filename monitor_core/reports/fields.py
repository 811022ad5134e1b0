"""The fields of the documents: the share of documents that have each, and when it changed."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitor_core.contract.problems import FIELD_NAMES, DayQuality
from monitor_core.scores.shares import ratio, wilson
from monitor_core.settings.documents import FieldNames

DAYS_BEFORE = 7  # with documents: what a day's fields are compared with
FEWEST = 20  # documents of the day, and of the days before
TREND_BARS = 60
CHANGES_MOST = 100
RARE = 0.05  # of a day's documents: as good as none
MOVED = 0.2  # of the documents: a smaller change of a field's share is not listed


@dataclass(frozen=True)
class FieldChange:
    """A change of the share of documents that have a field, relative to the days before."""

    name: str
    kind: str  # appeared, vanished, more often, less often
    day: date
    among: str  # reviewed or not reviewed: a field may be written with the review
    before: float
    now: float


def trend(shares: pd.Series | NDArray[Any]) -> list[float]:
    """Return the shares as at most TREND_BARS bars, averaging several days in each bar if there are more."""
    values = np.asarray(shares, float)
    bars = np.array_split(values, min(len(values), TREND_BARS)) if len(values) else []
    return [float(bar.mean()) for bar in bars]


@dataclass(frozen=True)
class _Uses:
    """Number of documents by field, reviewed or not, and day; totals by reviewed or not, and day."""

    names: list[str]
    days: list[date]
    carrying: NDArray[Any]  # (fields, 2, days): 0 reviewed, 1 not reviewed
    total: NDArray[Any]  # (2, days)
    is_known: NDArray[Any]  # (fields, days): of a day with too many fields, a rare one's count is not known


def _uses(days: list[DayQuality]) -> _Uses:
    counted: Counter[str] = Counter()
    for day in days:
        counted.update({use.name: use.reviewed + use.open for use in day.fields})
    names = [name for name, _ in counted.most_common(FIELD_NAMES)]
    place = {name: n for n, name in enumerate(names)}
    carrying = np.zeros((len(names), 2, len(days)), np.int64)
    for at, day in enumerate(days):
        for use in day.fields:
            if use.name in place:
                carrying[place[use.name], :, at] = use.reviewed, use.open
    # Each document has an _id: so that one's counts are the totals.
    total = carrying[place["_id"]] if "_id" in place else np.zeros((2, len(days)), np.int64)
    # Of a day with too many fields, one that is not listed is rarer than those that are.
    rarest = np.array([min((use.reviewed + use.open for use in day.fields), default=0) for day in days])
    complete = ~np.array([day.cut for day in days], bool) | (rarest <= RARE * total.sum(axis=0))
    is_known = (carrying.sum(axis=1) > 0) | complete
    return _Uses(names, [day.day for day in days if day.day], carrying, total, is_known)


def fields_table(days: list[DayQuality]) -> pd.DataFrame:
    """Return name, documents, share and trend of each field."""
    uses = _uses(days)
    counts, total = uses.carrying.sum(axis=1), uses.total.sum(axis=0)
    shares = ratio(counts, total[None, :])
    table = pd.DataFrame({"name": uses.names, "documents": counts.sum(axis=1)})
    table["share"] = ratio(counts.sum(axis=1), np.array(total.sum()))
    table["trend"] = [trend(row) for row in shares]
    return table[table["name"] != "_id"].reset_index(drop=True)


def field_changes(days: list[DayQuality], fields: FieldNames) -> list[FieldChange]:
    """Return the days on which a field's share changed significantly and by more than MOVED; newest first.

    Reviewed and unreviewed documents are tested separately, by Wilson's 95% intervals: few documents of the newest days
    are reviewed, and fields written with the review would seem to vanish. Fields always written later are excluded.
    """
    uses = _uses(days)
    late = {path.split(".")[0] for path in (fields.validated, fields.validated_at, fields.logged, fields.trained)}
    moves = []
    for group, among in enumerate(("reviewed", "not reviewed")):
        now, now_of = uses.carrying[:, group], uses.total[group] * uses.is_known
        before, before_of = _before(now * uses.is_known), _before(now_of)
        moved = ratio(now, now_of) - ratio(before, before_of)
        apart = _apart(wilson(now, now_of), wilson(before, before_of))
        enough = (now_of >= FEWEST) & (before_of >= FEWEST)
        for n, at in np.argwhere(enough & apart & (np.abs(moved) >= MOVED)):
            shares = before[n, at] / before_of[n, at], now[n, at] / now_of[n, at]
            if uses.names[n] not in late:
                moves.append(FieldChange(uses.names[n], _kind_of_change(*shares), uses.days[at], among, *shares))
    return _first_days(moves)[:CHANGES_MOST]


def _before(counts: NDArray[Any]) -> NDArray[Any]:
    """Return the sum of the DAYS_BEFORE days before each day, along the last axis."""
    reached = np.cumsum(np.pad(counts, [(0, 0), (DAYS_BEFORE + 1, 0)]), axis=-1)
    sums: NDArray[Any] = reached[:, DAYS_BEFORE:-1] - reached[:, : -DAYS_BEFORE - 1]
    return sums


def _apart(now: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    apart: NDArray[np.bool_] = (now[..., 0] > other[..., 1]) | (now[..., 1] < other[..., 0])
    return apart


def _kind_of_change(before: float, now: float) -> str:
    if before == 0 or now == 0:
        return "vanished" if now == 0 else "appeared"
    return "more often" if now > before else "less often"


def _first_days(changes: list[FieldChange]) -> list[FieldChange]:
    """Keep the first day of each change, in one of the groups, because a change remains detectable for a week."""
    first: list[FieldChange] = []
    last: dict[tuple[str, bool], date] = {}
    for change in sorted(changes, key=lambda change: (change.day, change.name, change.among)):
        key = change.name, change.now > change.before
        if key not in last or (change.day - last[key]).days > DAYS_BEFORE:
            first.append(change)
        last[key] = change.day
    return first[::-1]
