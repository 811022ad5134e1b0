"""The samples of a profile as counts: of pairs of classes, and of samples without a confidence."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import numpy as np
import numpy.typing as npt

from monitor_core.contract.documents import ReviewedRow
from monitor_core.settings.documents import FieldNames


class ProfileOfSamples(ABC):
    """A profile under way, of any number of samples: by class name and without ids."""

    def __init__(self, at: datetime, fields: FieldNames, class_name: Callable[[int], str], trace_id: str) -> None:
        self.at = at  # whylogs refuses naive times
        self.fields = fields
        self.class_name = class_name
        self.trace_id = trace_id
        self.rows = 0
        self._pairs: Counter[tuple[int, int | None]] = Counter()  # (prediction, target)

    def add(self, rows: list[ReviewedRow]) -> None:
        """Add samples."""
        self.rows += len(rows)
        self._pairs.update((row.prediction, row.target) for row in rows)
        usable = [row.confidence for row in rows if row.confidence is not None]
        self.add_confidences(np.array(usable, dtype=np.float64), missing=len(rows) - len(usable))

    def named_pairs(self) -> Counter[tuple[str, str | None]]:
        """Return the samples by the names of prediction and target; None as target: the true class is unknown."""
        names: Counter[tuple[str, str | None]] = Counter()
        for (prediction, target), count in self._pairs.items():
            names[self.class_name(prediction), None if target is None else self.class_name(target)] += count
        return names

    @abstractmethod
    def add_confidences(self, values: npt.NDArray[np.float64], missing: int) -> None:
        """Add the confidences of samples, and the number of samples without one."""

    @abstractmethod
    def finish(self) -> bytes:
        """Return the profile as a file."""
