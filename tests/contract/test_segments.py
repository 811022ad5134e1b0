"""Segments: their names, and a value as an address names it."""

import pytest

from monitor_core.contract.errors import MonitorError
from monitor_core.contract.segments import parse

SEGMENTS = {"camera": "camera", "model": "meta.version"}


def test_a_segment_and_its_value_are_read_from_a_text() -> None:
    assert parse("model=1=2", SEGMENTS) == ("model", "1=2")
    with pytest.raises(MonitorError, match="is not a segment"):
        parse("camera", SEGMENTS)
    with pytest.raises(MonitorError, match=r"colour is not a segment.*camera, model"):
        parse("colour=red", SEGMENTS)
