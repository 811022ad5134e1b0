"""What a chart's template draws, read from the template itself."""

from collections.abc import Iterator
from typing import Any

from monitor_core.app.frame.figure import Figure


def views(spec: Any, table: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each view without layers, with the name of the table that it draws; "": it draws one of its own."""
    if "data" in spec:
        table = spec["data"].get("name", "")
    if "layer" not in spec:
        yield table, spec
    for layer in spec.get("layer", []):
        yield from views(layer, table)


def encodings(spec: Any, table: str = "table") -> list[tuple[str, str, Any]]:
    """Return mark, channel and definition of all that is drawn from the table."""
    drawn = []
    for name, view in views(spec):
        if name == table:
            mark = view["mark"] if isinstance(view["mark"], str) else view["mark"]["type"]
            for channel, definition in view.get("encoding", {}).items():
                drawn += [
                    (mark, channel, each) for each in (definition if isinstance(definition, list) else [definition])
                ]
    return drawn


def columns(spec: Any, table: str = "table") -> set[str]:
    """Return the columns of the table that the template names."""
    return {definition["field"] for _, _, definition in encodings(spec, table) if "field" in definition}


def column_of(spec: Any, mark: str, channel: str) -> str:
    """Return the column that gives the first such mark this channel."""
    return next(encoding["field"] for drawn, name, encoding in encodings(spec) if (drawn, name) == (mark, channel))


def colours(spec: Any) -> dict[str, str]:
    """Return the colour of each name in the first scale of colours that has both."""
    scales = (encoding.get("scale", {}) for _, name, encoding in encodings(spec) if name == "color")
    scale = next(encoding for encoding in scales if "domain" in encoding and "range" in encoding)
    return dict(zip(scale["domain"], scale["range"], strict=True))


def lacking(figure: Figure) -> set[str]:
    """Return what the template names, and neither the table has nor the template itself works out."""
    worked_out = {step["as"] for _, view in views(figure.spec) for step in view.get("transform", []) if "as" in step}
    return columns(figure.spec) - set(figure.table.columns) - worked_out
