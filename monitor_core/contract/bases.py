"""Bases: which of its two dates a prediction is counted by."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Basis = Literal["validated", "predicted"]
BasisDay = tuple[Basis, date]  # a local day, by one of the dates


@dataclass(frozen=True, slots=True)
class DateOfBasis:
    """The two dates of a prediction."""

    title: str  # as people read it
    field: str  # which of the fields' names holds it: an attribute of `settings.documents.FieldNames`
    undated: str  # the reason for which a document without this date is set aside


BASES: dict[Basis, DateOfBasis] = {
    "validated": DateOfBasis("review day", "validated_at", "undated_review"),
    "predicted": DateOfBasis("prediction day", "predicted_at", "undated_prediction"),
}
