"""A chart as a file, drawn by a process of its own."""

import csv
import io

import pandas as pd
import pytest

from monitor_core.app.frame import drawing
from monitor_core.contract.errors import DrawingFailed
from monitor_core.mongo.store import Store
from tests import command

DAYS = "2026-10-01..2026-10-03"


def test_the_data_of_a_chart_hold_no_formula_and_open_right_in_excel() -> None:
    names = ["=1+1", "+1", "-1", "-a", "@x", "\t=1", "\r=1", 'a "b", c\nd', "Größe 日本"]
    table = pd.DataFrame({"name": names, "value": [-0.5, *range(8)]})
    data = drawing.csv(table)
    assert data.startswith(b"\xef\xbb\xbfname,value\r\n")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["name"] for row in rows] == [
        *("'=1+1", "'+1", "-1", "'-a", "'@x", "'\t=1", "'\r=1"),
        *(names[7], names[8]),
    ]
    assert rows[0]["value"] == "-0.5"


def test_a_drawing_that_takes_too_long_is_a_sentence_and_no_traceback(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "SECONDS", 0.01)  # the process takes half a second
    ended = command.run("report", "--period", DAYS, "--format", "html")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("The charts could not be drawn.")
    assert ended.stderr.count("\n") == 1


def test_a_template_that_cannot_be_drawn_is_one_too() -> None:
    with pytest.raises(DrawingFailed, match="could not be drawn"):
        drawing.drawings([{"mark": "no such mark"}])
