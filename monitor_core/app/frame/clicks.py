"""Templates whose marks can be clicked: what the click says are columns of the table, as text."""

from typing import Any

from monitor_core.app.frame.charts import Spec

CLICKED = "clicked"  # the name of the selection


def clickable(spec: Spec, columns: tuple[str, ...]) -> Spec:
    """The template with a selection that tells these columns of the mark that was clicked.

    A layer's views share the selection, so one of them has it. It changes nothing in the drawing. Columns are text, not
    dates: of a date Vega tells the milliseconds of a midnight in the visitor's zone.
    """
    select = {"type": "point", "fields": list(columns), "toggle": False}
    found = _with_param(spec, {"name": CLICKED, "select": select})
    config = {**spec.get("config", {}), "mark": {**spec.get("config", {}).get("mark", {}), "cursor": "pointer"}}
    return {**found, "config": config}


def _with_param(spec: Any, param: dict[str, Any], table: str = "") -> Any:
    """In the first view that draws the table."""
    table = spec.get("data", {}).get("name", table)
    if "layer" not in spec:
        return {**spec, "params": [*spec.get("params", []), param]}
    views = list(spec["layer"])
    for position, view in enumerate(views):
        if _draws(view, table):
            views[position] = _with_param(view, param, table)
            break
    return {**spec, "layer": views}


def _draws(spec: Any, table: str) -> bool:
    table = spec.get("data", {}).get("name", table)
    return any(_draws(view, table) for view in spec["layer"]) if "layer" in spec else table == "table"
