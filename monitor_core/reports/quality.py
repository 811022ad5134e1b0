"""The report of the page Data quality: each quality problem, and fields that appeared or vanished.

It is by prediction day, whatever the basis, because every document with a usable date has one. The logger's stored
results are used for the days that it has checked; of the others, the newest LIVE_MOST documents are checked now, and
the number of the remaining ones is reported. Dates in the future are read from an index each time.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import Period, stretches
from monitor_core.contract.findings import problem_under
from monitor_core.contract.problems import EFFECTS, EXAMPLES, PROBLEMS, STATES, DayQuality, Example, Problem
from monitor_core.mongo.history.sealing import LossyDay
from monitor_core.mongo.quality.problems import FUTURE_MOST, QualityProblems
from monitor_core.mongo.quality.stored import StoredQuality
from monitor_core.mongo.store import Store
from monitor_core.reports.fields import FieldChange, field_changes, fields_table
from monitor_core.scores.shares import ratio

LIVE_MOST = 10_000  # documents checked for one view, half a second of the database's
UNCHECKED_MOST = 200_000  # that are counted: an index is read for it
SET_ASIDE = STATES[2:]
OF_COLLECTION = tuple(name for name, problem in PROBLEMS.items() if problem.of_collection)


@dataclass(frozen=True)
class Finding:
    """A quality problem, with the number of its documents."""

    name: str
    problem: Problem
    documents: int
    share: float  # of the period's documents that were checked; of the whole collection's where whole is set
    whole: bool  # it is of the whole collection: such a document is in no day of the period
    bounded: bool  # there may be more
    examples: list[Example]
    daily: pd.DataFrame  # day, documents, share; days with documents only; empty where whole is set


@dataclass(frozen=True)
class QualityReport:
    """The documents of a period by their treatment: used + not_reviewed + set_aside = documents."""

    period: Period
    documents: int  # of the period, that were checked
    used: int
    not_reviewed: int
    set_aside: dict[str, int]
    undated: int  # in addition: of the whole collection, on no day
    undated_bounded: bool  # there may be more of these
    unchecked: int  # of the period
    unchecked_bounded: bool  # there are more of these
    checked_since: datetime | None  # when the day was whose check is the oldest; None: all were checked now
    live: int  # of the documents, those that were checked now
    findings: list[Finding]  # the gravest first
    fields: pd.DataFrame  # name, documents, share, trend (shares by day, a list)
    changes: list[FieldChange]
    fields_cut: bool  # there are more fields than are listed
    lost: list[LossyDay] = field(default_factory=list)  # days that have lost most of their documents at once
    superseded: int | None = None  # in addition: documents of the period that do not count; None if all count


def quality_report(store: Store, period: Period, now: datetime, most: int | None = LIVE_MOST) -> QualityReport:
    """Return the quality of the documents predicted in the period.

    Of days without stored results only the newest `most` documents are checked; None: all.
    """
    days, problems = StoredQuality(store), QualityProblems(store)
    stored = days.read(period)
    missing = _without(period, set(stored))
    fresh = _read_documents(problems, missing, most)
    live = sum(day.documents for day in fresh)
    left, more = _not_checked(problems, missing, live) if most is not None and live >= most else (0, False)
    with_documents = _with_documents([*(quality for quality, _ in stored.values()), *fresh])
    counts = _total(with_documents)
    undated, bounded = _undated(days, problems, most)
    findings = [
        *_of_period(days, period, with_documents, fresh),
        *_of_collection(problems, counts, lambda name: _examples_of(days, period, name, fresh), undated, bounded, now),
    ]
    return QualityReport(
        period=period,
        documents=sum(counts[state] for state in STATES),
        used=counts["used"],
        not_reviewed=counts["not_reviewed"],
        set_aside={state: counts[state] for state in SET_ASIDE},
        undated=undated.documents,
        undated_bounded=bounded,
        unchecked=left,
        unchecked_bounded=more,
        checked_since=min((at for _, at in stored.values()), default=None),
        live=live,
        findings=sorted(findings, key=_gravity),
        fields=fields_table(with_documents),
        changes=field_changes(with_documents, store.fields),
        fields_cut=any(day.cut for day in with_documents),
        lost=store.history.lost("predicted", period),
        superseded=store.superseded.number(period) if store.superseded.is_on else None,
    )


def _gravity(finding: Finding) -> tuple[int, int, str]:
    return EFFECTS.index(finding.problem.effect), -finding.documents, finding.name


# ---- which documents


def _without(period: Period, stored: set[date]) -> list[Period]:
    """Return the periods of days that are not stored, the newest first."""
    return stretches(day for day in period.days if day not in stored)[::-1]


def _read_documents(problems: QualityProblems, missing: list[Period], most: int | None) -> list[DayQuality]:
    """Return the quality of the newest documents of these days; the oldest day may be incomplete."""
    days: list[DayQuality] = []
    for stretch in missing:
        documents = sum(day.documents for day in days)
        if most is not None and documents >= most:
            break
        if most is None:
            days += problems.days(stretch, files=problems.files(stretch))
        else:
            days += problems.days(stretch, most - documents)
    return days


def _not_checked(problems: QualityProblems, missing: list[Period], checked: int) -> tuple[int, bool]:
    """Return the approximate number of documents that were not checked, and whether there are more."""
    counted, most = 0, checked + UNCHECKED_MOST
    for stretch in missing:
        counted += problems.count(stretch, most - counted)
        if counted >= most:
            break
    return max(0, counted - checked), counted >= most


def _with_documents(days: list[DayQuality]) -> list[DayQuality]:
    return sorted((day for day in days if day.day and day.documents), key=lambda day: day.day or date.max)


def _total(days: list[DayQuality]) -> Counter[str]:
    total: Counter[str] = Counter()
    for day in days:
        total.update(day.counts)
    return total


def _undated(days: StoredQuality, problems: QualityProblems, most: int | None) -> tuple[DayQuality, bool]:
    """Return the quality of all documents without a day; if checked now, also whether there are more."""
    stored = days.undated()
    if stored:
        return stored[0], False
    undated = problems.undated(most)
    return undated, most is not None and undated.documents >= most


# ---- findings


def _problem(found_by: StoredQuality | QualityProblems, name: str) -> Problem:
    settings = found_by.settings
    return problem_under(name, settings.notation, settings.count_files_once)


def _of_period(store: StoredQuality, period: Period, days: list[DayQuality], fresh: list[DayQuality]) -> list[Finding]:
    counts, findings = _total(days), []
    documents = np.array([day.documents for day in days])
    for name in PROBLEMS.keys() - set(OF_COLLECTION):
        if counts[name]:
            affected = np.array([day.counts.get(name, 0) for day in days])
            daily = pd.DataFrame(
                {"day": pd.to_datetime([str(day.day) for day in days]), "documents": affected, "of": documents}
            )
            daily["share"] = ratio(affected, documents)
            examples = _examples_of(store, period, name, fresh)
            share = counts[name] / int(documents.sum())
            findings.append(Finding(name, _problem(store, name), counts[name], share, False, False, examples, daily))
    return findings


def _examples_of(store: StoredQuality, period: Period, name: str, fresh: list[DayQuality]) -> list[Example]:
    newest = [example for day in reversed(_with_documents(fresh)) for example in day.examples.get(name, [])]
    older = store.examples(period, name, EXAMPLES) if len(newest) < EXAMPLES else []
    return [*newest, *older][:EXAMPLES]


def _of_collection(
    problems: QualityProblems,
    of_period: Counter[str],
    examples_of_period: Callable[[str], list[Example]],  # a list of dates is in the day of its first
    undated: DayQuality,
    undated_bounded: bool,
    now: datetime,
) -> list[Finding]:
    future, findings = problems.future(now), []
    of_period = Counter({name: of_period[name] for name in OF_COLLECTION})
    counts = of_period + Counter(undated.counts) + Counter(future.counts)
    size = max(1, problems.collection_size())
    for name in OF_COLLECTION:
        if counts[name]:
            examples = [*undated.examples.get(name, []), *future.examples.get(name, [])]
            if of_period[name] and len(examples) < EXAMPLES:
                examples += examples_of_period(name)
            bounded = undated_bounded if name in undated.counts else future.counts.get(name, 0) >= FUTURE_MOST
            share = min(1.0, counts[name] / size)
            nothing = pd.DataFrame({"day": pd.to_datetime([]), "documents": [], "share": []})
            findings.append(
                Finding(name, _problem(problems, name), counts[name], share, True, bounded, examples, nothing)
            )
    return findings


# ---- as data


def as_json(report: QualityReport) -> dict[str, Any]:
    """Return the report as documented."""
    return {
        "period": {
            "first": report.period.first.isoformat(),
            "last": report.period.last.isoformat(),
            "basis": "predicted",
        },
        "documents": report.documents,
        "used": report.used,
        "not_reviewed": report.not_reviewed,
        "set_aside": report.set_aside,
        **({} if report.superseded is None else {"superseded": report.superseded}),
        "undated": report.undated,
        "not_looked_at": report.unchecked,
        "looked_at_since": report.checked_since.isoformat() if report.checked_since else None,
        "findings": [_finding_json(finding) for finding in report.findings],
        "fields": {row["name"]: row["share"] for row in report.fields.to_dict("records")},
        "field_changes": [_change_json(change) for change in report.changes],
        **({"lost_documents": [_lost_json(day) for day in report.lost]} if report.lost else {}),
    }


def _change_json(change: FieldChange) -> dict[str, Any]:
    """Return a change of a field with the JSON keys that scripts use: its kind is `what`."""
    values = vars(change) | {"day": change.day.isoformat()}
    return {"what" if name == "kind" else name: value for name, value in values.items()}


def _lost_json(lost: LossyDay) -> dict[str, Any]:
    return {
        "day": lost.day.isoformat(),
        "documents": lost.documents,
        "left": lost.left,
        "noticed_at": lost.noticed_at.isoformat(),
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    days = finding.daily[finding.daily["documents"] > 0]
    return {
        "kind": finding.name,
        "effect": finding.problem.effect,
        "documents": finding.documents,
        "share": finding.share,
        "of": "collection" if finding.whole else "period",
        "at_least": finding.bounded,
        "by_day": {f"{row['day']:%Y-%m-%d}": int(row["documents"]) for row in days.to_dict("records")},
        "examples": [vars(example) for example in finding.examples],
        "mend": finding.problem.remedy,
    }
