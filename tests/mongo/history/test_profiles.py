"""The history's profiles."""

from datetime import UTC, date, datetime

from monitor_core.contract.profiles import JSON_BEGINNING
from monitor_core.mongo.history.profiles import ProfileToStore, ProfileVersion
from monitor_core.mongo.store import Store
from tests.documents import fields

DAY = date(2026, 10, 4)


def test_a_profile_is_read_as_it_was_stored_until_the_retention_or_its_reviews_end_it(store: Store) -> None:
    made_at = datetime(2026, 10, 5, tzinfo=UTC)
    version = ProfileVersion("digest", made_at)
    store.profiles.store(DAY, ProfileToStore(3, b"bytes", fields(prediction={"rows": 3})), version)
    profile = store.profiles.read(DAY)
    assert profile
    assert (profile.rows, profile.made_at, profile.current) == (3, made_at, False)  # its day is not stored
    assert store.profiles.data(DAY) == b"bytes"
    assert store.profiles.versions() == {DAY: version}
    store.profiles.store(DAY, ProfileToStore(3, JSON_BEGINNING + b'"rows": 3}', {}), version)
    own = store.profiles.read(DAY)
    assert own
    assert (own.is_json, store.profiles.versions()[DAY].is_json, profile.is_json) == (True, True, False)
    store.profiles.store(DAY, ProfileToStore(3, b"bytes", {}), version)
    store.profiles.forget_before(DAY)
    assert store.profiles.days() == [DAY]
    store.profiles.invalidate()
    assert store.profiles.versions() == {DAY: ProfileVersion(None, made_at)}
    store.profiles.delete([DAY])
    assert (store.profiles.days(), store.profiles.read(DAY), store.profiles.data(DAY)) == ([], None, b"")
