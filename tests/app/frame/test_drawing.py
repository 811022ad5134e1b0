"""A chart as a file, drawn by a process of its own."""

import pytest

from monitor_core.app.frame import drawing
from monitor_core.contract.errors import DrawingFailed
from monitor_core.mongo.store import Store
from tests import command

DAYS = "2026-10-01..2026-10-03"


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
