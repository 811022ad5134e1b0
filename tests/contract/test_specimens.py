"""A raw document on a screen: whatever is in it, the text is short, and has no secret."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Binary, Code, Int64, MinKey, ObjectId, Timestamp
from bson.decimal128 import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from monitor_core.contract.specimens import HIDDEN, is_secret_name, is_secret_or_address, specimen, without_login
from tests.documents import ANY_VALUES

SECRET = "hunter2key"  # noqa: S105 - nobody's
VALUES = st.sampled_from(ANY_VALUES)


@pytest.mark.parametrize(
    "document",
    [
        {"password": SECRET},
        {"user": {"apiToken": SECRET}},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"header": f"Bearer {SECRET}"},
        {"api_key": [SECRET]},
        {"AZURE_ACCOUNT_KEY": SECRET},
        {"connectionString": f"AccountKey={SECRET}"},
        {"image": f"https://cdn.example.org/a.png?X-Amz-Signature={SECRET}"},
        {"image": f"s3://{SECRET}:x@bucket/a.png"},
        {"source": f"mongodb://root:{SECRET}@db.example.org:27017"},
        {"webhook": f"https://hooks.example.org/{SECRET}"},
        {"text": f"see a.png?token={SECRET}"},
        {"error": f"GET https://user:{SECRET}@host.example/x.png failed"},
        {"error": f"No answer at mongodb://user:p/{SECRET}@host.example/db"},
        {"log": f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={SECRET}"},
        {"log": f"Server=db;Uid=root;Pwd = {SECRET}"},
        {"log": f"started with aws_secret_access_key={SECRET}"},
        {"note": f"ghp_{SECRET}0123"},
        {"jwt": f"eyJhbGciOiJIUzI1NiJ9.{SECRET}"},
        {"anything": f"eyJhbGciOiJIUzI1NiJ9.{SECRET}"},
        {"key file": f"-----BEGIN PRIVATE KEY-----\n{SECRET}"},
        {"deep": {"a": {"secrets": {"b": {"c": SECRET}}}}},
    ],
    ids=str,
)
def test_what_may_be_a_secret_is_hidden(document: dict[str, Any]) -> None:
    shown = specimen(document)
    assert SECRET not in shown
    assert HIDDEN in shown


def test_what_is_no_secret_stays() -> None:
    document = {"image_key": "2026/a.png", "description": "a pin", "secret": None, "url": "https://example.org/a.png"}
    assert json.loads(specimen(document)) == document
    assert not is_secret_name("keyboard")
    assert without_login("http://[bad") == HIDDEN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"mongodb://user:p/{SECRET}@host.example/db", f"mongodb://{HIDDEN}@host.example/db"),
        (f"mongodb://user:p@{SECRET}@host.example/db", f"mongodb://{HIDDEN}@host.example/db"),
        (f"GET https://u:{SECRET}@host.example/x failed", f"GET https://{HIDDEN}@host.example/x failed"),
        (
            f"http://u:{SECRET}@a.example, http://u:{SECRET}@b.example",
            f"http://{HIDDEN}@a.example, http://{HIDDEN}@b.example",
        ),
        ("https://@host.example/x", "https://host.example/x"),
        ("write to ada@example.org", "write to ada@example.org"),
    ],
)
def test_a_login_is_hidden_wherever_it_stands(text: str, shown: str) -> None:
    assert without_login(text) == shown


@pytest.mark.parametrize("part", ["https://a.example/b,", "://", "@://", "key "])
def test_a_long_text_is_read_once(part: str) -> None:
    """And not anew from each address in it on, which would take hours."""
    text = part * 200_000
    specimen({"text": text})
    without_login(text)
    assert is_secret_or_address(f"{text} https://user:{SECRET}@host.example")


def test_names_of_classes_are_neither_secrets_nor_addresses() -> None:
    assert not any(map(is_secret_or_address, ("cat", "it's", "glass/plastic", "a: b", "key ring", "N/A")))
    texts = (f"ghp_{SECRET}0123", f"u:{SECRET}@host", "//host//a://b", f"token={SECRET}")
    assert all(map(is_secret_or_address, texts))


def test_types_of_the_database_are_text() -> None:
    shown = json.loads(
        specimen(
            {
                "_id": ObjectId("65a000000000000000000001"),
                "at": datetime(2026, 10, 1, tzinfo=UTC),
                "price": Decimal128("0.5"),
                "many": Int64(7),
                "odd": [Code("return 1"), MinKey(), Timestamp(1, 1)],
                "nan": float("nan"),
                "image": Binary(b"\x89PNG" * 1000),
                "words": "word " * 1000,
            }
        )
    )
    assert shown == {
        "_id": "65a000000000000000000001",
        "at": "2026-10-01T00:00:00+00:00",
        "price": "0.5",
        "many": 7,
        "odd": ["return 1", "(MinKey)", "(Timestamp)"],
        "nan": "nan",
        "image": "(binary, 4,000 bytes)",
        "words": "word " * 12 + "… (5,000 characters)",
    }


@given(st.dictionaries(st.text(max_size=200), VALUES | st.lists(VALUES, max_size=50), max_size=60))
def test_any_document_becomes_short_json(document: dict[str, Any]) -> None:
    shown = specimen(document)
    assert isinstance(json.loads(shown), dict)
    assert len(shown) < 60_000
