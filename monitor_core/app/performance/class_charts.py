"""The charts by class of the five tabs: samples, scores, and the training set.

Each figure is declared once; a comparison adds a tick or a difference. A template does not depend on the classes.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame.figure import CLASS, Figure
from monitor_core.app.frame.marks import (
    DATA,
    SIGNED,
    Spec,
    compiled,
    count_tooltip,
    names_beside,
    sized,
    text_behind,
    vega_format,
)
from monitor_core.app.frame.palette import NEUTRAL
from monitor_core.app.performance.charts import DIFFERENCE, ENDS, HOLM, TRAINING_HOLM, TRAINING_LINE, ends_tooltip
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.wording import SHARES, Scale, listed
from monitor_core.reports import comparison
from monitor_core.reports import performance as reports
from monitor_core.reports.classes.listing import BY_MIX, BY_SCORE, Listing, in_order, ordered, ordered_mix
from monitor_core.reports.score import value_and_ends
from monitor_core.reports.training import TrainingMix
from monitor_core.scores.metrics import Metric
from monitor_core.scores.shares import FEWEST

FOR_NUMBERS = 0.25  # of the longest bar
FADED = "datum.verdict == 'significant'"


# ---- samples


def class_bars(view: View) -> Figure:
    """Draw the samples of each true class; with a comparison their shares, because the totals differ."""
    if view.other is None:
        table = _listed(_sample_table(view), view)
        alt = "Reviewed samples by true class, most first" if view.listing is None else "Reviewed samples by true class"
        return Figure("Number", alt, sized(_counts(), len(table)), {"table": table}, view.about, opens=CLASS)
    table = _listed(comparison.with_texts(comparison.class_shares(view.now, view.other)), view).head(
        reports.MOST_LISTED
    )
    return Figure(
        "Share, compared",
        view.described("Share of the reviewed samples by true class"),
        sized(_values(True), len(table)),
        {"table": table.assign(most=_width(table))},
        view.about,
        [HOLM],
    )


def _sample_table(view: View) -> pd.DataFrame:
    """Return name, count, share and text of each class; on a page without a choice, small classes are one row."""
    table = reports.class_samples(view.now) if view.listing is None else reports.all_class_samples(view.now)
    texts = [
        f"{count:,} ({part})" for count, part in zip(table["count"], map(wording.percent, table["share"]), strict=True)
    ]
    return table.assign(text=texts)


def _listed(table: pd.DataFrame, view: View) -> pd.DataFrame:
    """Return the rows of the classes on this page of the list, in its order; all where the page has no list."""
    return table if view.listing is None else in_order(table, view.listing.of_page(names_of(view, view.listing.order)))


def names_of(view: View, order: str) -> list[str]:
    """Return the names of all classes in this order, and after them those of the comparison alone."""
    names = ordered(view.now, order)
    of_now = set(names)
    return names + [name for name in view.other.by_class["name"] if name not in of_now] if view.other else names


def _width(table: pd.DataFrame) -> float:
    """Return the length of the axis of shares: the longest bar, and space for the number behind it."""
    longest = table[["high", "other_value"]].max().max()
    return float(longest) * (1 + FOR_NUMBERS) if longest > 0 else 1.0


# ---- scores


def class_scores(view: View, metric: Metric) -> Figure:
    """Draw each class's score with its interval."""
    listing = view.listing or Listing(BY_SCORE[0])
    table = in_order(_scores(view, metric), listing.of_page(names_of(view, listing.order)))
    return Figure(
        metric.title,
        view.described(f"{metric.title} by class with its 95% interval and the samples it rests on"),
        sized(_values(view.other is not None, metric.lowest, metric.scale), len(table)),
        {"table": table},
        view.about,
        [HOLM if view.other else samples_of([metric])],
    )


def samples_of(metrics: Sequence[Metric]) -> str:
    """Say how the bars of these metrics are read, and what each rests on."""
    words: dict[str, list[str]] = {}
    for metric in metrics:
        words.setdefault(metric.samples, []).append(metric.words)
    counted = [f"{samples} ({listed(of)})" if len(words) > 1 else samples for samples, of in words.items()]
    return (
        "Number and line: value and 95% interval; pale: bounds. A dash: fewer than "
        f"{FEWEST} {', '.join(counted)}, or undefined."
    )


def _scores(view: View, metric: Metric) -> pd.DataFrame:
    if view.other is None:
        table = reports.class_table(view.now, metric).drop(columns="label").assign(metric=metric.key)
        value, low, high = (table[name].tolist() for name in ("value", "low", "high"))
        return table.assign(text=score_texts(value, low, high, metric.scale))
    table = comparison.with_texts(comparison.compared_class_scores(view.now, view.other), metric.scale)
    return table[table["metric"] == metric.key].assign(most=1 + FOR_NUMBERS)


def score_texts(values: list[float], lows: list[float], highs: list[float], scale: Scale) -> list[str]:
    """Return each row's value with its interval, such as "91.2% (87.3–94.4)", its bounds, or a dash."""
    return [value_and_ends(*ends, scale) for ends in zip(values, lows, highs, strict=True)]


# ---- the training set


def training_difference(view: View, mix: TrainingMix) -> Figure:
    """Draw the difference of each class's share in production from the training set, in percentage points."""
    alt = "Percentage points by which a class's share in production exceeds its share in the training set"
    table = comparison.compared_training_mix(mix, view.now, view.other) if view.other else mix.table
    # Vega complains of marks none of which has a place.
    compared = view.other is not None and table[["difference", "other_difference"]].notna().any().all()
    listing = view.listing or Listing(BY_MIX[0])
    rows = in_order(table if compared else mix.table, listing.of_page(ordered_mix(mix, listing.order)))
    return Figure(
        "Difference",
        view.described(alt) if compared else alt,
        sized(_differences(bool(compared)), len(rows)),
        {"table": rows if compared else rows.assign(text=difference_texts(rows))},
        view.about,
        [TRAINING_HOLM if compared else TRAINING_LINE],
    )


def difference_texts(table: pd.DataFrame) -> list[str]:
    """Return each row's difference with its interval, in percentage points, such as "+1.2 (−0.5 to 2.9)"."""
    rows = (table[["difference", "low", "high"]].to_numpy(float) / 100).tolist()
    return [
        "–" if math.isnan(difference) else f"{wording.signed_points(difference)} ({wording.bounds(low, high)})"
        for difference, low, high in rows
    ]


# ---- their templates


@lru_cache
def _counts() -> Spec:
    """Table: name, count, share, text; one row a class, in their order."""
    base = alt.Chart(DATA).encode(
        names_beside(),
        # stack=None: of stacked bars in layers Vega-Lite forgets the order
        alt.X("count:Q", stack=None, title="reviewed samples", axis=alt.Axis(tickMinStep=1, tickCount=4, grid=True)),
        tooltip=["name:N", count_tooltip("count", "samples"), alt.Tooltip("share:Q", format=".1%")],
    )
    return compiled(base.mark_bar(color=NEUTRAL), text_behind(base), height=0)


@lru_cache
def _values(compared: bool, lowest: float = 0.0, written_as: Scale = SHARES) -> Spec:
    """Table: name, value, low, high, samples, text; one row a class, in their order.

    If compared, also other_value, other_samples, difference_text, change, verdict, most (of the axis): a tick is the
    comparison's value, and a class within noise is faded.
    """
    scale, axis = _axis_of_shares(compared, lowest, written_as)
    tooltip = _values_tooltip(compared, vega_format(written_as))
    base = alt.Chart(DATA).transform_calculate(ends=ENDS).encode(names_beside(), tooltip=tooltip)
    # Of bounds alone a pale bar ends at the lowest one.
    bars = base.transform_calculate(bar="isValid(datum.value) ? datum.value : datum.low")
    opaque = alt.condition(FADED if compared else "isValid(datum.value)", alt.value(0.88), alt.value(0.4))
    bars = bars.mark_bar(invalid="filter", color=NEUTRAL).encode(
        alt.X("bar:Q", scale=scale, axis=axis, title=None), opacity=opaque
    )
    interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5, invalid="filter").encode(
        alt.X("low:Q", scale=scale, title=None), alt.X2("high:Q")
    )
    further = _other_values(base, scale) if compared else [text_behind(base)]
    return compiled(bars, interval, *further, height=0)


def _axis_of_shares(compared: bool, lowest: float, written_as: Scale) -> tuple[alt.Scale, alt.Axis]:
    form = "%" if written_as == SHARES else ".2~f"
    if not compared:
        values = [lowest + (1 - lowest) * quarter / 4 for quarter in range(5)]
        return alt.Scale(domain=[lowest, 1]), alt.Axis(format=form, values=values, grid=True)
    # Not from the data: of a selection without a single value Vega could find no extent, and warns.
    longest = alt.ExprRef("data('table')[0] ? data('table')[0].most : 1")
    label = "datum.value > 1.001 ? '' : datum.label"
    axis = alt.Axis(format=form, tickCount=5, grid=True, labelExpr=label)
    return alt.Scale(domain=[lowest, longest], nice=False), axis


def _values_tooltip(compared: bool, form: str) -> list[alt.Tooltip]:
    own = [
        alt.Tooltip("name:N"),
        alt.Tooltip("value:Q", format=form),
        *ends_tooltip(form),
        count_tooltip("samples"),
    ]
    other = [
        alt.Tooltip("other_value:Q", title="compared with", format=form),
        count_tooltip("other_samples", "samples of the comparison"),
        *DIFFERENCE,
    ]
    return own + other if compared else own


def _other_values(base: Any, scale: alt.Scale) -> list[Any]:
    """Draw a tick for the comparison, and the difference on the right."""
    tick = base.mark_tick(color="currentColor", thickness=3, size=18, invalid="filter").encode(
        alt.X("other_value:Q", scale=scale, title=None)
    )
    difference = base.mark_text(align="right", fontSize=11, fill="currentColor").encode(
        alt.X("most:Q", scale=scale, title=None),
        text="change:N",
        opacity=alt.condition(FADED, alt.value(1), alt.value(0.7)),
    )
    return [tick, difference]


@lru_cache
def _differences(compared: bool) -> Spec:
    """Table: name, difference, low, high (points from training), training_share, production_share; one row a class.

    If compared also other_difference, other_share, difference_text, verdict; a tick is the comparison's.
    """
    title = "percentage points"
    tooltip: list[Any] = [
        "name:N",
        alt.Tooltip("difference:Q", title="difference, percentage points", format="+.1f"),
        alt.Tooltip("low:Q", title="95% interval from", format="+.1f"),
        alt.Tooltip("high:Q", title="to", format="+.1f"),
        alt.Tooltip("training_share:Q", title="training", format=".1%"),
        alt.Tooltip("production_share:Q", title="production", format=".1%"),
    ]
    if compared:
        tooltip += [alt.Tooltip("other_share:Q", title="compared with", format=".1%"), *DIFFERENCE]
    base = alt.Chart(DATA).encode(names_beside(), tooltip=tooltip)
    x = alt.X("difference:Q", title=title, axis=SIGNED)
    bars = base.mark_bar(invalid="filter", color=NEUTRAL).encode(x)
    if not compared:
        interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5).encode(alt.X("low:Q"), alt.X2("high:Q"))
        return compiled(bars, interval, text_behind(base), height=0)
    bars = bars.encode(opacity=alt.condition(FADED, alt.value(0.9), alt.value(0.45)))
    other = base.mark_tick(color="currentColor", thickness=3, size=18, invalid="filter").encode(
        alt.X("other_difference:Q", title=title)
    )
    return compiled(bars, other, height=0)
