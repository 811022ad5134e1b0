"""Sums over scenes, such as sequences of images of the same objects, whose samples are not independent."""

from collections.abc import Iterable, Iterator
from typing import Any

from monitor_core.contract.documents import Review
from monitor_core.mongo.connection import Document
from monitor_core.scores.counts import OVERALL, SceneSums

SUMS = ("scenes", "n", "x", "nn", "nx", "xx", "share")  # the columns of `DayCounts.scenes` but the first
DIGITS = 9  # to which sums are rounded: MongoDB adds in any order, and equal days must have equal counts
NO_TARGET = [Review.NONE.name, Review.UNREADABLE.name]


def scene_stages() -> list[Document]:
    """Return stages that sum over scenes, to follow groups by day `d`, scene `s`, target `t` and prediction `p`.

    The documents are not read again: a row is a scene's target, then a scene, then a day's target.
    """
    both = {"n": {"$sum": "$n"}, "x": {"$sum": "$x"}}
    row = {"t": "$_id.t", "n": "$n", "x": "$x"}
    overall = {"t": OVERALL, "n": "$n", "x": "$x"}
    classes = {"$filter": {"input": "$of", "cond": {"$isNumber": "$$this.t"}}}
    return [
        {"$match": {"_id.d": {"$gte": 0}, "_id.p": {"$ne": None}, "_id.t": {"$nin": NO_TARGET}}},
        {"$set": {"x": {"$cond": [{"$eq": ["$_id.t", "$_id.p"]}, 0, "$n"]}}},
        {"$group": {"_id": {"d": "$_id.d", "s": "$_id.s", "t": "$_id.t"}} | both},
        {"$group": {"_id": {"d": "$_id.d", "s": "$_id.s"}, "of": {"$push": row}} | both},
        {"$project": {"of": {"$concatArrays": [[overall], classes]}}},
        {"$unwind": "$of"},
        {"$group": {"_id": {"d": "$_id.d", "t": "$of.t"}} | _sums()},
    ]


def _sums() -> Document:
    """Return the sums over scenes; samples without a scene are one each."""
    n, x = "$of.n", "$of.x"
    squares = {"nn": [n, n], "nx": [n, x], "xx": [x, x]}
    alone = {"scenes": n, "nn": n, "nx": x, "xx": x, "share": x}
    in_scene: dict[str, Any] = {"scenes": 1, "share": {"$divide": [x, n]}}
    in_scene |= {name: {"$multiply": [{"$toDouble": factor} for factor in pair]} for name, pair in squares.items()}
    is_alone = {"$in": [{"$ifNull": ["$_id.s", ""]}, ["", []]]}
    sums = {name: {"$sum": {"$cond": [is_alone, alone[name], in_scene[name]]}} for name in alone}
    return {"n": {"$sum": n}, "x": {"$sum": x}} | sums


def scene_sums(groups: Iterable[Document]) -> Iterator[SceneSums]:
    """Yield day's index, target and sums of each group."""
    for group in groups:
        yield (group["_id"]["d"], float(group["_id"]["t"]), *(round(float(group[name]), DIGITS) for name in SUMS))
