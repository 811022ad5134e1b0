"""Two sides compared: how far they differ, with what interval, and whether chance alone makes such a difference.

The intervals take the sides as independent samples. Where many classes are looked at together, Holm's correction keeps
the risk that any of them is called different by chance alone at 5 %.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract import segments
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import SHARES, Scale
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import MOST_LISTED, MOST_SHOWN, Change, Performance
from monitor_core.reports.training import TrainingMix
from monitor_core.scores.differences import difference_interval, holm, p_value
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRIC, METRICS, Metric
from monitor_core.scores.shares import FEWEST, ratio, wilson
from monitor_core.settings.settings import Settings

LEVEL = 0.05
FEW, NOISE, BEYOND = "too few samples", "within noise", "beyond noise"
REJECTED = "undefined where samples were rejected"
UNKNOWN = "–"
MOST_NAMED = 5  # classes in a sentence


# ---- the other side


def other_side(selection: Selection, against: str, settings: Settings) -> Selection:
    """Return the comparison: "previous", "2026-09-01..2026-09-30", or a segment such as "camera=right"."""
    if against == "previous":
        return replace(selection, period=_previous(selection.period))
    if ".." in against:
        return replace(selection, period=range_of(against))
    if "=" not in against:
        raise MonitorError(f"{against} is nothing to compare with; write previous, 2026-09-01..2026-09-30 or camera=1.")
    name, value = segments.parse(against, settings.segments)
    rest = tuple(pair for pair in selection.where if pair[0] != name)
    return replace(selection, where=(*rest, (name, value)))


def _previous(period: Period) -> Period:
    first = period.first.toordinal() - len(period)
    if first < FIRST_DAY.toordinal():
        raise MonitorError(f"Before {period.first} there are not as many days; choose a reference period.")
    return period.previous()


def range_of(text: str) -> Period:
    first, _, last = text.partition("..")
    try:
        return Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise MonitorError(f"{text} is no range of days; write such as 2026-09-01..2026-09-30.") from None


def side_name(side: Selection, than: Selection) -> str:
    """Return what sets a side apart from the other one, in words."""
    days = f"{side.period.first} to {side.period.last}"
    parts = [days] if side.period != than.period else []
    if side.where != than.where:
        parts.append(segments.in_words(side.where) or "all documents")
    return ", ".join(parts) or days


def share_documents(now: Selection, other: Selection) -> bool:
    """Return whether a document may be on both sides."""
    apart = now.period.last < other.period.first or other.period.last < now.period.first
    here, there = dict(now.where), dict(other.where)
    return not apart and not any(name in there and there[name] != value for name, value in here.items())


# ---- differences


def with_differences(table: pd.DataFrame, together: bool) -> pd.DataFrame:
    """Return a table with value, low, high, samples of both sides (`other_…`), and what these tell: difference,
    difference_low, difference_high, p, verdict; `together`: its rows are judged together, by Holm."""
    enough = (table["samples"] >= FEWEST) & (table["other_samples"] >= FEWEST)
    here = np.array([table["low"], table["high"]], float)
    there = np.array([table["other_low"], table["other_high"]], float)
    now, before = table["value"].to_numpy(float), table["other_value"].to_numpy(float)
    interval = difference_interval(now, here, before, there)
    difference = (table["value"] - table["other_value"]).where(enough)
    low, high = (pd.Series(bound, table.index).where(enough) for bound in interval)
    p = p_value(difference, low, high)
    judged = holm(p) if together else p
    is_judged = ~np.isnan(judged)
    verdict = np.where(is_judged, np.where(judged < LEVEL, BEYOND, NOISE), FEW)
    return table.assign(difference=difference, difference_low=low, difference_high=high, p=judged, verdict=verdict)


def class_scores(now: Performance, other: Performance) -> pd.DataFrame:
    """Return one row a class and metric: name, metric, value, low, high, samples, `other_…`, difference…."""
    tables = []
    for metric in CLASS_METRICS:
        sides = (reports.class_table(side, metric) for side in (now, other))
        tables.append(with_differences(_joined(*sides), together=True).assign(metric=metric.key))
    return pd.concat(tables, ignore_index=True)


def class_shares(now: Performance, other: Performance) -> pd.DataFrame:
    """Return the shares of the classes among the samples with a target: as `class_scores`, and count, share."""
    table = with_differences(_joined(_shares(now), _shares(other)), together=True)
    table = table[(table["count"] > 0) | (table["other_count"] > 0)]
    table = table.sort_values(["count", "other_count"], ascending=False, kind="stable")
    return table.head(MOST_LISTED).reset_index(drop=True)


def class_samples(now: Performance, other: Performance) -> pd.DataFrame:
    """`class_shares` as a donut takes them: beyond the largest one row "other classes", which is not judged."""
    table = class_shares(now, other)
    rest = table.iloc[MOST_SHOWN:]
    if len(rest):
        columns = ["count", "other_count", "value", "other_value"]
        others = pd.DataFrame([{"name": reports.OTHERS, "verdict": "", **rest[columns].sum().to_dict()}])
        table = pd.concat([table.iloc[:MOST_SHOWN], others], ignore_index=True)
    return table.assign(share=table["value"], other_share=table["other_value"])


def training_mix(mix: TrainingMix, now: Performance, other: Performance) -> pd.DataFrame:
    """Return the mix's table with the comparison's share, its difference from training, and the verdict."""
    shares = with_texts(class_shares(now, other))
    columns = ["label", "other_value", "change", "difference_text", "verdict"]
    table = mix.table.merge(shares[columns].rename(columns={"other_value": "other_share"}), on="label", how="left")
    table = table.fillna({"verdict": FEW, "change": "", "difference_text": UNKNOWN})
    if other.confusion.total().support.sum():
        table["other_share"] = table["other_share"].fillna(0.0)
    return table.assign(other_difference=100 * (table["other_share"] - table["training_share"]))


def with_texts(table: pd.DataFrame, scale: Scale = SHARES) -> pd.DataFrame:
    """Add the texts of the charts: change such as "+3.1", difference_text with its interval."""
    rows = table[["difference", "difference_low", "difference_high"]].astype(float).to_numpy()
    texts_of = [tuple("" if math.isnan(number) else signed(number, scale) for number in row) for row in rows]
    change = [difference for difference, _, _ in texts_of]
    texts = [f"{difference} (95%: {low} to {high})" if difference else UNKNOWN for difference, low, high in texts_of]
    return table.assign(change=change, difference_text=texts)


def _shares(side: Performance) -> pd.DataFrame:
    support = side.by_class["support"].to_numpy(np.int64)
    total = np.full(len(support), support.sum())
    low, high = wilson(support, total).T if len(support) else (np.array([]), np.array([]))
    table = side.by_class[["label", "name"]].assign(count=support, samples=total)
    return table.assign(value=ratio(support, total), low=low, high=high)


def _joined(now: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Join the classes of both; a class that one lacks has no value there, and zero samples."""
    others = other.rename(columns={name: f"other_{name}" for name in other.columns if name not in ("label", "name")})
    now, others = (side.astype({"label": "int64", "name": object}) for side in (now, others))
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


def confusion_shares(now: Performance, other: Performance) -> pd.DataFrame:
    """One row a cell of this side's matrix: target, prediction, count, other_count, and the shares of the target's
    rows as value and other_value with their difference; Holm over all cells in which anything occurs."""
    here, there = reports.confusion_table(now), _cells(other)
    here = here.astype({"target": object, "prediction": object})
    table = here[["target", "prediction", "count"]].merge(there, on=["target", "prediction"], how="left")
    table["other_count"] = table["other_count"].fillna(0).astype(int)
    for side, prefix in ((now, ""), (other, "other_")):
        rows = _rows_of_targets(side)
        samples = table["target"].map(rows).fillna(0).astype(int).to_numpy()
        count = table[f"{prefix}count"].to_numpy()
        bounds = wilson(count, samples)
        table[f"{prefix}samples"], table[f"{prefix}value"] = samples, ratio(count, samples)
        table[f"{prefix}low"], table[f"{prefix}high"] = bounds[..., 0], bounds[..., 1]
    empty = (table["count"] == 0) & (table["other_count"] == 0)
    table.loc[empty, ["value", "other_value"]] = np.nan
    return with_differences(table, together=True).assign(empty=empty)


def _cells(side: Performance) -> pd.DataFrame:
    names = list(side.names.values())
    cells = side.confusion.matrix_cells()
    return pd.DataFrame(
        {
            "target": [[*names, reports.REJECTED][target] for target in cells[:, 0]],
            "prediction": [names[prediction] for prediction in cells[:, 1]],
            "other_count": cells[:, 2],
        }
    ).astype({"target": object, "prediction": object})


def _rows_of_targets(side: Performance) -> dict[str, int]:
    return dict(
        zip([*side.names.values(), reports.REJECTED], side.confusion.matrix().sum(axis=1).tolist(), strict=True)
    )


def over_time(now: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Two tables of one metric over time, joined by their rows' order: the first day with the other's first day.

    Each has value, line, low, high, reviewed and label; each row is judged by itself.
    """
    columns = ["value", "line", "low", "high", "reviewed", "label"]
    others = other[columns].rename(columns={name: f"other_{name}" for name in columns}).reset_index(drop=True)
    table = now.reset_index(drop=True).join(others)
    table["other_reviewed"] = table["other_reviewed"].fillna(0).astype(int)
    table = table.assign(samples=table["reviewed"], other_samples=table["other_reviewed"])
    return with_differences(table, together=False).drop(columns=["samples", "other_samples", "p"])


# ---- in words


def is_undefined(metric: Metric, *sides: Performance) -> bool:
    """Tell whether a side's rejected samples leave the metric without a value."""
    return metric.undefined_with_rejected and any(side.rejected for side in sides)


def scores_in_words(now: Performance, other: Performance, average: str, metrics: Iterable[Metric]) -> list[str]:
    """Return a sentence on how each of the metrics differs; of one that is undefined, why."""
    changes = reports.changes(now, other, average, metrics)
    return [
        f"{METRIC[key].titled(average)}: {REJECTED}."
        if is_undefined(METRIC[key], now, other)
        else in_words(METRIC[key].titled(average), change, METRIC[key].scale)
        for key, change in changes.items()
    ]


def in_words(title: str, change: Change | None, scale: Scale = SHARES) -> str:
    """Return one difference as a sentence.

    >>> in_words("Accuracy", Change(-0.031, -0.05, -0.012))
    'Accuracy fell by 3.1 percentage points (95%: -5.0 to -1.2).'
    >>> in_words("Recall", Change(0.004, -0.02, 0.03))
    'Recall: within noise (+0.4 percentage points, 95%: -2.0 to +3.0).'
    >>> from monitor_core.contract.wording import CORRELATIONS
    >>> in_words("Matthews correlation", Change(-0.031, -0.05, -0.012), CORRELATIONS)
    'Matthews correlation fell by 0.031 (95%: -0.050 to -0.012).'
    """
    if change is None:
        return f"{title}: {FEW} to compare."
    difference, low, high = (signed(x, scale) for x in (change.difference, change.low, change.high))
    if change.within_noise:
        return f"{title}: {NOISE} ({difference}{_unit(scale)}, 95%: {low} to {high})."
    return f"{title} {_moved(change.difference, scale)} (95%: {low} to {high})."


def _moved(difference: float, scale: Scale = SHARES) -> str:
    size = signed(abs(difference), scale).removeprefix("+")
    return f"{'rose' if difference > 0 else 'fell'} by {size}{_unit(scale)}"


def signed(difference: float, scale: Scale) -> str:
    """Return a difference with its sign, as ASCII: Streamlit takes its colour from it."""
    return f"{scale.factor * difference:+.{scale.digits}f}"


def _unit(scale: Scale) -> str:
    return " percentage points" if scale.unit else ""


def many_in_words(title: str, table: pd.DataFrame, scale: Scale = SHARES) -> str:
    """Return what a table of classes tells: the largest differences that are more than noise, and how many are not."""
    verdicts = table["verdict"].value_counts()
    compared, few = int(verdicts.get(BEYOND, 0) + verdicts.get(NOISE, 0)), int(verdicts.get(FEW, 0))
    rest = f" {few} had {FEW}." if few else ""
    if not compared:
        return f"{title}: {FEW} to compare."
    beyond = table[table["verdict"] == BEYOND].sort_values("difference", key=abs, ascending=False)
    scope = f"of {compared} compared" if compared > 1 else "compared"
    if beyond.empty:
        return f"{title}: {NOISE} in all {compared}.{rest}" if compared > 1 else f"{title}: {NOISE}.{rest}"
    named = [
        f"{row['name']} {_moved(row['difference'], scale)} "
        f"(95%: {signed(row['difference_low'], scale)} to {signed(row['difference_high'], scale)})"
        for row in beyond.head(MOST_NAMED).to_dict("records")
    ]
    more = f" and {len(beyond) - MOST_NAMED} more" if len(beyond) > MOST_NAMED else ""
    return f"{title}, {scope}: {BEYOND} in {len(beyond)}: {'; '.join(named)}{more}.{rest}"


def as_json(now: Performance, other: Performance) -> dict[str, Any]:
    """Return the comparison as docs/command-line.md describes it: shares, not percentage points; undefined is null."""
    period = other.selection.period
    by_average: dict[str, Any] = {}
    for average in AVERAGES:
        for key, change in reports.changes(now, other, average, METRICS).items():
            place = by_average.setdefault(average, {}) if METRIC[key].by_class else by_average
            few = REJECTED if is_undefined(METRIC[key], now, other) else FEW
            place[key] = _change_json(other.overall(average)[key].value, change, few)
    return {
        "period": {"first": period.first.isoformat(), "last": period.last.isoformat()},
        "where": dict(other.selection.where),
        "validated": other.counts.validated,
        **by_average,
        "by_class": _classes_json(class_scores(now, other)),
        "class_shares": {str(row["label"]): _row_json(row) for row in class_shares(now, other).to_dict("records")},
    }


def _classes_json(table: pd.DataFrame) -> dict[str, Any]:
    by_class: dict[str, Any] = {}
    for row in table.to_dict("records"):
        by_class.setdefault(str(row["label"]), {"name": row["name"]})[row["metric"]] = _row_json(row)
    return by_class


def _row_json(row: dict[Any, Any]) -> dict[str, Any]:
    names = ("other_value", "difference", "difference_low", "difference_high")
    before, difference, low, high = (None if math.isnan(row[name]) else float(row[name]) for name in names)
    return {"other": before, "difference": difference, "interval": [low, high], "verdict": row["verdict"]}


def _change_json(before: float, change: Change | None, few: str) -> dict[str, Any]:
    other = None if math.isnan(before) else before
    if change is None:
        return {"other": other, "difference": None, "interval": [None, None], "verdict": few}
    verdict = NOISE if change.within_noise else BEYOND
    return {"other": other, "difference": change.difference, "interval": [change.low, change.high], "verdict": verdict}
