"""What a page says, and what its charts draw, as Streamlit's AppTest sees it."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from streamlit.testing.v1 import AppTest

FIELDS = ("label", "body", "delta", "text", "alt", "help", "placeholder", "options", "caption", "url", "page")
MOST_ROWS = 40  # of a table on a page
MOST_WORDS = 12  # different ones in a chart's column that are counted one by one


def text(block: Any) -> str:
    """All that a block of a page says, in its order: a line for each element, and its further lines indented."""
    lines = [line for node in block for line in _lines(node)]
    return "\n".join(line.replace("\n", "\n    ") for line in lines)


def _lines(node: Any) -> Iterator[str]:
    proto = node.proto
    if proto is None or (node.type == "html" and "<style" in proto.body):
        return
    words = [f"{name} {told}" if name != "body" else told for name in FIELDS if (told := _told(proto, name))]
    if words:
        yield f"{node.type}: {' | '.join(words)}"
    if node.type == "dataframe":
        yield f"table: {_headings(proto.columns)}\n{_rows(node.value)}"
    if node.type == "vega_lite_chart":
        yield f"chart: {' | '.join(_titles(json.loads(proto.spec)))}"


def _told(proto: Any, name: str) -> str:
    block = proto.WhichOneof("type") if "type" in {one.name for one in proto.DESCRIPTOR.oneofs} else None
    holder = getattr(proto, block) if block else proto
    value = getattr(holder, name, "")
    if isinstance(value, str):
        return value
    return ", ".join(getattr(one, "content", one) for one in value) if value and hasattr(value, "__len__") else ""


def _headings(columns: str) -> str:
    """What people read above the columns and beside them."""
    configured = {name: one for name, one in json.loads(columns or "{}").items() if isinstance(one, dict)}
    headings = {name: " – ".join(filter(None, (one.get("label"), one.get("help")))) for name, one in configured.items()}
    return ", ".join(f"{name}: {words}" for name, words in headings.items() if words)


def _rows(rows: pd.DataFrame) -> str:
    table = rows.head(MOST_ROWS).map(_cell).to_csv(float_format="%.6g", lineterminator="\n")
    return f"{table}{len(rows)} rows"


def _cell(value: Any) -> Any:
    return " ".join(f"{one:.6g}" if isinstance(one, float) else str(one) for one in value) if _is_list(value) else value


def _is_list(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes)


def _titles(spec: Any) -> Iterator[str]:
    """Every title in a chart: axes, legends, tooltips."""
    inner = spec.items() if isinstance(spec, dict) else enumerate(spec) if isinstance(spec, list) else ()
    for name, value in inner:
        if name == "title" and isinstance(value, str):
            yield value
        else:
            yield from _titles(value)


def charts(app: AppTest) -> list[dict[str, Any]]:
    """The tables behind each chart."""
    protos = [chart.proto for chart in app.get("vega_lite_chart")]
    return [{data.name: _summary(data.data.data) for data in proto.datasets if data.data.data} for proto in protos]


def _summary(arrow: bytes) -> dict[str, Any]:
    """How many rows, and of each column what a change of any of its values changes."""
    rows = pa.ipc.open_stream(arrow).read_pandas()
    return {"rows": len(rows)} | {str(name): _column(rows[name]) for name in rows.columns}


def _column(values: "pd.Series[Any]") -> Any:
    if pd.api.types.is_datetime64_any_dtype(values):
        return {"first": str(values.min()), "last": str(values.max()), "different": int(values.nunique())}
    if not pd.api.types.is_numeric_dtype(values):
        words = values.map(str)
        return words.value_counts().sort_index().to_dict() if words.nunique() <= MOST_WORDS else int(words.nunique())
    numbers = values.astype(float).reset_index(drop=True)
    return {
        "known": int(numbers.count()),
        "sum": float(numbers.sum()),
        "sum by place": float((numbers * (numbers.index + 1)).sum()),
    }
