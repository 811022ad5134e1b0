"""The filters of the page Samples: from the address, alone and together."""

from typing import Any

import pytest

from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.store import Store
from tests.app_pages import said
from tests.documents import fields


@pytest.fixture
def four(store: Store, sample: Any) -> Store:
    made = [sample(1), sample(2, target=2), sample(3, target=False), sample(4, predicted=3, confidence=0.93)]
    made[1] |= fields(trained=True)
    made[2] |= fields(trained=False)
    store.collection.insert_many(document | {"_id": number} for number, document in enumerate(made, start=1))
    Tags(store).add([2, 4], "blurred", "ana", store.now())
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, [1, 2, 3, 4]),
        ({"target": "2"}, [2]),
        ({"target": ["2", "rejected"]}, [2, 3]),
        ({"target": ["1", "2"], "prediction": "3"}, [4]),
        ({"prediction": ["1", "3"], "outcome": "wrong"}, [2, 3, 4]),
        ({"outcome": "wrong", "target": "rejected"}, [3]),
        ({"confidence": ["0.9", "0.95"]}, [4]),
        ({"file": "0002"}, [2]),
        ({"file": ".PNG "}, [1, 2, 3, 4]),
        ({"tag": "blurred"}, [2, 4]),
        ({"tag": "blurred", "file": "4"}, [4]),
        ({"trained": "yes"}, [2]),
        ({"trained": "no"}, [1, 3, 4]),
    ],
)
def test_the_filters_of_the_address_choose(
    four: Store, open_page: Any, files: Any, query: dict[str, Any], numbers: list[int]
) -> None:
    app = open_page(**query)
    assert files(app) == [f"000{number}.png" for number in numbers]
    assert "cannot use part of its address" not in said(app)


def test_several_classes_are_chosen_on_the_page(four: Store, open_page: Any, files: Any) -> None:
    app = open_page()
    app.multiselect(key="target shown").set_value(["2", "rejected"]).run()
    assert files(app) == ["0002.png", "0003.png"]
    app.text_input(key="file shown").set_value("3.png").run()
    assert files(app) == ["0003.png"]


def test_a_day_outside_of_the_period_is_said(four: Store, open_page: Any) -> None:
    assert "lies outside of" in said(open_page(day="2020-02-01"))


def test_there_are_no_tags_to_choose_while_no_sample_has_any(store: Store, sample: Any, open_page: Any) -> None:
    store.collection.insert_one(sample() | fields(filename="a.png"))
    assert [widget.label for widget in open_page().multiselect if "shown" in str(widget.key)] == [
        "Target (true class)",
        "Prediction",
    ]
