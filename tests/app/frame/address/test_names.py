"""Names in the address: each widget's own is known, others are said unless they are those of trackers."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor_core.app.frame.address.names import address_names, misspelt_in_words
from monitor_core.settings.settings import ROOT

KNOWN = address_names(["camera"])


def bound_names() -> Iterator[tuple[str, str]]:
    """The names of all widgets that are bound to the address and name their key where they are called."""
    for path in [*(ROOT / "monitor_core/app").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                options: dict[str | None, Any] = {word.arg: word.value for word in node.keywords}
                of_entries = isinstance(node.func, ast.Attribute) and node.func.attr in (
                    "choice",
                    "choice_of_page",
                    "bound",
                )
                if "key" in options and ("bind" in options or of_entries):
                    yield path.name, name_of(options["key"], path)


def name_of(key: ast.expr, path: Path) -> str:
    if isinstance(key, ast.Constant):
        return str(key.value)
    if isinstance(key, ast.Attribute) and isinstance(key.value, ast.Name):
        owner = "session" if key.value.id == "session" else "state"
        return str(getattr(importlib.import_module(f"monitor_core.app.frame.{owner}"), key.attr))
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return str(getattr(importlib.import_module(module), ast.unparse(key), "model"))  # an argument of a function


def test_each_widget_s_name_is_known() -> None:
    names = set(bound_names())
    assert {name for _, name in names} >= {"period", "focus", "target", "feed", "class", "preset", "model", "cells"}
    assert [name for name in names if name[1] not in KNOWN] == []


def test_a_misspelt_name_is_said_with_the_one_that_was_meant() -> None:
    assert misspelt_in_words(["Perido", "where_camrea"], KNOWN) == (
        'The address has "Perido" and "where_camrea", which this page does not know; '
        'did you mean "period" or "where_camera"?'
    )
    assert misspelt_in_words(["where_camera", "kiosk", "sort_samples"], KNOWN) == ""
    many = misspelt_in_words([f"{number}{'z' * 100}" for number in range(8)], KNOWN)
    assert "and 3 more, which" in many
    assert len(many) < 450


def test_trackers_names_are_silent() -> None:
    assert misspelt_in_words(["utm_source", "utm_id", "fbclid", "gclid", "msclkid", "_ga", "embed"], KNOWN) == ""
