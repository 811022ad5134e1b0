"""A raw document as short text, without what may be a secret."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

HIDDEN = "(hidden)"
LONGEST_TEXT, LONGEST_NAME = 60, 80  # characters of a value and of a field's name
MOST_FIELDS, MOST_ITEMS, DEEPEST = 30, 3, 4  # of one object, of one list, and of objects inside each other
SHOWN_AS_TEXT = ("ObjectId", "Decimal128", "UUID")  # types of the database that hold nothing but their text
OF_SECRETS = (
    "password passwd passphrase pwd secret secrets token tokens apikey authorization auth bearer cookie cookies "
    "session credential credentials private webhook signature sig salt pin ssn iban jwt"
)
SECRET_WORDS = frozenset(OF_SECRETS.split())
SECRET_PAIRS = ({"api", "key"}, {"access", "key"}, {"account", "key"}, {"connection", "string"})
SECRET_VALUE = re.compile(  # keys of Amazon, GitHub, Slack, Google and others, JSON web tokens, key files, logins
    r"\b(AKIA|ASIA)[A-Z0-9]{12}|\b(gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|AIza)[\w-]{10}|\beyJ[\w-]{10,}\."
    r"|-----BEGIN|\b(bearer|basic) [\w.~+/-]{8}|(key|signature|token|secret|password|passwd|pwd|sig)\s*=",
    re.IGNORECASE,
)


def words_of_name(name: str) -> list[str]:
    """Return the words of a field's name or path, in small letters.

    >>> words_of_name("meta.predictedClass"), words_of_name("review_date"), words_of_name("modelAPIKey")
    (['meta', 'predicted', 'class'], ['review', 'date'], ['model', 'api', 'key'])
    """
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+", name)]


def is_secret_name(name: str) -> bool:
    """Return whether a field of this name may hold a secret.

    >>> [is_secret_name(name) for name in ("apiKey", "db_password", "image_key", "authorization")]
    [True, True, False, True]
    """
    words = set(words_of_name(name))
    return bool(words & SECRET_WORDS) or any(pair <= words for pair in SECRET_PAIRS)


def is_secret_or_address(text: str) -> bool:
    """Return whether a text may hold a secret, a web address or an e-mail address, so that it is no class's name.

    >>> [is_secret_or_address(text) for text in ("cat", "s3://bucket/a.png", "ada@example.org", "AccountKey=abcd")]
    [False, True, True, True]
    """
    return "://" in text or "@" in text or bool(SECRET_VALUE.search(text))


def specimen(document: Mapping[str, Any]) -> str:
    """Return a document as indented JSON: long values are cut, and what may be a secret is hidden.

    >>> print(specimen({"file": "a.png", "password": "x", "image": bytes(2000), "tags": [1, 2, 3, 4]}))
    {
     "file": "a.png",
     "password": "(hidden)",
     "image": "(binary, 2,000 bytes)",
     "tags": [
      1,
      2,
      3,
      "(and 1 more)"
     ]
    }
    """
    return json.dumps(_object(document, DEEPEST), indent=1, ensure_ascii=False)


def _object(document: Mapping[str, Any], depth: int) -> dict[str, Any]:
    first = list(document.items())[:MOST_FIELDS]
    short = {_cut(str(name), LONGEST_NAME): _value(str(name), value, depth) for name, value in first}
    left = len(document) - len(first)
    return short | ({"…": f"(and {left:,} more fields)"} if left else {})


def _value(name: str, value: Any, depth: int) -> Any:
    if is_secret_name(name) and value not in (None, "", [], {}):
        return HIDDEN
    if isinstance(value, Mapping):
        return _object(value, depth - 1) if depth > 1 else f"(an object of {len(value):,} fields)"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"(binary, {len(bytes(value)):,} bytes)"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return _list(name, value, depth)
    return _single(value)


def _list(name: str, values: Sequence[Any], depth: int) -> Any:
    if depth <= 1:
        return f"(a list of {len(values):,})"
    left = len(values) - MOST_ITEMS
    return [_value(name, value, depth - 1) for value in values[:MOST_ITEMS]] + (
        [f"(and {left:,} more)"] if left > 0 else []
    )


def _single(value: Any) -> Any:
    if value is None or type(value) is bool:
        return value
    if isinstance(value, float) and not abs(value) < float("inf"):  # JSON has neither NaN nor infinity
        return str(value)
    if isinstance(value, int | float):
        return value if abs(value) < 10**LONGEST_TEXT else "(a large number)"
    if isinstance(value, datetime | Decimal):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    kind = type(value).__name__
    return _cut(str(value), LONGEST_TEXT) if kind in SHOWN_AS_TEXT else f"({kind})"


def _text(text: str) -> str:
    if SECRET_VALUE.search(text):
        return HIDDEN
    return _cut(without_login(text), LONGEST_TEXT)


def without_login(text: str) -> str:
    """Return a text whose web addresses have no user and password, and no query if the text is one address.

    A password may have an unescaped `/` or `@`, so everything up to the last `@` before a blank counts as the login.

    >>> without_login("https://ada:secret@example.org/a.png?sig=1"), without_login("a?b.png")
    ('https://(hidden)@example.org/a.png?(hidden)', 'a?b.png')
    >>> without_login("GET https://ada:s/cr@et@example.org/a.png failed")
    'GET https://(hidden)@example.org/a.png failed'
    """
    text = re.sub(r"\S+", lambda word: _without_login(word[0]), text) if "://" in text else text
    try:
        parts = urlsplit(text.strip())
        if not parts.scheme or "://" not in text:
            return text
        login, at, host = parts.netloc.rpartition("@")
    except ValueError:
        return HIDDEN
    place = f"{HIDDEN}@{host}" if at and login else host
    query = f"?{HIDDEN}" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{place}{parts.path}{query}"


def _without_login(word: str) -> str:
    scheme, separator, rest = word.partition("://")
    login, _, place = rest.rpartition("@")
    return f"{scheme}{separator}{HIDDEN}@{place}" if login else word


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"
