"""A chart on a page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from monitor_core.app.frame import charts
from monitor_core.app.frame import downloads as ui_downloads
from monitor_core.app.frame.charts import Spec

Tables = Mapping[str, pd.DataFrame]
NO_TABLES: Tables = {}


def chart(spec: Spec, table: pd.DataFrame, alt: str, more: Tables = NO_TABLES, events: Any = None) -> None:
    """A template fed with its table, and with more by name (bands, annotations); `alt` is what a screen reader says.

    `events`: Streamlit's arguments that tell of clicks. Where no row has a value, words instead of an empty frame.
    """
    if not charts.has_values(spec, table):
        st.info(charts.NOTHING_TO_DRAW)
        return
    datasets = {"table": table, **more}
    with st.container(gap=None):
        st.vega_lite_chart(spec={**spec, "datasets": datasets}, alt=alt, width="stretch", **(events or {}))
        ui_downloads.offer(spec, datasets, alt)
