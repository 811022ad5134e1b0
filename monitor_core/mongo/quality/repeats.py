"""The predictions that a newer one about the same file supersedes, where each file counts once.

A document is superseded if the next newer one about its file was predicted at most 30 days later, so the documents of
30 days are needed to judge one. The digests of each day's file names (`seen`) show which files may have several
documents; these are read by file name and judged whenever a day is checked because its documents changed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np

from monitor_core.contract.bases import BASES, BasisDay
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.documents import field_value
from monitor_core.mongo.connection import Document, answered, id_key, in_pieces
from monitor_core.mongo.quality import files as of_files
from monitor_core.mongo.quality import seen
from monitor_core.mongo.quality.dated import DatedDocuments
from monitor_core.mongo.quality.seen import BEFORE, Digests, SeenFiles
from monitor_core.mongo.reading import as_contract, is_a
from monitor_core.mongo.store import Store
from monitor_core.mongo.superseded import AT_A_TIME, SupersededPrediction, pieces_of


@dataclass(frozen=True)
class AboutFile:
    """A prediction that is about a file."""

    id: Any
    file: str
    at: datetime
    day: date

    @property
    def row(self) -> SupersededPrediction:
        return SupersededPrediction(self.id, self.file, self.day)


class RepeatedFiles:
    """The files with several predictions."""

    def __init__(self, store: Store) -> None:
        self.settings, self.fields = store.settings, store.fields
        self.store, self.collection = store, store.collection
        self.superseded, self.seen = store.superseded, SeenFiles(store)
        self.dated = DatedDocuments(store.live)

    def judge(self, period: Period, files: Mapping[date, Digests], today: date) -> None:
        """Judge the documents that a change within the period may affect; future days do not supersede anything yet.

        `files`: the current digests of the period's files. The stored digests of the days around it show what else is
        affected; those of the period itself, until they are replaced, show what was removed from it.
        """
        concerned = Period(period.first - BEFORE, period.last)
        before = self.seen.read(Period(concerned.first, period.last + BEFORE))
        by_day = before | {day: np.unique(digests) for day, digests in files.items()}
        again = set[int]().union(*(seen.shared(day, files[day], by_day).tolist() for day in period.days))
        gone = {
            digest
            for day in before.keys() & set(period.days)
            for digest in np.setdiff1d(before[day], by_day[day], assume_unique=True).tolist()
        }
        names = {name for name in self._names(period) if _number(name) in again} if again else set[str]()
        for row in self.superseded.of_days(concerned):
            if row.day >= period.first or _number(row.file) in gone:
                names.add(row.file)
        reach = Period(concerned.first, max(concerned.first, min(period.last + BEFORE, today)))
        for piece in pieces_of(names):
            self._judge(piece, concerned, reach)

    @answered
    def _judge(self, names: list[str], concerned: Period, reach: Period) -> None:
        """Judge the documents about these files on the days concerned, given the documents within reach."""
        now = {id_key(about.id): about.row for about in self._superseded(names, reach) if _is_of(about.day, concerned)}
        stored = {id_key(row.id): row for row in self.superseded.of_files(names, concerned)}
        gone = [row.id for key, row in stored.items() if key not in now]
        new = [row for key, row in now.items() if stored.get(key) != row]
        if gone or new:
            days = self._days_of([*gone, *(row.id for row in new)])
            self.superseded.change(gone, new, days, self.store.changes.note)

    def _superseded(self, names: list[str], reach: Period) -> Iterator[AboutFile]:
        """Yield the predictions that the next newer one about the same file supersedes."""
        of_file: defaultdict[str, list[AboutFile]] = defaultdict(list)
        for about in self._about(names, reach):
            of_file[about.file].append(about)
        for documents in of_file.values():
            documents.sort(key=lambda about: about.at)  # of one instant they stay in the order of their ids
            yield from (older for older, newer in pairwise(documents) if newer.day - older.day <= BEFORE)

    def _about(self, names: Sequence[str], reach: Period) -> Iterator[AboutFile]:
        """Yield the predictions about these files within reach, in the order of their ids."""
        f, files = self.fields, set(names)
        query = {f.filename: {"$in": names}, "$expr": is_a("string", f"${f.filename}")} | self.dated.within(reach)
        stages: list[Document] = [
            {"$match": query},
            {"$project": {"_id": 0, "id": "$_id", "file": f"${f.filename}", "at": f"${f.predicted_at}"}},
            {"$sort": {"id": 1}},  # not by `_id`, whose index would then be read from end to end
        ]
        for document in self.collection.aggregate(stages, allowDiskUse=True):
            at = self.settings.notation.instant_of(as_contract(document.get("at")))
            if at and document["file"] in files:  # a collection may take other texts for the same
                day = local_day(at, self.settings.zone)
                if _is_of(day, reach):
                    yield AboutFile(document["id"], document["file"], at, day)

    def _names(self, period: Period) -> Iterator[str]:
        """Yield the file names of the period's documents."""
        stages = [*self.dated.of_period(period), *of_files.names(self.fields)]
        yield from (document["f"] for document in self.collection.aggregate(stages, batchSize=AT_A_TIME))

    def _days_of(self, ids: list[Any]) -> set[BasisDay]:
        """Return the days on which these documents, as they are now, count or would count."""
        dates = {basis: self.store.live.at(basis) for basis in BASES}
        days: set[BasisDay] = set()
        for piece in in_pieces(ids, AT_A_TIME):
            for document in self.collection.find({"_id": {"$in": piece}}, dict.fromkeys(dates.values(), 1)):
                for basis, at in dates.items():
                    instant = self.settings.notation.instant_of(as_contract(field_value(document, at)))
                    if instant:
                        days.add((basis, local_day(instant, self.settings.zone)))
        return days


def _number(name: str) -> int:
    return int.from_bytes(seen.digest(name), "little")


def _is_of(day: date, period: Period) -> bool:
    return period.first <= day <= period.last
