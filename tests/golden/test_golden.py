"""What the product says of the digits demo at a fixed instant is what was recorded.

Figures and the tables behind the charts are held. A text that was changed on purpose is recorded anew by
`pytest tests/golden --record`, and its diff is reviewed.
"""

import difflib
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from tests.golden.conftest import FOLDER, KINDS

MOST = 30  # differences that are shown
pytestmark = pytest.mark.xdist_group("golden")  # one recording


def names(kind: str) -> list[str]:
    return sorted(file.stem for file in (FOLDER / kind).glob(f"*{KINDS[kind]}"))


def differences(golden: Any, now: Any, place: str = "") -> Iterator[str]:
    """Where two trees differ, a line each; numbers may differ by what another processor rounds otherwise."""
    if isinstance(golden, dict) and isinstance(now, dict):
        for name in golden | now:
            yield from differences(golden.get(name, "absent"), now.get(name, "absent"), f"{place}.{name}")
    elif isinstance(golden, list) and isinstance(now, list) and len(golden) == len(now):
        for index, (one, other) in enumerate(zip(golden, now, strict=True)):
            yield from differences(one, other, f"{place}[{index}]")
    elif not _equal(golden, now):
        yield f"{place.removeprefix('.')}: {json.dumps(golden)[:300]} was recorded, now {json.dumps(now)[:300]}"


def _equal(golden: Any, now: Any) -> bool:
    if isinstance(golden, float) and isinstance(now, float | int) and not isinstance(now, bool):
        return math.isclose(golden, now, rel_tol=1e-6, abs_tol=1e-9) or (math.isnan(golden) and math.isnan(now))
    return type(golden) is type(now) and bool(golden == now)


@pytest.mark.parametrize("kind", KINDS)
def test_as_much_is_said_as_was_recorded(recording: dict[str, dict[str, Any]], kind: str) -> None:
    assert sorted(recording[kind]) == names(kind)


@pytest.mark.parametrize("name", names("figures"))
def test_the_figures_are_those_recorded(recording: dict[str, dict[str, Any]], name: str) -> None:
    assert_same_numbers("figures", name, recording)


@pytest.mark.parametrize("name", names("charts"))
def test_the_charts_draw_what_was_recorded(recording: dict[str, dict[str, Any]], name: str) -> None:
    assert_same_numbers("charts", name, recording)


def assert_same_numbers(kind: str, name: str, recording: dict[str, dict[str, Any]]) -> None:
    golden = json.loads((FOLDER / kind / f"{name}.json").read_text())
    different = list(differences(golden, recording[kind].get(name)))
    if different:
        rest = f"\n… and {len(different) - MOST} more" if len(different) > MOST else ""
        pytest.fail(f"{kind} of {name}:\n" + "\n".join(different[:MOST]) + rest, pytrace=False)


@pytest.mark.parametrize("name", names("texts"))
def test_the_texts_are_those_recorded(recording: dict[str, dict[str, Any]], name: str) -> None:
    golden = (FOLDER / "texts" / f"{name}.txt").read_text().splitlines()
    said = recording["texts"].get(name, "").splitlines()
    lines = list(difflib.unified_diff(golden, said, "recorded", "now", lineterm="", n=0))
    if lines:
        pytest.fail(f"{name}:\n" + "\n".join(lines[: 2 * MOST]), pytrace=False)
