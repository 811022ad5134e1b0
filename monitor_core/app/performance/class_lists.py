"""The order of the classes on a page, the search for a class, and a table of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from monitor_core.app.frame.figure import Figure
from monitor_core.app.frame.show import show_figure
from monitor_core.app.frame.text import DASH, plain
from monitor_core.app.performance import class_charts, pie_charts
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.reports import performance as reports
from monitor_core.reports.classes.listing import (
    AT_A_TIME,
    BY_MIX,
    BY_SAMPLES,
    BY_SCORE,
    Listing,
    in_order,
    mistakes,
    ordered_mix,
    pages,
)
from monitor_core.reports.training import TrainingMix
from monitor_core.scores.metrics import Metric
from monitor_core.scores.shares import FEWEST

FEW = 8  # classes among which nobody has to search
LONGEST_SEARCH = 80  # characters
CIRCLE_WIDTH, LIST_WIDTH = 236, 190  # pixels
COUNT = st.column_config.NumberColumn(format="localized")
Namer = Callable[[str], list[str]]  # names of the classes in an order


# ---- the choice


def by_score(view: View) -> View:
    """Let the visitor choose order and classes, the worst first; return the view with them."""
    return replace(view, listing=_pick(BY_SCORE, lambda order: class_charts.names_of(view, order), "sort"))


def by_samples(view: View) -> View:
    """Let the visitor choose order and classes, the largest first; return the view with them."""
    return replace(view, listing=_pick(BY_SAMPLES, lambda order: class_charts.names_of(view, order), "sort_samples"))


def by_difference(view: View, mix: TrainingMix) -> View:
    """Let the visitor choose order and classes, those furthest from training first; return the view with them."""
    return replace(view, listing=_pick(BY_MIX, lambda order: ordered_mix(mix, order), "sort_training"))


def _pick(orders: Sequence[str], names_in: Namer, key: str) -> Listing:
    """Show the choice, which stands in the address, and which of the classes are on the page."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    order = row.segmented_control(
        "Sort classes by", orders, default=orders[0], required=True, key=key, bind="query-params"
    )
    names = names_in(str(order or orders[0]))
    search = ""
    if len(names) > FEW:
        search = row.text_input(
            "Search classes",
            key="search",
            bind="query-params",
            max_chars=LONGEST_SEARCH,
            placeholder="part of a name",
            width=220,
        )
    listing = Listing(str(order or orders[0]), str(search or ""))
    count = len(listing.matching(names))
    if not count:
        st.info(f"No class has “{plain(listing.search)}” in its name: all are listed.")
        listing, count = replace(listing, search=""), len(names)
    return _turned(listing, count)


def _turned(listing: Listing, count: int) -> Listing:
    """Let the visitor turn the pages of the classes, if there are several."""
    if pages(count) == 1:
        return listing
    page = st.pagination(pages(count), key="classes", bind="query-params")
    first = (page - 1) * AT_A_TIME + 1
    st.caption(
        f"Bars: classes {first:,}–{min(first + AT_A_TIME - 1, count):,} of {count:,}. The table has all of them."
    )
    return replace(listing, page=page)


# ---- the table


def score_table(view: View, metrics: Sequence[Metric]) -> None:
    """Show all classes in their order with the metrics and their intervals."""
    of = view.now.by_class
    columns = {
        "name": of["name"],
        "Samples": of["support"],
        "Predicted": of["predicted"],
        "Mistakes": mistakes(view.now),
    }
    scores = {metric.title: _texts(of, metric) for metric in metrics}
    _show(view, pd.DataFrame({**columns, **scores}), class_charts.names_of, "The classes in numbers")


def _texts(of: pd.DataFrame, metric: Metric) -> list[str]:
    enough = of[f"{metric.key}_samples"].to_numpy() >= FEWEST
    ends = (np.where(enough, of[f"{metric.key}{end}"], np.nan).tolist() for end in ("", "_low", "_high"))
    return class_charts.score_texts(ends, metric.scale)


def sample_table(view: View) -> None:
    """Show the samples of all classes in their order."""
    table = reports.all_class_samples(view.now)
    table = table.assign(share=table["share"].map(wording.percent))
    table.columns = ["name", "Samples", "Share"]
    _show(view, table, class_charts.names_of, "The samples of each class in numbers")


def mix_table(view: View, mix: TrainingMix) -> None:
    """Show all classes of training and production in their order."""
    of = mix.table
    columns = {
        "name": of["name"],
        "Training": of["training"],
        "Production": of["production"],
        "Share in training": list(map(wording.percent, of["training_share"].tolist())),
        "Share in production": list(map(wording.percent, of["production_share"].tolist())),
        "Difference, percentage points": class_charts.difference_texts(of),
    }
    _show(
        view,
        pd.DataFrame(columns),
        lambda _, order: ordered_mix(mix, order),
        "Training and production by class in numbers",
    )


def _show(view: View, table: pd.DataFrame, names_of: Callable[[View, str], list[str]], alt: str) -> None:
    listing = view.listing or Listing(BY_SCORE[0])
    rows = in_order(table, listing.matching(names_of(view, listing.order))).rename(columns={"name": "Class"})
    counts = {str(name): COUNT for name in rows.select_dtypes("number")}
    st.dataframe(rows, hide_index=True, width="stretch", placeholder=DASH, alt=alt, column_config=counts)


# ---- a list beside a pie


def pie(figure: Figure) -> None:
    """Draw a pie under its title; with a list of count and share beside it."""
    st.subheader(plain(figure.title))
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=CIRCLE_WIDTH):
            show_figure(figure)
        st.html(_list_of(pie_charts.slices(figure)), width=LIST_WIDTH)


def _list_of(slices: Sequence[tuple[str, str, int, float]]) -> str:
    return f'<ul style="list-style: none; margin: 0; padding: 0">{"".join(map(_entry, slices))}</ul>'


def _entry(each: tuple[str, str, int, float]) -> str:
    colour, name, count, share = each
    square = f'<span style="color: {escape(colour)}">■</span>'
    numbers = f'<span style="white-space: nowrap">{count:,} · {share:.1%}</span>'
    return f'<li style="font-size: 0.8rem; overflow-wrap: anywhere">{square} {escape(name)}: {numbers}</li>'
