"""The basis of a session."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor_core.app.frame import session
from monitor_core.contract.errors import SettingsError
from monitor_core.mongo.store import Store
from tests.documents import fields


def test_settings_and_store_are_read_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.settings().database == store.settings.database
    monkeypatch.setenv("MONITOR_DATABASE", "another")
    assert session.settings().database == store.settings.database
    assert session.store() is session.store()
    store.collection.insert_one(fields(prediction=1))
    assert not session.store().predictions.is_empty()


def test_a_wrong_setting_is_raised_each_time(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A page says it; once it is corrected, the app goes on without a restart."""
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Mars")
    for _ in range(2):
        with pytest.raises(SettingsError, match="MONITOR_TIME_ZONE"):
            session.settings()
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Asia/Tokyo")
    assert session.settings().time_zone == "Asia/Tokyo"


def test_a_restart_is_due_once_the_settings_have_changed(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.settings().notation  # computed once, which is no change
    assert not session.is_restart_due()
    for zone in ("Asia/Tokyo", "Mars"):
        monkeypatch.setenv("MONITOR_TIME_ZONE", zone)
        assert session.is_restart_due()
        assert session.loaded_at_start().settings.time_zone != zone
        assert "time_zone" not in session.loaded_at_start().origins
    monkeypatch.delenv("MONITOR_TIME_ZONE")
    assert not session.is_restart_due()


def test_the_places_of_all_models_are_known(three_models: dict[str, Store]) -> None:
    database = three_models["cats"].settings.database
    assert session.places_of_models() == {(database, "birds"), (database, "cats"), (database, "dogs")}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_today_is_the_local_day(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """25 hours lie between the two, so that one of them never has the day of UTC."""
    monkeypatch.setenv("MONITOR_TIME_ZONE", zone)
    now = datetime.now(UTC)
    minutes = (now, now + timedelta(minutes=1))
    assert session.today() in {instant.astimezone(ZoneInfo(zone)).date() for instant in minutes}


def test_outside_of_a_server_there_is_no_session() -> None:
    assert not session.in_session()


def test_what_is_kept_is_kept_for_each_model_and_each_function(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, int]] = []

    @session.cached()
    def first(number: int, _unhashed: object) -> int:
        calls.append(("first", number))
        return number

    @session.cached()
    def second(number: int) -> int:
        calls.append(("second", number))
        return -number

    for model in ("cats", "dogs", "cats"):
        monkeypatch.setattr(session, "model", lambda model=model: model)
        assert first(1, object()) == 1
        assert first(1, object()) == 1
        assert second(1) == -1
    assert calls == [("first", 1), ("second", 1)] * 2
    session.forget(first)
    assert (first(1, object()), second(1)) == (1, -1)
    assert calls[4:] == [("first", 1)]
