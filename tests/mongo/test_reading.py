"""MongoDB reads every value as the contract does, in every notation."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest
from bson import Code, Decimal128, Int64, Regex, Timestamp
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import Notation, Review
from monitor_core.mongo.reading import Reading, as_contract, is_absent
from monitor_core.mongo.store import Store
from tests.documents import ABSENT, ANY_VALUES, ODD_DATES, STRETCHES, ZONES, instants
from tests.lanes import examples

QUICK = settings(
    max_examples=examples(60),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MADRID = ZoneInfo("Europe/Madrid")
NAMES = {"cat": 0, "Dog": 1, "dog": 2, "NA": 3, "1": 7, "Café": 8, "Straße": 9, "кот Кот": 10, "Été": 11, "été": 12}
CASES = (str, str.lower, str.upper, str.title, str.capitalize, str.swapcase, str.casefold)
SPELLINGS = [normalize(form, case(name)) for name in [*NAMES, "Não"] for case in CASES for form in ("NFC", "NFD")]
SINGLES = [["DOG "], ["Cat"], ["skip"], ["no"], [""], [1.5], [-1], [Int64(2)], [2**40], ["true"], [" 2. "]]
SINGLES += [
    [Decimal128("1")],
    [Decimal128("NaN")],
    [Code("1")],
    [Timestamp(1_790_000_000, 0)],
    [Regex("1")],
    [{"a": 1}],
]
TIMES = (
    "t09",
    "T09",
    "T0905",
    "T09:05",
    "  09:05",
    " 0905z",
    "T090500.5utc",
    "T09:05:00,5 Gmt",
    "T09+02:",
    "T09 -0230",
)
DATES = [f"{day}{time}" for day in ("2026-10-03", "20261003") for time in (*TIMES, "Z", "T\0")]
DATES = [f"{blanks}{date}\n" for blanks in ("", " \t", "\u00a0") for date in DATES]
DATES += ["1790000000", " 1790000000.5 ", "0790000000", "+1790000000", "1790000000123", "999999999", "946684799", "1e9"]
DATES += ["9790000000", "1790000000\u00a0", "1790000000.", "1790000000123.25", "Fri, 27 Nov 2026 09:05:00 GMT"]
VALUES = [*ANY_VALUES, *SPELLINGS, *SINGLES, *DATES, "#N/A", "NaT ", ["#n/a"], "True", " FALSE\n", "tRUE", ["False"]]
NOTATIONS = {
    "plain": Notation(),
    "names": Notation(MADRID, NAMES, ("-1", "skip", "não"), percent=True, date_numbers="seconds", stored_times="local"),
    "booleans": Notation(
        MADRID,
        boolean_classes=True,
        not_reviewed=("99", "no"),
        date_numbers="milliseconds",
        stored_times=timedelta(hours=-5),
    ),
}
AROUND = Period(date(2000, 1, 1), date(2099, 12, 31))


def read(store: Store, values: list[Any], expression: Any) -> list[Any]:
    """Return what MongoDB makes of each value, which stands in the field v."""
    store.collection.drop()
    store.collection.insert_many([{"_id": n} if v is ABSENT else {"_id": n, "v": v} for n, v in enumerate(values)])
    values_read = {one["_id"]: one["x"] for one in store.collection.aggregate([{"$project": {"x": expression}}])}
    return [values_read[n] for n in range(len(values))]


def plain(value: Any) -> Any:
    return None if value is ABSENT else as_contract(value)


@pytest.mark.parametrize("name", NOTATIONS)
@pytest.mark.parametrize("dated", [True, False])
def test_every_value_is_read_alike(store: Store, name: str, dated: bool) -> None:
    notation, reading = NOTATIONS[name], Reading(NOTATIONS[name])
    expressions = {
        "class": reading.class_of("$v"),
        "review": reading.review_of("$v", 4, dated),
        "is review": reading.is_review("$v", dated),
        "confidence": reading.confidence_of("$v"),
        "bad": reading.is_bad_confidence("$v"),
        "absent": is_absent("$v"),
        "instant": reading.instant_of("$v", AROUND),
        "usable": {"$ne": [reading.clock_of("$v"), None]},
    }
    found = read(store, VALUES, expressions)
    for value, of_value in zip(VALUES, found, strict=True):
        raw = plain(value)
        confidence, instant, review = (
            notation.confidence_of(raw),
            notation.instant_of(raw),
            notation.review_of(raw, 4, dated),
        )
        assert of_value == {
            "class": notation.class_of(raw),
            "review": review.name if isinstance(review, Review) else review,
            "is review": notation.is_review(raw, dated),
            "confidence": confidence,
            "bad": confidence is None and not contract.is_absent(raw),
            "absent": contract.is_absent(raw),
            "instant": instant and instant.replace(microsecond=instant.microsecond // 1000 * 1000),
            "usable": instant is not None,
        }, repr(value)


@given(st.lists(st.text("+-.0123456789eE \n\t_", max_size=8), min_size=50, max_size=100))
@QUICK
def test_numbers_in_texts_are_read_alike(make_store: Callable[..., Store], texts: list[str]) -> None:
    reading, notation = Reading(Notation()), Notation()
    values_read = read(make_store(), texts, {"c": reading.class_of("$v"), "s": reading.confidence_of("$v")})
    for text, of_text in zip(texts, values_read, strict=True):
        assert of_text == {"c": notation.class_of(text), "s": notation.confidence_of(text)}, repr(text)


@given(st.data())
@QUICK
def test_instants_are_read_alike_in_every_zone(make_store: Callable[..., Store], data: Any) -> None:
    name = data.draw(st.sampled_from([*ZONES, "America/Santiago", "America/Havana"]))
    zone, first = ZoneInfo(name), data.draw(st.sampled_from([*STRETCHES, date(2026, 9, 4), date(2026, 4, 3)]))
    drawn = [data.draw(instants(first, zone)) for _ in range(20)]
    texts = [
        one.isoformat(timespec="milliseconds")[: data.draw(st.sampled_from([10, 16, 19, 23, 29]))] for one in drawn
    ]
    values = [*drawn, *texts, *ODD_DATES]
    around = Period(first - timedelta(days=3), first + timedelta(days=9))
    notation = Notation(zone, stored_times=data.draw(st.sampled_from(["local", timedelta(0), timedelta(hours=2)])))
    values_read = read(make_store(), values, Reading(notation).instant_of("$v", around))
    for value, instant in zip(values, values_read, strict=True):
        assert instant == notation.instant_of(value), (value, name)


two, sep = st.integers(0, 62), st.sampled_from(["T", " ", "t", "  "])
OFFSETS = [
    "",
    "",
    "Z",
    "+02:00",
    "-0530",
    "+14",
    "-25:00",
    "z",
    " +02:00",
    " UTC",
    "GMT",
    " Z",
    "+23:59",
    "+02:75",
    "+02:",
    "  utc",
    "\n",
    " +0200 CEST",
    " -0330 -0330",
    " +0000 UTC m=+0.5",
    "+01:00[Europe/Paris]",
    "Z[UTC]",
    "[Europe/Paris]",
    " UTC CET",
]


@given(
    st.lists(
        st.builds(
            "{:04d}-{:02d}-{:02d}{}{}".format,
            st.integers(2000, 2100),
            st.integers(0, 13),
            st.integers(0, 32),
            st.one_of(
                st.just(""),
                st.builds("{}{:02d}".format, sep, st.integers(0, 25)),
                st.builds("{}{:02d}:{:02d}".format, sep, st.integers(0, 25), two),
                st.builds("{}{:02d}:{:02d}:{:02d}".format, sep, st.integers(0, 25), two, two),
                st.builds(
                    "{}{:02d}:{:02d}:{:02d}{}{}".format,
                    *(sep, st.integers(0, 25), two, two, st.sampled_from([".", ","])),
                    st.from_regex(r"\A[0-9]{1,9}\Z"),
                ),
            ),
            st.sampled_from(OFFSETS),
        ),
        min_size=20,
        max_size=60,
        unique=True,
    ),
    st.booleans(),
)
@QUICK
def test_dates_in_texts_are_read_alike(make_store: Callable[..., Store], texts: list[str], basic: bool) -> None:
    if basic:
        texts = [
            text[:10].replace("-", "") + text[10:19].replace(":", "").replace(" ", "T") + text[19:] for text in texts
        ]
    notation = Notation()
    values_read = read(make_store(), texts, Reading(notation).instant_of("$v", AROUND))
    for text, instant in zip(texts, values_read, strict=True):
        ours = notation.instant_of(text)
        assert (ours and ours.replace(microsecond=ours.microsecond // 1000 * 1000)) == instant, text
