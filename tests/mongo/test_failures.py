"""The database's failures in words."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor_core.contract.errors import DatabaseRefused, DatabaseUnavailable, SettingsError
from monitor_core.mongo.connection import answering
from monitor_core.mongo.failures import LACKING, WORDS, lacks, no_answer, remedy_of, without_values, words_of
from monitor_core.mongo.store import Store


@pytest.mark.parametrize("code", [*WORDS, *LACKING, 4711, None])
def test_no_number_without_words_reaches_a_user(code: int | None) -> None:
    said = f"{words_of(code, 'it broke')}. {remedy_of(code)}."
    assert "error" not in said
    assert str(code) not in said
    assert "readWrite" not in said


def test_a_message_keeps_no_value_of_the_customers() -> None:
    message = 'E11000 duplicate key error collection: a.b dup key: { name: "Smith", at: [ { x: "Jones" } ] } "Brown"'
    assert without_values(message) == "E11000 duplicate key error collection: a.b dup key: … …"


def test_what_the_server_does_not_know_is_named(store: Store) -> None:
    store.collection.insert_one({"n": 1})
    stage = {"$group": {"_id": None, "x": {"$nothingLikeIt": "$n"}}}
    with pytest.raises(DatabaseRefused, match=r"lacks something.*\$nothingLikeIt.*6\.0"), answering(store.settings):
        list(store.collection.aggregate([stage]))


@pytest.mark.parametrize(
    ("version", "works", "checks"),
    [
        ("8.0.1-rc0", True, True),
        ("5.2.0", True, True),
        ("5.0.31-ent", True, False),
        ("4.4.0", True, False),
        ("4.2.24", False, False),
        ("a fork", True, True),
    ],
)
def test_what_a_version_lacks_is_said_with_what_goes_on(version: str, works: bool, checks: bool) -> None:
    for part, there in (("everything", works), ("data quality", checks)):
        said = lacks(version, part)
        assert (said is None) == there
        assert said is None or version in said
    assert checks or "Everything else works without it." in str(lacks(version, "data quality"))


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("mongodb://u:hunter2@nohost.invalid/?serverSelectionTimeoutMS=200", "host name"),
        ("mongodb://u:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=200", "No MongoDB answered"),
    ],
)
def test_an_address_where_nothing_answers_is_said_with_the_reason(
    make_store: Callable[..., Store], uri: str, said: str
) -> None:
    store = Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    with pytest.raises(DatabaseUnavailable, match=said) as caught:
        store.server()
    assert not isinstance(caught.value, DatabaseRefused)
    assert "hunter2" not in str(caught.value)


def test_a_file_of_a_certificate_that_is_not_there_is_said(make_store: Callable[..., Store], tmp_path: Path) -> None:
    uri = f"mongodb://u:hunter2@127.0.0.1:9/?tls=true&tlsCAFile={tmp_path}/nope.pem"
    with pytest.raises(SettingsError, match="tlsCAFile"):
        Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("mongodb://u:hunter2@db/?authMechanism=MONGODB-X509", "Passwords are not supported by MONGODB-X509"),
        ("mongodb://u:hunter2@db/?authMechanism=MONGODB-OIDC", "password is not supported by MONGODB-OIDC"),
        ("mongodb://db/?authMechanism=GSSAPI", "MongoDB's driver says: .*GSSAPI"),
        ("mongodb://db/?tls=true&tlsCertificateKeyFile=/etc/passwd", "without a certificate"),
        ("mongodb://db/?tls=true&tlsCAFile=/etc/passwd", "without a certificate"),
        ("mongodb+srv://u:hunter2@a.b:27017/", "must not include a port number"),
        ("mongodb://db/?tlsInsecure=true&tlsAllowInvalidCertificates=true", "cannot be specified simultaneously"),
        ("mongodb://u:hun@ter2@db/", "as %XX"),
        ("mongodb://u:hunter2@db/?tls=maybe", "does not understand, tls:"),
        ("mongodb://u:hunter2@db/?tls=false&foo=hunter2", "does not understand, foo:"),
        ("mongodb://db/?readPreference=near", "does not understand, readPreference:"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_with_the_driver_s_reason(
    make_store: Callable[..., Store], uri: str, said: str, recwarn: pytest.WarningsRecorder
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    assert "hunter2" not in str(caught.value)
    assert ("%XX" in str(caught.value)) == ("%XX" in said)
    assert not [warning for warning in recwarn.list if issubclass(warning.category, UserWarning)]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("loadBalanced=true", "load balancing mode.*Correct this"),
        ("readConcernLevel=snapshot", "Correct readConcernLevel"),
        ("replicaSet=x&directConnection=true", "not a member of the replica set.*Correct replicaSet"),
        ("replicaSet=x", "not a member of the replica set.*Correct replicaSet"),
    ],
)
def test_an_option_that_does_not_fit_the_server_is_not_tried_again(
    make_store: Callable[..., Store], option: str, said: str
) -> None:
    settings = make_store().settings
    assert settings.mongodb_uri
    uri = f"{settings.mongodb_uri.get_secret_value().rstrip('/')}/?{option}&serverSelectionTimeoutMS=500"
    with pytest.raises(DatabaseUnavailable, match=said) as caught:
        Store(settings.model_copy(update={"mongodb_uri": SecretStr(uri)})).predictions.is_empty()
    assert "next run" not in str(caught.value)


def test_a_database_of_another_case_is_said_with_the_remedy(make_store: Callable[..., Store]) -> None:
    store = make_store()
    store.collection.insert_one({"n": 1})
    other = Store(store.settings.model_copy(update={"database": store.settings.database.upper()}))
    with pytest.raises(DatabaseRefused, match="Write MONITOR_DATABASE and MONITOR_STATE_DATABASE exactly like"):
        other.state.claim_format()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("db:27017: SSL handshake failed: certificate verify failed", "encrypted"),
        ("db: [Errno -2] Name or service not known", "host name"),
        ("db:27017: timed out", "in time"),
        ("No replica set members match selector", "primary"),
        ("db:27017: [Errno 111] Connection refused", "Start it"),
    ],
)
def test_the_driver_s_text_leads_to_the_remedy(text: str, said: str) -> None:
    assert said in no_answer(text, "db", is_bundled=False)
