"""The documents of one file together, found by the database."""

from monitor_core.contract.calendar import Period
from monitor_core.mongo.quality.problems import QualityProblems
from monitor_core.mongo.store import Store
from tests.documents import at, prediction


def test_a_file_of_two_documents_is_told_once_and_a_contradiction_beside(store: Store) -> None:
    noon = at(2026, 10, 31, 12)
    twice = [prediction(noon, filename=name, target=target) for name in ("a.png", "b.png") for target in (1, 1)]
    contradicting = [prediction(noon, filename="c.png", target=target) for target in (1, 2, None)]
    store.collection.insert_many([*twice, *contradicting, prediction(noon, filename="d.png"), prediction(noon)])
    (of_day,) = QualityProblems(store).days(Period(noon.date(), noon.date()))
    assert (of_day.counts["duplicate_filename"], of_day.counts["reviewed_differently"]) == (7, 3)
    examples = {(example.file, example.value) for example in of_day.examples["duplicate_filename"]}
    assert examples == {("a.png", "2 documents"), ("b.png", "2 documents"), ("c.png", "3 documents")}
    assert [example.file for example in of_day.examples["reviewed_differently"]] == ["c.png"]
