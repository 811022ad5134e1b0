"""The menu under each chart: its picture and its data as files."""

import re

import pandas as pd
import streamlit as st

from monitor_core.app.frame import drawing
from monitor_core.app.frame.drawing import Spec

LONGEST_NAME = 60


def offer(spec: Spec, tables: dict[str, pd.DataFrame], alt: str) -> None:
    """A small menu; the file is made when it is asked for, and a page pays nothing. On a page each `alt` is its own."""
    name = file_name(alt)
    with (
        st.container(horizontal=True, horizontal_alignment="right", key=f"downloads {alt}"),  # small: ui_refresh.style
        st.popover("Download", type="tertiary", icon=":material/download:"),
    ):
        for title, kind, make in (
            ("Picture (PNG)", "png", lambda: drawing.picture(drawing.with_tables(spec, tables), "png")),
            ("Drawing (SVG)", "svg", lambda: drawing.picture(drawing.with_tables(spec, tables), "svg")),
            ("Data (CSV)", "csv", lambda: drawing.csv(tables["table"])),
        ):
            st.download_button(title, make, f"{name}.{kind}", key=f"{kind} {alt}", on_click="ignore", type="tertiary")


def file_name(alt: str) -> str:
    """The first words of what the chart shows, safe for every file system.

    >>> file_name("Accuracy by day with its 95% interval: ../x")
    'accuracy-by-day-with-its-95-interval-x'
    """
    words = re.findall(r"[a-z0-9]+", alt.lower())
    return "-".join(words)[:LONGEST_NAME].rstrip("-") or "chart"
