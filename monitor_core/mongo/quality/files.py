"""Several documents about one file on the same day, and reviews that contradict each other."""

from monitor_core.contract.documents import Review
from monitor_core.contract.problems import EXAMPLES
from monitor_core.mongo.connection import Document
from monitor_core.mongo.quality.dated import DAY
from monitor_core.mongo.quality.examples import brief, unless_long
from monitor_core.mongo.reading import Reading, is_a, is_absent
from monitor_core.settings.documents import FieldNames

LONGEST_NAME = 2_000  # bytes of a file name that tells files apart; S3 allows 1,024


def of_a_day(fields: FieldNames, reading: Reading) -> list[Document]:
    """Return stages that find files with several documents on one day, and those whose reviews contradict."""
    label = reading.class_of(f"${fields.prediction}")
    target = reading.review_of(f"${fields.validated}", label, {"$not": [is_absent(f"${fields.validated_at}")]})
    # Empty reviews do not contradict others: null is left out of the count below.
    says_nothing = {"$in": ["$$target", [Review.NONE.name, Review.UNREADABLE.name]]}
    said = {"$let": {"vars": {"target": target}, "in": {"$cond": [says_nothing, None, "$$target"]}}}
    differ = {"$cond": [{"$gt": [{"$size": {"$setDifference": ["$said", [None]]}}, 1]}, "reviewed_differently", None]}
    kinds = {"$setDifference": [["duplicate_filename", differ], [None]]}
    times = {"$concat": [{"$toString": "$n"}, " documents"]}
    example = {"id": brief("$one"), "file": brief("$_id.f"), "value": times}
    examples = {"$firstN": {"input": example, "n": EXAMPLES}}
    of_file = {"_id": {"d": f"${DAY}", "f": f"${fields.filename}"}, "n": {"$sum": 1}}
    return [
        {"$match": {fields.filename: {"$type": "string"}}},
        {"$group": of_file | {"one": {"$first": "$_id"}, "said": {"$addToSet": said}}},
        {"$match": {"n": {"$gt": 1}}},
        {"$set": {"kind": kinds}},
        {"$unwind": "$kind"},
        {"$group": {"_id": {"d": "$_id.d", "kind": "$kind"}, "n": {"$sum": "$n"}, "examples": examples}},
    ]


def of_ids(fields: FieldNames) -> list[Document]:
    """Find ids that more than one document of a day has: in a view or a time-series collection."""
    times = {"$concat": [{"$toString": "$n"}, " documents"]}
    example = {"id": brief("$_id.id"), "file": brief("$file"), "value": times}
    of_id = {"_id": {"d": f"${DAY}", "id": "$_id"}, "n": {"$sum": 1}, "file": {"$first": f"${fields.filename}"}}
    examples = {"$firstN": {"input": example, "n": EXAMPLES}}
    return [
        {"$match": {"_id": {"$exists": True}}},
        {"$group": of_id},
        {"$match": {"n": {"$gt": 1}}},
        {"$group": {"_id": {"d": "$_id.d", "kind": "repeated_id"}, "n": {"$sum": "$n"}, "examples": examples}},
    ]


def names(fields: FieldNames) -> list[Document]:
    """Return stages that project day, id and file name, without documents whose name is missing or very long."""
    name = f"${fields.filename}"
    return [
        {"$match": {fields.filename: {"$type": "string"}, "$expr": is_a("string", name)}},  # and no list of them
        {"$project": {"_id": 0, "d": f"${DAY}", "id": brief("$_id"), "f": unless_long(name, LONGEST_NAME, None)}},
        {"$match": {"f": {"$ne": None}}},
    ]
