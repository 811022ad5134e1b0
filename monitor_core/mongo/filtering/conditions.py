"""A filter as conditions: those that an index can check, and the exact ones on parsed values."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from monitor_core.contract.documents import CONFIDENCE_BINS, Notation, Review
from monitor_core.contract.segments import Where
from monitor_core.contract.selection import NOT_REVIEWED, REJECTED, SampleFilter, Target
from monitor_core.contract.texts import BLANKS
from monitor_core.mongo import connection as database
from monitor_core.mongo import indexes
from monitor_core.mongo.connection import Document, id_key
from monitor_core.mongo.expressions import segments_query
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.reading import NAN
from monitor_core.mongo.store import Store

ROUNDING = 1e-9  # of a confidence beside the edge of its bin
OF_NO_CLASS = {REJECTED: Review.REJECTED.name, NOT_REVIEWED: Review.NONE.name}  # as the database names them
ANY_TEXT = re.compile("")
FEW_FILES = 2_000  # ids that are looked up by their file name at once
MOST_MS = 10 * database.MOMENT_MS  # for all names of the index: about a second for 1,000,000


@dataclass(frozen=True)
class Conditions:
    """The conditions of a filter and segments on the predictions of a store."""

    store: Store
    filter: SampleFilter
    where: Where = ()

    @cached_property
    def likely(self) -> list[Document]:
        """Return the conditions that an index can check; they also admit some other samples."""
        f, chosen, notation = self.store.fields, self.filter, self.store.settings.notation
        conditions = [*self._of_outcome]
        if chosen.predictions:
            forms = [form for label in chosen.predictions for form in _forms(label, notation)]
            conditions.append({f.prediction: {"$in": forms}})
        if chosen.targets:
            raw = [value for target in chosen.targets for value in _reviews(target, notation)]
            conditions.append({f.validated: {"$in": raw}})
        if chosen.bins:
            most = 100 if notation.percent else 1
            low, high = (most * edge / CONFIDENCE_BINS for edge in chosen.bins)
            # Texts too; not as `$or`, which no index answers alone.
            conditions += [{f.confidence: {"$not": {"$lt": low - ROUNDING}}}, {f.confidence: {"$ne": None}}]
            conditions.append({f.confidence: {"$not": {"$gt": high + ROUNDING}}})
        if chosen.trained is not None:
            conditions.append({f.trained: True if chosen.trained else {"$ne": True}})
        if self.where:
            conditions.append(segments_query(self.where, self.store.settings))
        return [*conditions, *self._of_names]

    @property
    def _of_outcome(self) -> list[Document]:
        f, outcome = self.store.fields, self.filter.outcome
        if outcome in (REJECTED, NOT_REVIEWED):
            return [{f.validated: {"$in": _reviews(outcome, self.store.settings.notation)}}]
        return [{f.validated: {"$ne": None}}] if outcome else []

    @property
    def _of_names(self) -> list[Document]:
        """Return the conditions of file name and tags: ids where these are few, because no other index is as fast."""
        conditions: list[Document] = []
        if self.filter.file:
            conditions.append({self.store.fields.filename: self._file})
        if self._ids is not None:
            conditions.append({"_id": {"$in": self._ids}})
        return conditions

    @property
    def _file(self) -> "re.Pattern[str]":
        return re.compile(re.escape(self.filter.file.replace("\0", "")), re.IGNORECASE)

    @cached_property
    def _ids(self) -> list[Any] | None:
        """Return the ids that file name and tags leave; None if there are many."""
        of_file = self._ids_of_file() if self.filter.file else None
        if not self.filter.tags:
            return of_file
        tagged = Tags(self.store).tagged(self.filter.tags)
        if of_file is None:
            return tagged
        keys = set(map(id_key, of_file))
        return [sample_id for sample_id in tagged if id_key(sample_id) in keys]

    def _ids_of_file(self) -> list[Any] | None:
        """Return the ids of all predictions with this file name, from the index alone; None if that takes too long.

        A part of a name is compared with every name of the index, which is many times faster than with the documents.
        """
        name, collection = self.store.fields.filename, self.store.collection
        with database.answering(self.store.settings):
            index = indexes.name_of(indexes.of_files(self.store.settings), indexes.present_in(collection))
        if index is None:
            return None
        stages: list[Document] = [{"$match": {name: self._file}}, {"$limit": FEW_FILES + 1}, {"$project": {"_id": 1}}]
        with database.answering(self.store.settings):
            documents = database.within_a_moment(collection, stages, index, MOST_MS)
        if documents is None or len(documents) > FEW_FILES:
            return None
        return [document.get("_id") for document in documents]

    @cached_property
    def exact(self) -> list[Document]:
        """Return the expressions that a parsed document (`_prediction`, `_target`) has to fulfil."""
        chosen = self.filter
        conditions: list[Document] = [{"$ne": ["$_prediction", None]}, {"$ne": ["$_target", Review.UNREADABLE.name]}]
        if chosen.predictions:
            conditions.append({"$in": ["$_prediction", list(chosen.predictions)]})
        if chosen.targets:
            conditions.append({"$in": ["$_target", [_as_parsed(target) for target in chosen.targets]]})
        if chosen.outcome == "right":
            conditions.append({"$eq": ["$_target", "$_prediction"]})
        elif chosen.outcome == "wrong":
            conditions += [{"$ne": ["$_target", "$_prediction"]}, {"$ne": ["$_target", Review.NONE.name]}]
        elif chosen.outcome:
            conditions.append({"$eq": ["$_target", OF_NO_CLASS[chosen.outcome]]})
        return [*conditions, self.in_bins] if chosen.bins else conditions

    @property
    def in_bins(self) -> Document:
        """Return the expression of whether a document's confidence is in the bins; True without bins."""
        if self.filter.bins is None:
            return {"$literal": True}
        low, high = self.filter.bins
        within = {"$and": [{"$gte": ["$$bin", low]}, {"$lt": ["$$bin", high]}]}
        return {"$let": {"vars": {"bin": self.store.live.bin()}, "in": within}}

    @property
    def may_be(self) -> Any:
        """Return the expression of whether a document's raw values allow the chosen outcome."""
        f = self.store.fields
        if self.filter.outcome not in ("right", "wrong"):
            return {"$literal": True}
        # Only where both are numbers: a name and a number may be one class, and a yes or no is any.
        both = {"$and": [{"$isNumber": f"${f.validated}"}, {"$isNumber": f"${f.prediction}"}]}
        same = {"$eq": [f"${f.validated}", f"${f.prediction}"]}
        return {"$cond": [both, same if self.filter.outcome == "right" else {"$not": [same]}, True]}


def _as_parsed(target: Target) -> int | str:
    return target if isinstance(target, int) else OF_NO_CLASS[target]


def _reviews(target: int | str, notation: Notation) -> list[Any]:
    """Return all raw forms of a review."""
    if target == REJECTED:
        return [False]
    if isinstance(target, int):
        return [True, *_forms(target, notation)]
    return [None, False, NAN, {}, [], ANY_TEXT, *notation.not_reviewed_numbers]


def _forms(label: int, notation: Notation) -> list[Any]:
    """Return all raw forms of a class number: number, text and boolean."""
    digits, sign = str(abs(label)), "-" if label < 0 else "[+]?"
    number = rf"{sign}0*{digits}([.]0*)?" if label else "[+-]?(0+[.]?0*|[.]0+)"
    names = map(re.escape, sorted(notation.spellings_of(label)))
    text = re.compile(f"^[{BLANKS}]*({'|'.join([number, *names])})[{BLANKS}]*$", re.IGNORECASE)
    return [label, text, *([bool(label)] if notation.boolean_classes and label in (0, 1) else [])]
