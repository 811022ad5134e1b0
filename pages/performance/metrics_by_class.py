"""Metrics by class: which classes the model gets right, and which it confuses."""

import streamlit as st

from monitor_core.app.frame import cards, clicks
from monitor_core.app.frame.show import card, show_figure
from monitor_core.app.performance import class_charts, class_lists, matrix_charts, opening, over_all, parts
from monitor_core.scores.metrics import CLASS_METRICS

view = parts.view()
opening.opening("Metrics by class", view.now, CLASS_METRICS)
parts.tell_other(view)
parts.tell_new_classes(view)

view = class_lists.by_score(view)
further = parts.further_metric(CLASS_METRICS)
metrics = [metric for metric in CLASS_METRICS if metric.on_tabs or metric in further]
for place, metric in zip(cards.cards(len(metrics)), metrics, strict=True):
    with place:
        parts.class_scores(view, metric)
parts.tell_holm(view)
if not view.other:
    st.caption(class_charts.samples_of(metrics))

class_lists.score_table(view, metrics)
over_all.classes_over_all_table(view)

st.subheader("Confusion matrix")
cells = st.segmented_control(
    "Cells show",
    ["counts", "share of the true class"],
    default="counts",
    required=True,
    key="cells",
    bind="query-params",
)
matrix = matrix_charts.confusion_matrix(view, shares=cells == "share of the true class")
show_figure(matrix)
for sentence in matrix.legend:
    st.caption(sentence)
for pairs in matrix_charts.pairs_of_many(view):
    card(pairs)
    st.caption(matrix_charts.PAIRS)
clicks.samples_link_of(matrix)
parts.confusion_difference(view)
