"""Comparison of two selections: their differences, with 95% intervals and significance.

The two selections are treated as independent samples. If many classes are tested together, Holm's correction keeps the
probability of any false positive at 5%.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from monitor_core.contract import segments, wording
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import SHARES, Scale, count, read_period
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import MOST_SHOWN, Performance
from monitor_core.reports.score import Change
from monitor_core.reports.training import TrainingMix
from monitor_core.scores.design import share_interval
from monitor_core.scores.differences import difference_of_bounds, holm, p_value
from monitor_core.scores.metrics import CLASS_METRICS, METRIC, Metric
from monitor_core.scores.shares import FEWEST, Floats, ratio, wilson
from monitor_core.settings.settings import Settings

LEVEL = 0.05
FEW, NOISE, BEYOND = "not enough data", "within noise", "significant"
NO_VALUE = "cannot be compared where samples were rejected, whose true classes are unknown"
UNKNOWN = "–"
MOST_NAMED = 5  # classes in a sentence


# ---- the comparison


def comparison_of(selection: Selection, against: str, settings: Settings) -> Selection:
    """Parse a comparison: "previous", "2026-09-01..2026-09-30", or a segment such as "camera=right"."""
    if against == "previous":
        return replace(selection, period=_previous(selection.period))
    if "=" not in against:
        return replace(selection, period=_period_of(against))
    name, value = segments.parse(against, settings.segments)
    rest = tuple(pair for pair in selection.where if pair[0] != name)
    return replace(selection, where=(*rest, (name, value)))


def _previous(period: Period) -> Period:
    if (period.first - FIRST_DAY).days < len(period) + 6:  # at most: see `Period.previous`
        raise MonitorError(f"Before {wording.day(period.first)} there are not as many days; choose a reference period.")
    return period.previous()


def alignment_in_words(period: Period) -> str:
    """Say which days the previous period has.

    >>> from datetime import date
    >>> alignment_in_words(Period(date(2026, 10, 1), date(2026, 10, 30)))
    'The previous period is 27 Aug to 25 Sep 2026: 5 weeks earlier, so that it has the same weekdays.'
    """
    earlier = period.previous()
    weeks = count((period.first - earlier.first).days // 7, "week")
    return f"The previous period is {wording.days(earlier)}: {weeks} earlier, so that it has the same weekdays."


def _period_of(text: str) -> Period:
    try:
        return read_period(text)
    except ValueError:
        raise MonitorError(
            f'"{text}" is not a comparison; write previous, 2026-09-01..2026-09-30 or camera=right.'
        ) from None


def comparison_name(other: Selection, now: Selection) -> str:
    """Return how the comparison differs from the selection, in words."""
    days = wording.days(other.period)
    parts = [days] if other.period != now.period else []
    if other.where != now.where:
        parts.append(segments.in_words(other.where) or "all documents")
    return ", ".join(parts) or days


def share_documents(now: Selection, other: Selection) -> bool:
    """Return whether a document can be in both selections."""
    apart = now.period.last < other.period.first or other.period.last < now.period.first
    here, there = dict(now.where), dict(other.where)
    return not apart and not any(name in there and there[name] != value for name, value in here.items())


# ---- differences


def with_differences(table: pd.DataFrame, together: bool) -> pd.DataFrame:
    """Add the difference of each row, given value, low, high, samples and the same columns as `other_…`.

    Adds difference, difference_low, difference_high, p and verdict; `together`: with Holm's correction over the rows.
    """
    enough = (table["samples"] >= FEWEST) & (table["other_samples"] >= FEWEST)
    enough &= table["low"].notna() & table["other_low"].notna()
    of_bounds = difference_of_bounds(*_ends(table, ""), *_ends(table, "other_"))
    difference, low, high = (pd.Series(values, table.index).where(enough) for values in of_bounds)
    p = p_value(difference, low, high)
    judged = holm(p) if together else p
    is_judged = ~np.isnan(judged)
    verdict = np.where(is_judged, np.where(judged < LEVEL, BEYOND, NOISE), FEW)
    at_least = (table["value"].isna() | table["other_value"].isna()) & difference.notna()
    ends = {"difference": difference, "difference_low": low, "difference_high": high}
    return table.assign(**ends, at_least=at_least, p=judged, verdict=verdict)


def _ends(table: pd.DataFrame, prefix: str) -> tuple[Floats, Floats]:
    """Return the lowest and highest value of each row, and the interval around them, shape (2, rows) each."""
    value, low, high = (table[f"{prefix}{name}"].to_numpy(float) for name in ("value", "low", "high"))
    if f"{prefix}least" not in table:
        return np.array([value, value]), np.array([low, high])
    least, most = (table[f"{prefix}{name}"].to_numpy(float) for name in ("least", "most"))
    is_known = ~np.isnan(value)
    return np.where(is_known, value, [low, high]), np.where(is_known, [low, high], [least, most])


def compared_class_scores(now: Performance, other: Performance) -> pd.DataFrame:
    """Return one row for each class and metric: name, metric, value, low, high, samples, `other_…`, `difference…`."""
    tables = []
    for metric in CLASS_METRICS:
        table = _joined(reports.compared_class_table(now, metric), reports.compared_class_table(other, metric))
        tables.append(with_differences(table, together=True).assign(metric=metric.key))
    return pd.concat(tables, ignore_index=True)


def class_shares(now: Performance, other: Performance) -> pd.DataFrame:
    """Return each class's share of the samples with a target: as `compared_class_scores`, and count, share."""
    table = with_differences(_joined(_shares(now), _shares(other)), together=True)
    table = table[(table["count"] > 0) | (table["other_count"] > 0)]
    table = table.sort_values(["count", "other_count"], ascending=False, kind="stable")
    return table.reset_index(drop=True)


def compared_class_samples(now: Performance, other: Performance) -> pd.DataFrame:
    """Return `class_shares` for a donut chart: classes beyond the largest are one row, "other classes"."""
    table = class_shares(now, other)
    rest = table.iloc[MOST_SHOWN:]
    if len(rest):
        columns = ["count", "other_count", "value", "other_value"]
        others = pd.DataFrame([{"name": reports.OTHERS, "verdict": "", **rest[columns].sum().to_dict()}])
        table = pd.concat([table.iloc[:MOST_SHOWN], others], ignore_index=True)
    return table.assign(share=table["value"], other_share=table["other_value"])


def compared_training_mix(mix: TrainingMix, now: Performance, other: Performance) -> pd.DataFrame:
    """Return the table of the mix with the comparison's share, its difference from training, and the verdict."""
    shares = with_texts(class_shares(now, other))
    columns = ["label", "other_value", "change", "difference_text", "verdict"]
    table = mix.table.merge(shares[columns].rename(columns={"other_value": "other_share"}), on="label", how="left")
    table = table.fillna({"verdict": FEW, "change": "", "difference_text": UNKNOWN})
    if other.confusion.total().support.sum():
        table["other_share"] = table["other_share"].fillna(0.0)
    return table.assign(other_difference=100 * (table["other_share"] - table["training_share"]))


def with_texts(table: pd.DataFrame, scale: Scale = SHARES) -> pd.DataFrame:
    """Add the texts of the charts: change such as "−3.1", difference_text with its interval."""
    rows = table[["difference", "difference_low", "difference_high"]].astype(float).to_numpy()
    change = ["" if math.isnan(row[0]) else wording.signed_points(row[0], scale) for row in rows]
    texts = [UNKNOWN if math.isnan(row[0]) else wording.difference(row[0], row[1], row[2], scale) for row in rows]
    if "at_least" in table:
        texts = [f"at least {text}" if least else text for text, least in zip(texts, table["at_least"], strict=True)]
    return table.assign(change=change, difference_text=texts)


def _shares(scores: Performance) -> pd.DataFrame:
    support = scores.by_class["support"].to_numpy(np.int64)
    total = np.full(len(support), support.sum())
    daily = scores.confusion.daily().of_classes.support
    low, high = share_interval(daily, daily.sum(axis=1, keepdims=True)).T
    table = scores.by_class[["label", "name"]].assign(count=support, samples=total)
    return table.assign(value=ratio(support, total), low=low, high=high)


def _joined(now: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Join the classes of both; a class missing from one has no value and zero samples there."""
    others = other.rename(columns={name: f"other_{name}" for name in other.columns if name not in ("label", "name")})
    now, others = (table.astype({"label": "int64", "name": object}) for table in (now, others))
    table = now.merge(others, on=["label", "name"], how="outer").sort_values("label", ignore_index=True)
    for name in ("samples", "other_samples", "count", "other_count"):
        if name in table:
            table[name] = table[name].fillna(0).astype(int)
    if "count" in table:  # of shares, a class that does not occur has one: zero
        for prefix in ("", "other_"):
            total = int(table[f"{prefix}samples"].max()) if len(table) else 0
            absent = table[f"{prefix}value"].isna() & (total > 0)
            bounds = wilson(np.array(0), np.array(total))
            table.loc[absent, f"{prefix}samples"] = total
            table.loc[absent, [f"{prefix}value", f"{prefix}low", f"{prefix}high"]] = [0.0, bounds[0], bounds[1]]
    return table


def over_time(now: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Join two tables of one metric over time by row: the first day with the first day of the other.

    Each has value, low, high, reviewed and label; rows are tested without a correction.
    """
    columns = ["value", "low", "high", "reviewed", "label"]
    others = other[columns].rename(columns={name: f"other_{name}" for name in columns}).reset_index(drop=True)
    table = now.reset_index(drop=True).join(others)
    table["other_reviewed"] = table["other_reviewed"].fillna(0).astype(int)
    table = table.assign(samples=table["reviewed"], other_samples=table["other_reviewed"])
    return with_differences(table, together=False).drop(columns=["samples", "other_samples", "p"])


# ---- in words


def is_unknowable(metric: Metric, average: str | None, *selections: Performance) -> bool:
    """Return whether a metric has no value, but at most bounds, because any of the selections has rejected samples."""
    return metric.depends_on_targets(average) and any(scores.rejected for scores in selections)


def scores_in_words(now: Performance, other: Performance, average: str, metrics: Iterable[Metric]) -> list[str]:
    """Return a sentence on the difference of each metric; for one without a value, the reason."""
    changes = reports.changes(now, other, average, metrics)
    return [
        f"{METRIC[key].titled(average)} {NO_VALUE}."
        if change is None and is_unknowable(METRIC[key], average, now, other)
        else change_in_words(METRIC[key].titled(average), change, METRIC[key].scale)
        for key, change in changes.items()
    ]


def change_in_words(title: str, change: Change | None, scale: Scale = SHARES) -> str:
    """Return a difference as a sentence.

    >>> change_in_words("Accuracy", Change(-0.031, -0.05, -0.012))
    'Accuracy fell by 3.1 percentage points (95% interval −5.0 to −1.2).'
    >>> change_in_words("Recall", Change(0.004, -0.02, 0.03))
    'Recall: within noise (+0.4 percentage points, 95% interval −2.0 to +3.0).'
    >>> from monitor_core.contract.wording import CORRELATIONS
    >>> change_in_words("Matthews correlation", Change(-0.031, -0.05, -0.012), CORRELATIONS)
    'Matthews correlation fell by 0.031 (95% interval −0.050 to −0.012).'
    """
    if change is None:
        return f"{title}: {FEW} to compare."
    if change.within_noise:
        return f"{title}: {NOISE} ({wording.difference(change.difference, change.low, change.high, scale)})."
    return f"{title} {_moved_by(change.difference, change.low, change.high, scale, change.at_least)}."


def _moved_by(difference: float, low: float, high: float, scale: Scale, at_least: bool) -> str:
    """Return a difference as a verb phrase; a difference of bounds is at least as large.

    >>> _moved_by(-0.031, -0.05, -0.012, SHARES, True)
    'fell by at least 3.1 percentage points (95% interval −5.0 to −1.2)'
    """
    moved = wording.moved_by(difference, low, high, scale)
    return moved.replace(" by ", " by at least ", 1) if at_least else moved


def class_scores_in_words(now: Performance, other: Performance, metric: Metric, table: pd.DataFrame) -> str:
    """Summarise the differences of a metric by class as `many_in_words`; of bounds alone, return the reason."""
    if not table["difference"].notna().any() and is_unknowable(metric, None, now, other):
        return f"{metric.title} {NO_VALUE}."
    return many_in_words(metric.title, table, metric.scale)


def many_in_words(
    title: str, table: pd.DataFrame, scale: Scale = SHARES, counted: tuple[str, str] = ("class", "classes")
) -> str:
    """Summarise a table of differences: the largest significant ones, and how many are within noise.

    `counted` names its rows, in the singular and in the plural.
    """
    verdicts = table["verdict"].value_counts()
    compared, few = int(verdicts.get(BEYOND, 0) + verdicts.get(NOISE, 0)), int(verdicts.get(FEW, 0))
    rest = f"; {FEW} for {count(few, *counted)}" if few else ""
    if not compared:
        return f"{title}: {FEW} to compare."
    beyond = table[table["verdict"] == BEYOND].sort_values("difference", key=abs, ascending=False)
    if beyond.empty:
        which = f"all {count(compared, *counted)}" if compared > 1 else f"the only {counted[0]}"
        judged = f" that can be judged{rest}" if few else ""
        return f"{title}: {NOISE} in {which}{judged}."
    kind = "class " if counted[0] == "class" else ""  # which may be called by a number only
    columns = beyond.head(MOST_NAMED)[["name", "difference", "difference_low", "difference_high", "at_least"]]
    named = [
        f"{kind}{name} {_moved_by(difference, low, high, scale, at_least)}"
        for name, difference, low, high, at_least in columns.to_numpy().tolist()
    ]
    more = f" and {len(beyond) - MOST_NAMED} more" if len(beyond) > MOST_NAMED else ""
    changed = f"{len(beyond)} of {count(compared, *counted)} changed significantly"
    return f"{title}: {changed}: {'; '.join(named)}{more}{rest}."
