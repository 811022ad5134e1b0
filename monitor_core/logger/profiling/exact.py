"""Our own profile of a day's samples: exact figures in JSON, where whylogs cannot be imported."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor_core.contract.profiles import JSON_BEGINNING, QUANTILES
from monitor_core.logger.profiling.tally import ProfileOfSamples
from monitor_core.settings.documents import FieldNames

MOST_PAIRS = 256 * 256  # that a file lists, as many as whylogs' largest matrix has
MOST_FREQUENT = 20  # names in a summary
SHARES = [int(name.removesuffix("%")) / 100 for name in QUANTILES]


class ExactProfile(ProfileOfSamples):
    """Builder of our own profile; it keeps all confidences, 8 bytes for each sample."""

    def __init__(self, at: datetime, fields: FieldNames, class_name: Callable[[int], str], trace_id: str) -> None:
        super().__init__(at, fields, class_name, trace_id)
        self._confidences: list[npt.NDArray[np.float64]] = []
        self._missing = 0

    def add_confidences(self, values: npt.NDArray[np.float64], missing: int) -> None:
        self._confidences.append(values)
        self._missing += missing

    def finish(self) -> bytes:
        """Return the profile as JSON; with very many pairs of classes without these, which the history has."""
        pairs = self.named_pairs()
        predictions: Counter[str | None] = Counter()
        targets: Counter[str | None] = Counter()
        for (prediction, target), count in pairs.items():
            predictions[prediction] += count
            targets[target] += count
        content = {
            "at": self.at.isoformat(),
            "trace_id": self.trace_id,
            "rows": self.rows,
            "columns": {
                self.fields.confidence: _of_numbers(np.concatenate([np.zeros(0), *self._confidences]), self._missing),
                self.fields.prediction: _of_names(predictions),
                self.fields.validated: _of_names(targets),
            },
            "pairs": _listed(pairs) if len(pairs) <= MOST_PAIRS else None,
        }
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
        return JSON_BEGINNING + text.removeprefix("{").encode("utf-8")


def columns_of(data: bytes) -> dict[str, dict[str, Any]]:
    """Return the figures of one of our own profiles, by column."""
    columns: dict[str, dict[str, Any]] = json.loads(data)["columns"]
    return columns


def _of_numbers(values: npt.NDArray[np.float64], missing: int) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "rows": len(values) + missing,
        "missing": missing,
        "distinct": len(np.unique(values)),
    }
    if not len(values):
        return figures
    quantiles = np.quantile(values, SHARES).tolist()
    return figures | {
        "mean": float(values.mean()),
        "stddev": float(values.std(ddof=1)) if len(values) > 1 else 0.0,  # of a single one, as whylogs has it
        "min": float(values.min()),
        "max": float(values.max()),
        "quantiles": dict(zip(QUANTILES, quantiles, strict=True)),
    }


def _of_names(counts: Counter[str | None]) -> dict[str, Any]:
    named = {name: count for name, count in counts.items() if name is not None}
    figures: dict[str, Any] = {
        "rows": counts.total(),
        "missing": counts[None],
        "distinct": len(named),
    }
    most = sorted(named.items(), key=lambda item: (-item[1], item[0]))[:MOST_FREQUENT]
    return figures | ({"frequent": [[name, count] for name, count in most]} if most else {})


def _listed(pairs: Counter[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """Return the pairs by name, those whose true class is unknown last."""
    ordered = sorted(pairs.items(), key=lambda item: (item[0][0], item[0][1] is None, item[0][1] or ""))
    return [{"prediction": prediction, "target": target, "count": count} for (prediction, target), count in ordered]
