"""What the page on data quality shows: each quality problem, and fields that came or went.

By prediction day, whatever the basis: every document with a usable date has one. The days that the worker has looked
at are read from its records; of the others the newest LIVE_MOST documents are looked at now, and how many are left is
said. Dates to come are asked of an index each time: what is the future changes while the documents do not.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import ONE_DAY, Period
from monitor_core.contract.problems import (
    EFFECTS,
    EXAMPLES,
    PROBLEMS,
    STATES,
    DayQuality,
    Example,
    Problem,
)
from monitor_core.mongo.problems import FUTURE_MOST, QualityProblems
from monitor_core.mongo.quality import StoredQuality
from monitor_core.mongo.store import Store
from monitor_core.reports.fields import FieldChange, changes, fields_table
from monitor_core.scores.shares import ratio

LIVE_MOST = 10_000  # documents looked at for one view, half a second of the database's
NOT_LOOKED_AT_MOST = 200_000  # that are counted: an index is read for it
SET_ASIDE = STATES[2:]
OF_COLLECTION = tuple(name for name, problem in PROBLEMS.items() if problem.of_collection)


@dataclass(frozen=True)
class Finding:
    """One quality problem, as far as it occurs."""

    name: str
    problem: Problem
    documents: int
    share: float  # of the period's documents that were looked at; of the whole collection's where whole is set
    whole: bool  # it is told of the whole collection: such a document is in no day of the period
    bounded: bool  # there may be more
    examples: list[Example]
    daily: pd.DataFrame  # day, documents, share; days with documents only; empty where whole is set


@dataclass(frozen=True)
class QualityReport:
    """used + not_reviewed + the set aside = documents."""

    period: Period
    documents: int  # of the period, that were looked at
    used: int
    not_reviewed: int
    set_aside: dict[str, int]
    undated: int  # beside them: of the whole collection, in no day
    undated_bounded: bool  # there may be more of these
    not_looked_at: int  # of the period
    not_looked_at_bounded: bool  # there are more of these
    looked_at_since: datetime | None  # when the longest unseen of the days was; None: all were looked at now
    live: int  # of the documents, those that were looked at now
    findings: list[Finding]  # the gravest first
    fields: pd.DataFrame  # name, documents, share, trend (shares by day, a list)
    changes: list[FieldChange]
    fields_cut: bool  # there are more fields than are told


def quality_report(store: Store, period: Period, now: datetime, most: int | None = LIVE_MOST) -> QualityReport:
    """Of the documents predicted in the period; `most`: documents looked at now, None for all without a record."""
    days, oddities = StoredQuality(store), QualityProblems(store)
    kept = days.read(period)
    missing = _without(period, set(kept))
    fresh = _look(oddities, missing, most)
    live = sum(one.documents for one in fresh)
    left, more = _not_looked_at(oddities, missing, live) if most is not None and live >= most else (0, False)
    found = _with_documents([*(one for one, _ in kept.values()), *fresh])
    counts = _total(found)
    undated, bounded = _undated(days, oddities, most)
    findings = [*_of_period(days, period, found, fresh), *_of_collection(oddities, counts, undated, bounded, now)]
    gravest = sorted(findings, key=lambda one: (EFFECTS.index(one.problem.effect), -one.documents, one.name))
    return QualityReport(
        period=period,
        documents=sum(counts[state] for state in STATES),
        used=counts["used"],
        not_reviewed=counts["not_reviewed"],
        set_aside={state: counts[state] for state in SET_ASIDE},
        undated=undated.documents,
        undated_bounded=bounded,
        not_looked_at=left,
        not_looked_at_bounded=more,
        looked_at_since=min((at for _, at in kept.values()), default=None),
        live=live,
        findings=gravest,
        fields=fields_table(found),
        changes=changes(found, store.fields),
        fields_cut=any(one.cut for one in found),
    )


# ---- which documents


def _without(period: Period, kept: set[date]) -> list[Period]:
    """The stretches of days without a record, the newest first."""
    found: list[Period] = []
    for day in reversed(period.days):
        if day in kept:
            continue
        if found and found[-1].first == day + ONE_DAY:
            found[-1] = Period(day, found[-1].last)
        else:
            found.append(Period(day, day))
    return found


def _look(oddities: QualityProblems, stretches: list[Period], most: int | None) -> list[DayQuality]:
    """The newest documents of the stretches; of the oldest day that is told perhaps not all."""
    found: list[DayQuality] = []
    for stretch in stretches:
        looked = sum(one.documents for one in found)
        if most is not None and looked >= most:
            break
        found += oddities.days(stretch, None if most is None else most - looked)
    return found


def _not_looked_at(oddities: QualityProblems, stretches: list[Period], looked: int) -> tuple[int, bool]:
    """About how many documents of the stretches were left out, and whether there are more."""
    counted, most = 0, looked + NOT_LOOKED_AT_MOST
    for stretch in stretches:
        counted += oddities.count(stretch, most - counted)
        if counted >= most:
            break
    return max(0, counted - looked), counted >= most


def _with_documents(days: list[DayQuality]) -> list[DayQuality]:
    return sorted((one for one in days if one.day and one.documents), key=lambda one: one.day or date.max)


def _total(days: list[DayQuality]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in days:
        total.update(one.counts)
    return total


def _undated(days: StoredQuality, oddities: QualityProblems, most: int | None) -> tuple[DayQuality, bool]:
    """Those of the whole collection; when they were looked at now, whether there may be more."""
    kept = days.undated()
    if kept:
        return kept[0], False
    found = oddities.undated(most)
    return found, most is not None and found.documents >= most


# ---- findings


def _of_period(days: StoredQuality, period: Period, found: list[DayQuality], fresh: list[DayQuality]) -> list[Finding]:
    counts, findings = _total(found), []
    documents = np.array([one.documents for one in found])
    for name in PROBLEMS.keys() - set(OF_COLLECTION):
        if counts[name]:
            odd = np.array([one.counts.get(name, 0) for one in found])
            daily = pd.DataFrame(
                {"day": pd.to_datetime([str(one.day) for one in found]), "documents": odd, "of": documents}
            )
            daily["share"] = ratio(odd, documents)
            newest = [one for day in reversed(_with_documents(fresh)) for one in day.examples.get(name, [])]
            kept = days.examples(period, name, EXAMPLES) if len(newest) < EXAMPLES else []
            shown = [*newest, *kept][:EXAMPLES]
            share = counts[name] / int(documents.sum())
            findings.append(Finding(name, PROBLEMS[name], counts[name], share, False, False, shown, daily))
    return findings


def _of_collection(
    oddities: QualityProblems, of_period: Counter[str], undated: DayQuality, undated_bounded: bool, now: datetime
) -> list[Finding]:
    future, findings = oddities.future(now), []
    of_period = Counter({name: of_period[name] for name in OF_COLLECTION})
    counts = of_period + Counter(undated.counts) + Counter(future.counts)
    size = max(1, oddities.collection_size())
    for name in OF_COLLECTION:
        if counts[name]:
            shown = [*undated.examples.get(name, []), *future.examples.get(name, [])][:EXAMPLES]
            bounded = undated_bounded if name in undated.counts else future.counts.get(name, 0) >= FUTURE_MOST
            share = min(1.0, counts[name] / size)
            nothing = pd.DataFrame({"day": pd.to_datetime([]), "documents": [], "share": []})
            findings.append(Finding(name, PROBLEMS[name], counts[name], share, True, bounded, shown, nothing))
    return findings


# ---- as data


def as_json(found: QualityReport) -> dict[str, Any]:
    """The report as the README documents it."""
    return {
        "period": {
            "first": found.period.first.isoformat(),
            "last": found.period.last.isoformat(),
            "basis": "predicted",
        },
        "documents": found.documents,
        "used": found.used,
        "not_reviewed": found.not_reviewed,
        "set_aside": found.set_aside,
        "undated": found.undated,
        "not_looked_at": found.not_looked_at,
        "looked_at_since": found.looked_at_since.isoformat() if found.looked_at_since else None,
        "findings": [_finding_json(one) for one in found.findings],
        "fields": {row["name"]: row["share"] for row in found.fields.to_dict("records")},
        "field_changes": [vars(one) | {"day": one.day.isoformat()} for one in found.changes],
    }


def _finding_json(one: Finding) -> dict[str, Any]:
    days = one.daily[one.daily["documents"] > 0]
    return {
        "kind": one.name,
        "effect": one.problem.effect,
        "documents": one.documents,
        "share": one.share,
        "of": "collection" if one.whole else "period",
        "at_least": one.bounded,
        "by_day": {f"{row['day']:%Y-%m-%d}": int(row["documents"]) for row in days.to_dict("records")},
        "examples": [vars(example) for example in one.examples],
        "mend": one.problem.remedy,
    }
