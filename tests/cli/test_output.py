"""Output of the commands: text, JSON and files."""

import json
import math
from datetime import date
from pathlib import Path

import pytest
from rich.markup import escape
from rich.table import Table

from monitor_core.cli.output import cell, console, print_json, say, write
from monitor_core.contract.errors import MonitorError
from tests.documents import at


def test_a_sentence_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "The class [red]3[/red] " + "is long " * 40
    say(sentence)
    assert capsys.readouterr().out == sentence + "\n"  # neither markup nor a new line in it


def test_no_control_sequence_and_no_emoji_is_made_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "a\x1b[31m b\x1b]0;title\x07 \x9b1A :smile: tab\tend"
    harmless = "a[31m b]0;title 1A :smile: tab"
    say(evil)
    table = Table("text")
    table.add_row(escape(evil))
    console.print(table)
    said = capsys.readouterr().out
    assert said.startswith(harmless)
    assert said.count(harmless) == 2
    assert not {"\x1b", "\x07", "\x9b"} & set(said)


def test_instants_and_days_are_iso_8601_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": at(2026, 10, 31, 12), "day": date(2026, 10, 31), "file": Path("a/b"), "score": None})
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-10-31T12:00:00+00:00",
        "day": "2026-10-31",
        "file": "a/b",
        "score": None,
    }


def test_a_text_goes_into_the_file_or_to_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("ä\n", None)
    assert capsys.readouterr().out == "ä\n"
    write("ä\n", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes() == "ä\n".encode()
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err == f"3 bytes are written to {tmp_path / 'a.txt'}.\n"  # what, and where


def test_a_file_that_cannot_be_written_is_a_sentence_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match=r"nowhere.* cannot be written: No such file.*--output"):
        write("text", tmp_path / "nowhere" / "a.txt")


def test_an_undefined_value_is_a_dash_without_an_interval() -> None:
    assert cell(0.5, 0.4, 0.6) == "50.0% (40.0–60.0)"
    assert cell(math.nan, math.nan, math.nan) == "–"
