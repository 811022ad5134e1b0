"""Samples as counts of class pairs, however they are added."""

import numpy as np
import numpy.typing as npt

from monitor_core.contract.documents import ReviewedRow
from monitor_core.logger.profiling.tally import ProfileOfSamples
from tests.documents import FIELDS, at

DAY = at(2026, 10, 1)


class Listed(ProfileOfSamples):
    """The confidences as they were added."""

    def __init__(self) -> None:
        super().__init__(DAY, FIELDS, {0: "same", 1: "same", 2: "other"}.__getitem__, "trace")
        self.added: list[tuple[list[float], int]] = []

    def add_confidences(self, values: npt.NDArray[np.float64], missing: int) -> None:
        self.added.append((values.tolist(), missing))

    def finish(self) -> bytes:
        return b""


def row(prediction: int, target: int | None, confidence: float | None) -> ReviewedRow:
    return ReviewedRow(1, target, prediction, confidence, DAY, None)


def test_classes_of_one_name_are_counted_together_and_a_rejection_has_no_target() -> None:
    tally = Listed()
    tally.add([row(0, 1, 0.5), row(1, 0, None), row(2, None, 0.25)])
    tally.add([row(2, None, None)])
    assert tally.rows == 4
    assert tally.named_pairs() == {("same", "same"): 2, ("other", None): 2}
    assert tally.added == [([0.5, 0.25], 1), ([], 1)]


def test_nothing_is_counted_before_a_sample_is_added() -> None:
    assert (Listed().rows, Listed().named_pairs()) == (0, {})
