"""The confusion matrix, its difference from the comparison's, and, of many classes, the pairs confused most."""

from functools import lru_cache

import altair as alt

from monitor_core.app.frame import charts
from monitor_core.app.frame.figure import CELL, Figure
from monitor_core.app.frame.marks import DATA, Spec, compiled, count_tooltip, names_beside, sized, text_behind
from monitor_core.app.frame.palette import NEUTRAL
from monitor_core.app.performance.charts import CELLS, DIFFERENCE
from monitor_core.app.performance.class_charts import FADED
from monitor_core.app.performance.view import View
from monitor_core.reports import cells, comparison
from monitor_core.reports.classes.confused import confused_pairs, is_block, matrix_classes

PAIRS = "A pair is a true class and what it was taken for: count, and share of the true class's samples."


def confusion_matrix(view: View, shares: bool) -> Figure:
    """Draw the selection's confusion matrix, in counts or in shares of the true class."""
    alt = "Confusion matrix: true classes as rows, predictions as columns"
    return charts.confusion_matrix(view.now, alt, view.about, shares, opens=CELL)


def confusion_difference(view: View) -> Figure:
    """Draw the difference of each cell's share of its true class from the comparison's, in percentage points."""
    assert view.other is not None  # noqa: S101 - there is nothing to show without one
    table = comparison.with_texts(cells.confusion_shares(view.now, view.other))
    return Figure(
        "Difference of the shares",
        view.described("Confusion matrix: difference of the shares of the true class in percentage points"),
        _matrix_difference(tuple(matrix_classes(view.now))),
        {"table": table},
        view.about,
        [CELLS, *charts.matrix_legend(view.now)],
    )


def pairs_of_many(view: View) -> list[Figure]:
    """Draw the pairs of classes that are confused most, where there are too many classes for a whole matrix."""
    if not is_block(view.now):
        return []
    table = confused_pairs(view.now)
    alt = "Pairs of classes that are confused most, most first"
    return [
        Figure("Confused most", alt, sized(_pairs(), len(table)), {"table": table}, view.about, [PAIRS], opens=CELL)
    ]


# ---- their templates


@lru_cache
def _pairs() -> Spec:
    """Table: pair, target, prediction, count, share, low, high, text; most first."""
    base = alt.Chart(DATA).encode(
        names_beside(24, "pair"),
        alt.X("count:Q", stack=None, title="mistakes", axis=alt.Axis(tickMinStep=1, tickCount=4, grid=True)),
        tooltip=[
            "target:N",
            "prediction:N",
            count_tooltip("count", "samples"),
            alt.Tooltip("share:Q", title="share of the true class", format=".1%"),
            alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
        ],
    )
    return compiled(base.mark_bar(color=NEUTRAL), text_behind(base), height=0)


@lru_cache(maxsize=64)
def _matrix_difference(names: tuple[str, ...]) -> Spec:
    """Table: target, prediction, count, other_count, value, other_value, difference (share), difference_text, verdict.

    Blue: more often than in the comparison, orange: less often; faded within noise.
    """
    base = charts.cells(names).encode(
        tooltip=[
            "target:N",
            "prediction:N",
            count_tooltip("count"),
            alt.Tooltip("value:Q", title="share of the true class", format=".1%"),
            count_tooltip("other_count", "compared with"),
            alt.Tooltip("other_value:Q", title="share of the comparison", format=".1%"),
            *DIFFERENCE,
        ],
    )
    colours = alt.Scale(domain=[-0.3, 0, 0.3], range=["#d55e00", "#d9dce1", "#0072b2"], clamp=True, interpolate="rgb")
    cells = base.mark_rect(cornerRadius=2, invalid="filter").encode(
        alt.Color("difference:Q", scale=colours, legend=None),
        opacity=alt.condition(FADED, alt.value(1), alt.value(0.3)),
    )
    strong = f"{FADED} && abs(datum.difference) > 0.15"
    numbers = (
        base.transform_filter("isValid(datum.difference)")
        .mark_text(fontSize=12, fill="currentColor")
        .encode(
            text="change:N",
            opacity=alt.condition(FADED, alt.value(1), alt.value(0.75)),
            fill=alt.condition(strong, alt.value("#ffffff"), alt.value("currentColor")),
        )
    )
    return charts.compiled_matrix(names, cells, numbers)
