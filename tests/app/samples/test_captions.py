"""A sample in words and marks, without any image or page."""

from typing import Any

import pytest

from monitor_core.app.samples.captions import BADGES, LONGEST_NAME, badge, sample_in_short, short_name
from monitor_core.contract.selection import OUTCOMES, Sample
from monitor_core.mongo.store import Store


def sample(**changes: Any) -> Sample:
    fields = {"id": 1, "file": "a.png", "prediction": 1, "target": 1, "outcome": "right", "confidence": 0.93}
    return Sample(**(fields | {"predicted_at": None, "reviewed_at": None} | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "predicted 1, right, 93.0%"),
        ({"target": 2, "outcome": "wrong"}, "predicted 1, is 2, 93.0%"),
        ({"target": None, "outcome": "rejected"}, "predicted 1, rejected, 93.0%"),
        ({"target": None, "outcome": "not reviewed", "confidence": None}, "predicted 1, not reviewed"),
    ],
)
def test_a_sample_is_said_in_a_few_words(store: Store, changes: dict[str, Any], words: str) -> None:
    assert sample_in_short(sample(**changes)) == words


def test_every_outcome_has_a_form_and_a_colour_of_its_own() -> None:
    assert set(BADGES) == set(OUTCOMES)
    colours, forms = zip(*BADGES.values(), strict=True)
    assert len(set(colours)) == len(set(forms)) == len(OUTCOMES)
    assert badge("wrong") == ":red-badge[:material/close: wrong]"
    assert badge("right", 1234) == ":green-badge[:material/check: 1,234 right]"


def test_of_a_long_name_the_end_is_shown_and_markup_is_text() -> None:
    name = "a" * 40 + "/b.png"
    assert short_name(sample(file=name)).replace("\\", "") == "…" + name[1 - LONGEST_NAME :]
    assert short_name(sample(file="*a*")) == "\\*a\\*"
    assert short_name(sample(file="")) == "no file name"
