"""Charts as files, drawn by vl-convert in its own process.

The process costs half a second for each file; within the app, the library would occupy 250 MB permanently. It has no
access to the network. CSV files need no process.
"""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd  # the drawing process does without

Spec = dict[str, Any]
Format = Literal["svg", "png"]
SECONDS = 60.0  # the longest that a page of charts may take
WIDTH = 720  # pixels of a chart in a file
SCALE = 2  # of a PNG: pixels of the picture for one of the chart
INK = "#1f2430"  # on white; in the app the ink is that of the theme, which a file does not know
# Columns that repeat others so that a chart can be drawn and clicked.
ONLY_FOR_THE_DRAWING = [
    *("most", "date", "whole", "begins", "ends", "below", "above"),
    *("change", "difference_text", "empty", "text", "place"),
    *("alert", "annotation", "incomplete"),
]
# Streamlit's theme is not there: the same grey lines on light and dark, and the reader's default font.
LINES = {"gridColor": "#818793", "gridOpacity": 0.35, "domainColor": "#818793", "tickColor": "#818793"}
FONT = "system-ui, sans-serif"


def of_the_data(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a chart's rows for people: ISO dates, without columns that only the drawing needs."""
    rows = table.drop(columns=ONLY_FOR_THE_DRAWING, errors="ignore")
    for name in rows.select_dtypes("datetime"):
        whole_days = (rows[name] == rows[name].dt.normalize()).all()
        rows[name] = rows[name].dt.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%dT%H:%M:%S")
    return rows


def csv(table: "pd.DataFrame") -> bytes:
    """Return those rows as CSV for Excel; shares are in [0, 1], and undefined values are empty."""
    from monitor_core.contract.spreadsheets import BOM, harmless  # late: the process runs this file without our folder

    rows = of_the_data(table).map(lambda value: harmless(value) if isinstance(value, str) else value)
    text: str = rows.to_csv(index=False, lineterminator="\r\n")
    return (BOM + text).encode("utf-8", "replace")


def with_tables(spec: Spec, tables: "Mapping[str, pd.DataFrame]") -> Spec:
    """Return a template with its data embedded, which can be drawn anywhere."""
    rows = {name: json.loads(table.to_json(orient="records", date_format="iso")) for name, table in tables.items()}
    config: dict[str, Any] = {key: dict(part) for key, part in spec.get("config", {}).items()}
    config["axis"] = {**LINES, **config.get("axis", {})}
    config |= {"font": FONT, "view": {"stroke": None}}
    return {**spec, "width": WIDTH, "datasets": rows, "config": config}


def picture(spec: Spec, tables: "Mapping[str, pd.DataFrame]", file_format: Format) -> bytes:
    """Draw one chart on white, with dark text."""
    whole = with_tables(spec, tables) | {"background": "white"}
    inked = json.loads(json.dumps(whole).replace('"currentColor"', f'"{INK}"'))
    return _drawn([inked], file_format)[0]


def drawings(specs: list[Spec]) -> list[str]:
    """Return SVGs without a background, in the colour of the surrounding text."""
    return [picture.decode("utf-8") for picture in _drawn([spec | {"background": None} for spec in specs], "svg")]


def _drawn(specs: list[Spec], file_format: Format) -> list[bytes]:
    from monitor_core.contract.errors import DrawingFailed  # late: the process runs this file without our folder

    request = json.dumps({"specs": specs, "format": file_format, "scale": SCALE})
    try:
        ended = subprocess.run(
            [sys.executable, "-I", __file__],
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise DrawingFailed(
            "The charts could not be drawn. Choose a shorter period, or try again when the machine is less busy."
        ) from None
    return [b64decode(picture) for picture in json.loads(ended.stdout)]


# ---- inside the process: nothing of ours may be imported, for `-I` takes our folder from the path


def _child() -> None:
    import vl_convert

    request = json.load(sys.stdin)
    drawn: list[bytes] = []
    for spec in request["specs"]:
        if request["format"] == "png":
            drawn.append(vl_convert.vegalite_to_png(spec, scale=request["scale"], allowed_base_urls=[]))
        else:
            drawn.append(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]).encode("utf-8"))
    print(json.dumps([b64encode(picture).decode("ascii") for picture in drawn]))


if __name__ == "__main__":
    _child()
