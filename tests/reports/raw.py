"""Raw documents by the hundred, and what they say."""

import random
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import Period, local_day
from tests.documents import FIELDS, at, fields

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def an_instant(rng: random.Random) -> Any:
    instant = at(2026, 4, 20) + timedelta(days=rng.uniform(0, 75))
    instant = instant.replace(microsecond=0)
    return rng.choice(
        [instant] * 6
        + [
            instant.isoformat(),
            instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
            instant.strftime("%Y-%m-%d %H:%M:%S"),
            None,
            "soon",
        ]
    )


def documents(count: int, seed: int) -> list[dict[str, Any]]:
    """Of every form that the contract knows, and of those it does not."""
    rng, made = random.Random(seed), list[dict[str, Any]]()
    for _ in range(count):
        one: dict[str, Any] = fields(
            prediction=rng.choice([0, 1, 2, 2.0, "1", " 2 ", 3, "cat", None, True, 1.5]),
            validated=rng.choice([None] * 5 + [0, 1, 2, 1.0, "2", True, True, False, False, "cat", 2.5]),
            confidence=rng.choice([rng.random(), rng.random(), 0, 1, None, 1.5, "0.5", float("nan"), True]),
            predicted_at=an_instant(rng),
            validated_at=an_instant(rng),
        )
        made.append({name: value for name, value in one.items() if rng.random() > 0.05})
    return made


def told(document: dict[str, Any], zone: ZoneInfo) -> dict[str, Any] | None:
    """What a document says, by the contract; None when its prediction cannot be read."""
    notation = contract.Notation(zone)
    prediction = notation.class_of(document.get(FIELDS.prediction))
    if prediction is None:
        return None
    dated = not contract.is_absent(document.get(FIELDS.validated_at))
    days = {}
    for basis, field in (("predicted", FIELDS.predicted_at), ("validated", FIELDS.validated_at)):
        instant = notation.instant_of(document.get(field))
        days[basis] = local_day(instant, zone) if instant else None
    review = notation.review_of(document.get(FIELDS.validated), prediction, dated)
    confidence = notation.confidence_of(document.get(FIELDS.confidence))
    return {"prediction": prediction, "review": review, "confidence": confidence, **days}


def kind_of(row: dict[str, Any]) -> str:
    review = row["review"]
    if isinstance(review, contract.Review):
        return {"NONE": "waiting", "REJECTED": "rejected", "UNREADABLE": "unreadable"}[review.name]
    return "confirmed" if review == row["prediction"] else "corrected"


def raw_rows(count: int, seed: int, shift: float = 0.0) -> tuple[Any, Any]:
    """Confidences, and whether each was right; `shift` lower than it says."""
    rng = np.random.default_rng(seed)
    confidence = rng.beta(5, 1.3, count)
    return confidence, rng.random(count) < np.clip(confidence - shift, 0, 1)


def as_documents(confidence: Any, right: Any, **more: Any) -> list[dict[str, Any]]:
    common = fields(prediction=1, predicted_at=at(2026, 6, 2), validated_at=at(2026, 6, 3)) | fields(**more)
    return [
        common | fields(confidence=float(c), validated=1 if r else 2) for c, r in zip(confidence, right, strict=True)
    ]
