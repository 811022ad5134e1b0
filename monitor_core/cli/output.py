"""Output of the commands: the console, JSON, files, and figures in tables."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import SHARES, UNDEFINED, Scale, count
from monitor_core.mongo.connection import place
from monitor_core.mongo.store import Store
from monitor_core.reports.score import value_and_ends

# What would move a terminal's cursor, colour it or write to its title; line feeds and tabs stay.
CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")})


OutputOption = Annotated[
    Path | None, typer.Option("--output", help="The file to write; - or nothing is standard output.", allow_dash=True)
]


class Terminal(Console):
    """A console that prints texts of documents and settings literally, without control sequences and emoji."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Return the text without control characters, which rich leaves in it."""
        return super().render_str(text.translate(CONTROLS), **options)


console = Terminal(highlight=False, soft_wrap=True, emoji=False)


def say(sentence: str) -> None:
    """Print a sentence literally: class names and notes may contain square brackets."""
    console.print(sentence, markup=False)


def warn(sentence: str) -> None:
    """Print a sentence to standard error, apart from output that a file or another program receives."""
    Terminal(stderr=True, highlight=False, soft_wrap=True, emoji=False).print(sentence, markup=False)


def print_json(value: Any) -> None:
    """Print a value as JSON, with instants in ISO 8601."""
    print(json.dumps(value, indent=1, default=_instant))


def write(text: str, file: Path | None) -> None:
    """Write a text to a file, or to standard output."""
    if file is None or str(file) == "-":
        print(text, end="")
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise MonitorError(f"{file} cannot be written: {error.strerror}. Name another file with --output.") from None
    say_file(file)


def say_file(file: Path) -> None:
    """Print to standard error which file was written, and how large it is."""
    warn(f"{count(file.stat().st_size, 'byte')} are written to {file.resolve()}.")


def say_database(store: Store) -> None:
    """Print to standard error which database of the monitor's own collections was written to."""
    warn(f"Written to the database {store.database.name} at {place(store.settings)}.")


def cell(value: float, low: float, high: float, scale: Scale = SHARES) -> str:
    """Return a value and its 95% interval, or bounds without a value, for a cell of a table.

    >>> cell(0.7234, 0.604, 0.8172), cell(float("nan"), float("nan"), float("nan"))
    ('72.3% (60.4–81.7)', '–')
    >>> cell(float("nan"), 0.83, 0.912)
    '83.0–91.2% (bounds)'
    """
    text = value_and_ends(value, low, high, scale)
    return f"{text} (bounds)" if math.isnan(value) and text != UNDEFINED else text


def _instant(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
