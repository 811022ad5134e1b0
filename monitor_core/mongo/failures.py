"""MongoDB's failures in words: what went wrong and what to do, without a user's values or a password."""

import re
from ssl import SSLError
from typing import Literal
from urllib.parse import unquote_plus

from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure

from monitor_core.settings.place import START

Part = Literal["everything", "data quality"]  # of the monitor
# What works from which version of MongoDB on: all counts need $isNumber, data quality $firstN and $topN.
NEEDS: dict[Part, tuple[int, int]] = {"everything": (4, 4), "data quality": (5, 2)}
NO_RIGHT = 13  # MongoDB's code
READING = ("find", "getMore", "aggregate", "count", "distinct")  # commands
LISTING = ("listIndexes", "listCollections", "listDatabases")
MESSAGE_LENGTH = 200  # characters of MongoDB's own message
LACKING = (15952, 168, 40324, 31325, 59, 115, 5787801)  # the server does not know an operator, a stage or a command
RIGHTS = "Give it the access rights that docs/installation.md lists"
RESTART = "Try it again; the logger does so by itself"
UNKNOWN = "If trying again does not help, MongoDB's own log has the details"
CHECK = "Check the indexes and the options of the collection"

# MongoDB's code -> what it means, and what to do about it.
WORDS: dict[int, tuple[str, str]] = {
    13: ("the user has no right to do this", RIGHTS),
    18: ("user or password are wrong", "Check user, password and authSource in MONITOR_MONGODB_URI"),
    8000: ("user or password are wrong", "Check user, password and authSource in MONITOR_MONGODB_URI"),
    20: ("the collection does not allow this operation", CHECK),
    26: ("the collection does not exist", "Check MONITOR_DATABASE and MONITOR_COLLECTION"),
    28: ("the field would lie inside a value that is not a document", "Correct the document"),
    50: ("it took longer than it may", RESTART),
    64: ("too few members of the replica set have confirmed it", "Check the state of the replica set"),
    72: ("the collection does not allow this operation", CHECK),
    85: ("there is an index of these fields with other options", CHECK),
    86: ("there is an index of this name with other options", CHECK),
    91: ("the server is shutting down", RESTART),
    100: ("the replica set has too few members for a safe write", "Check the state of the replica set"),
    112: ("it conflicted with another write", RESTART),
    121: ("the collection's validator refuses the document", "Let the validator allow the field, or leave it as it is"),
    123: (
        "an option of the address needs a replica set, and the server is not a member of one",
        "Correct readConcernLevel in MONITOR_MONGODB_URI, or remove it",
    ),
    133: (
        "the replica set has no member of the kind that MONITOR_READS names",
        "Check MONITOR_READS and the replica set",
    ),
    166: ("it is a view, which cannot be written", "Nothing has to be done"),
    171: ("an index refuses lists in two of its fields", CHECK),
    189: ("the primary is changing", RESTART),
    292: ("it needs more memory than MongoDB allows", "Choose a shorter period"),
    10107: ("the primary is changing", RESTART),
    10334: ("the document would be too large", "Correct the document"),
    11000: ("a unique index refuses the value", CHECK),
    13297: (
        "there is a database whose name differs only in capital letters",
        "Write MONITOR_DATABASE and MONITOR_STATE_DATABASE exactly like the existing names",
    ),
    14031: ("the disk is full", "Free space on the disk of the database"),
    17419: ("the document would be too large", "Correct the document"),
}


def message_of(failure: OperationFailure) -> str:
    """Return MongoDB's own message, without values."""
    return without_values(str((failure.details or {}).get("errmsg", "")) or str(failure).split(", full error")[0])


def without_values(message: str) -> str:
    """Return a message without documents and quoted texts, which may be a user's values.

    >>> without_values('E11000 duplicate key error dup key: { name: "x" }')
    'E11000 duplicate key error dup key: …'
    """
    plain = re.sub(r'\{.*\}|\[.*\]|"[^"]*"', "…", message, flags=re.DOTALL)
    return " ".join(plain.split()).rstrip(".")[:MESSAGE_LENGTH]


def words_of(code: int | None, message: str = "") -> str:
    """Return what a failure means; for unknown codes, MongoDB's own message.

    >>> words_of(166), words_of(4711, 'bad thing: {a: "secret"}')
    ('it is a view, which cannot be written', 'MongoDB says: bad thing: …')
    """
    if code in LACKING:
        return f"this version of MongoDB lacks something that it needs ({without_values(message)})"
    if code in WORDS:
        return WORDS[code][0]
    return f"MongoDB says: {without_values(message) or 'nothing about the reason'}"


def remedy_of(code: int | None) -> str:
    """Return what to do about a failure."""
    if code in LACKING:
        return "Use MongoDB 6.0 or newer; everything else works without it"
    return WORDS[code][1] if code in WORDS else UNKNOWN


def lacks(version: str, part: Part) -> str | None:
    """Return what does not work with a version of MongoDB and what still does; None if all of the part works.

    >>> lacks("6.0.5", "data quality"), lacks("4.2.24", "everything")
    (None, 'The monitor needs MongoDB 4.4 or newer, and this is 4.2.24: nothing is counted or logged.')
    """
    number = re.match(r"(\d+)\.(\d+)", version)
    if not number or (int(number[1]), int(number[2])) >= NEEDS[part]:
        return None
    needed = "{}.{}".format(*NEEDS[part])
    if part == "everything":
        return f"The monitor needs MongoDB {needed} or newer, and this is {version}: nothing is counted or logged."
    return (
        f"The check of data quality needs MongoDB {needed} or newer, and this is {version}: no document is checked. "
        "Everything else works without it."
    )


def without_right(message: str, where: str, ours: str) -> str:
    """Return which right the user lacks, by MongoDB's message, and what to do; `ours`: the monitor's own database."""
    refused = re.match(r"not authorized on (\S+) to execute command \{ (\w+):", message)
    if not refused:
        sentence = f"MongoDB at {where} refused us: {words_of(NO_RIGHT)}."
        return f"{sentence} Check user, password and authSource in MONITOR_MONGODB_URI, and the user's access rights."
    database, command = refused.groups()
    if command in READING:
        return (
            f"MongoDB at {where} refused us: the user may not read the database {database}. Give it the role read "
            "there, or correct MONITOR_DATABASE."
        )
    if command in LISTING:
        return (
            f"MongoDB at {where} refused us: the user has no right to {command} in {database}. Give it the role read "
            "there."
        )
    elsewhere = ", or set MONITOR_STATE_DATABASE to another database where it has it" if database == ours else ""
    return (
        f"MongoDB at {where} refused us: the user may not write to the database {database}. Give it the role readWrite "
        f"there{elsewhere}; docs/installation.md lists the access rights."
    )


def no_answer(text: str, where: str, is_bundled: bool) -> str:
    """Return why there is no answer, by the driver's message, and what to do."""
    reasons = (
        (
            r"replica set named|available for replica set name",
            f"MongoDB at {where} is not a member of the replica set that replicaSet names. Correct replicaSet in "
            "MONITOR_MONGODB_URI, or remove it.",
        ),
        (
            r"Name or service not known|nodename nor servname|No address associated|getaddrinfo|name resolution",
            f"The host name of MongoDB at {where} is unknown. Correct it in MONITOR_MONGODB_URI, or check the DNS.",
        ),
        (
            r"SSL|TLS|CERTIFICATE|certificate",
            f"MongoDB at {where} and the monitor could not agree on an encrypted connection. Check tls, tlsCAFile and "
            "tlsCertificateKeyFile in MONITOR_MONGODB_URI, and the host name and date of the server's certificate.",
        ),
        (
            r"No replica set members|No primary|no primary|ReplicaSetNoPrimary",
            f"MongoDB at {where} answers, but the replica set has no primary that can be used. Check the state of the "
            "replica set, and replicaSet in MONITOR_MONGODB_URI.",
        ),
        (
            r"timed out",
            f"MongoDB at {where} did not answer in time. Check that it runs, and that no firewall is in the way.",
        ),
    )
    for pattern, sentence in reasons:
        if re.search(pattern, text):
            return sentence
    start = f"Start it with {START}" if is_bundled else "Start it, or correct MONITOR_MONGODB_URI"
    return f"No MongoDB answered at {where}. {start}."


def unusable_address(failure: Exception, uri: str) -> str:
    """Return why the driver refuses the address, without its message, which may contain part of the password."""
    text = str(failure)
    if isinstance(failure, SSLError) or "PEM" in text or "Private key" in text:
        return (
            "MONITOR_MONGODB_URI names a file without a certificate; name PEM files in tlsCAFile, which holds "
            "certificates, and in tlsCertificateKeyFile, which holds a certificate and its private key."
        )
    if isinstance(failure, OSError):
        return (
            "MONITOR_MONGODB_URI names a file that cannot be read; check the paths of tlsCAFile and "
            "tlsCertificateKeyFile."
        )
    if isinstance(failure, ConfigurationError) and ("DNS" in text or "resolution" in text):
        return (
            "MONITOR_MONGODB_URI cannot be used: the DNS has no MongoDB of this name; check the host name after "
            "mongodb+srv://, or write mongodb:// with the names of the servers."
        )
    if isinstance(failure, ConfigurationError | InvalidURI) and "RFC 3986" not in text and not _repeats(text, uri):
        reason = without_values(text)
        return f"MONITOR_MONGODB_URI cannot be used. MongoDB's driver says: {reason}. Correct this in the address."
    return (
        "MONITOR_MONGODB_URI cannot be used: MongoDB's driver does not understand the address; check it, and "
        "write special characters in the user name and password as %XX."
    )


def _repeats(text: str, uri: str) -> bool:
    """Return whether a text may hold a piece of the address's user or password, wherever these end."""
    credentials = uri.split("://")[-1].rpartition("@")[0]
    pieces = re.findall(r"[^\W_]{3,}", unquote_plus(credentials)) + re.findall(r"[^\W_]{3,}", credentials)
    return any(re.search(rf"\b{re.escape(piece)}\b", text) for piece in pieces)


def ignored_option(warning: str, uri: str) -> str | None:
    """Return the sentence of an option that the driver warns of and then ignores; None if that does no harm.

    >>> "understand, foo: correct" in ignored_option("Unknown option: foo. Did you mean (tls)", "mongodb://db/?foo=bar")
    True
    >>> ignored_option("Unsupported compressor: lz4", "mongodb://db/?compressors=lz4") is None
    True
    """
    about = re.sub(r"Did you mean.*", "", warning, flags=re.DOTALL).replace(" ", "").lower()
    if "compress" in about:  # not compressed is as good
        return None
    options = re.findall(r"[?&;]([A-Za-z]+)=", uri.rpartition("@")[2])
    named = next((name for name in options if name.lower() in about), None)
    which = f", {named}" if named else ""
    return (
        f"MONITOR_MONGODB_URI has an option that MongoDB's driver does not understand{which}: correct its name or "
        "value, or remove it."
    )
