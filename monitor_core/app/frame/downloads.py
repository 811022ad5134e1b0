"""The download menu below each chart: its picture and its data as files."""

import re

import streamlit as st

from monitor_core.app.frame import drawing
from monitor_core.app.frame.figure import Figure

LONGEST_NAME = 60


def offer(figure: Figure) -> None:
    """Show the download menu; a file is created when it is requested, so the menu costs a page nothing."""
    name, alt = file_name(figure.alt), figure.described
    with (
        st.container(horizontal=True, horizontal_alignment="right", key=f"downloads {alt}"),  # small: refresh.style
        st.popover("Download", type="tertiary", icon=":material/download:"),
    ):
        for title, kind, make in (
            ("Picture (PNG)", "png", lambda: drawing.picture(figure.captioned(), figure.tables, "png")),
            ("Drawing (SVG)", "svg", lambda: drawing.picture(figure.captioned(), figure.tables, "svg")),
            ("Data (CSV)", "csv", lambda: drawing.csv(figure.table)),
        ):
            st.download_button(title, make, f"{name}.{kind}", key=f"{kind} {alt}", on_click="ignore", type="tertiary")


def file_name(alt: str) -> str:
    """Return a file name from the first words of a chart's alternative text, safe for every file system.

    >>> file_name("Accuracy by day with its 95% interval: ../x")
    'accuracy-by-day-with-its-95-interval-x'
    >>> file_name("Accuracy by day with its 95% interval and the number of reviewed samples")
    'accuracy-by-day-with-its-95-interval-and-the-number-of'
    """
    name = "-".join(re.findall(r"[a-z0-9]+", alt.lower()))
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME + 1].rpartition("-")[0] or name[:LONGEST_NAME]
    return name or "chart"
