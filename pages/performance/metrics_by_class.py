"""Which classes the model gets right, and what it takes the others for."""

import streamlit as st

from monitor_core.app.frame import charts, clicks, scores
from monitor_core.app.performance import opening
from monitor_core.app.performance import parts as ui_compare
from monitor_core.reports import performance as reports
from monitor_core.scores.metrics import CLASS_METRICS

now = scores.performance()
opening.opening("Metrics by class", now)
opening.tell_listed(now)
ui_compare.tell_other()

for place, metric in zip(st.columns(len(CLASS_METRICS)), CLASS_METRICS, strict=True):
    with place.container(border=True, height="stretch"):
        st.subheader(metric.title)
        ui_compare.class_scores(now, metric.key)
ui_compare.tell_holm()
if not scores.other_side():
    st.caption("Line: 95% interval. Grey number: samples (predictions of the class for precision, else its support).")

st.subheader("Confusion matrix")
shown = st.segmented_control(
    "Cells show",
    ["counts", "share of the true class"],
    default="counts",
    required=True,
    key="cells",
    bind="query-params",
)
clicks.chart(
    charts.confusion_matrix(tuple(reports.listed(now)), shown != "counts"),
    reports.confusion_table(now),
    alt="Confusion matrix: true classes as rows, predictions as columns",
    opens=clicks.CELL,
)
clicks.link("Click a cell, or choose samples here")
ui_compare.confusion(now)
