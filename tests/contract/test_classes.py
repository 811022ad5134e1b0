"""Each class has a text of its own, whatever the classes are called and whichever numbers occur without a name."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_core.contract.classes import RESERVED, displayed

ODD = [
    "",
    " ",
    "\n",
    "2",
    "02",
    "-1",
    "２",
    "Cat",
    " cat",
    "cat\u200b",
    "cat (1)",
    "rejected",
    "Any",
    "\u202egod",
    "2 (0)",
]


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        ({0: "2"}, {0: "2 (0)"}),
        ({2: "2"}, {2: "2"}),
        ({0: "２", 1: "cat"}, {0: "２ (0)", 1: "cat"}),
        ({0: "Cat", 1: "cat ", 2: "dog"}, {0: "Cat (0)", 1: "cat (1)", 2: "dog"}),
        ({0: "2", 1: "2 (0)"}, {0: "2 (0)", 1: "2 (0) (1)"}),
        ({0: "rejected", 1: "other classes"}, {0: "rejected (0)", 1: "other classes (1)"}),
        ({0: "a\nb", 1: "a b", 2: "a\nc"}, {0: "a\nb (0)", 1: "a b (1)", 2: "a\nc"}),
        ({0: "\u202egod"}, {0: "god"}),
        ({0: "  ", 1: "\u200b"}, {0: "(0)", 1: "(1)"}),
        ({0: "a.b[c]'\"\\"}, {0: "a.b[c]'\"\\"}),
        ({0: "👩\u200d🔬"}, {0: "👩\u200d🔬"}),
    ],
)
def test_a_name_that_could_be_anothers_stands_with_its_number(names: dict[int, str], texts: dict[int, str]) -> None:
    assert displayed(names) == texts


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.integers(-3, 30), st.sampled_from(ODD) | st.text(alphabet="2aA() \n\u200b", max_size=4)))
def test_no_text_is_another_classes(names: dict[int, str]) -> None:
    texts = displayed(names)
    assert texts.keys() == names.keys()
    alike = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in texts.values()]
    alike += [str(label) for label in range(-9, 99) if label not in names]
    assert len(set(alike)) == len(alike)
    assert not RESERVED & set(alike)
    assert all(alike)
