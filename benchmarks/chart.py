"""A chart of the cost of a year's counts by the number of documents, from the table in RESULTS.md."""

from collections.abc import Iterator
from pathlib import Path

import altair as alt
import pandas as pd

from benchmarks import results

PICTURE = Path(__file__).with_name("scale.svg")
WAYS = {  # column: its name in the picture, and how many of its unit are a second
    "by day and class, s": ("find, lists, scikit-learn by day and class", 1),
    "naive year, once a day, s": ("the same, once a day", 1),
    "a year, no history, s": ("counted by the database", 1),
    "any range, ms (median)": ("with the history, any range", 1000),
    "tick after 10,000 reviews, s": ("the worker's run after 10,000 reviews", 1),
}


def draw() -> Path:
    """Draw the newest run of each size, on logarithmic axes, on which a proportional cost is a diagonal line."""
    table = pd.DataFrame(_points()).drop_duplicates(["documents", "way"], keep="last")
    names = [name for name, _ in WAYS.values()]
    sizes = [float(size) for size in sorted(table["documents"].unique())]
    below = alt.Legend(orient="bottom", columns=1, labelLimit=440)  # beside the plot, another font would be cut off
    base = alt.Chart(table).encode(
        alt.X("documents:Q", scale=alt.Scale(type="log"), title="reviewed documents").axis(format="~s", values=sizes),
        alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds", axis=alt.Axis(format="~g")),
        alt.Color("way:N", title=None, sort=names, scale=alt.Scale(scheme="dark2"), legend=below),
    )
    chart = (base.mark_line() + base.mark_point(filled=True, size=60)).properties(width=460, height=320)
    chart.configure(background="white").save(PICTURE)
    return PICTURE


def _points() -> Iterator[dict[str, object]]:
    """Return the runs with seven classes, which differ only in their size."""
    section = results.FILE.read_text().partition("\n## scale\n")[2].partition("\n## ")[0]
    header: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if "reviewed" in cells:
            header = cells
        row = dict(zip(header, cells, strict=False))
        if row.get("classes") == "7":
            for column, (name, unit) in WAYS.items():
                if row.get(column, "").replace(".", "").isdigit():
                    reviewed = int(row["reviewed"].replace(",", ""))
                    yield {"documents": reviewed, "way": name, "seconds": float(row[column]) / unit}
