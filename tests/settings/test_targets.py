"""The targets of notifications: their names, and which alerts each takes."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor_core.contract.errors import SettingsError
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load
from monitor_core.settings.targets import targets


def secrets(*addresses: str) -> tuple[SecretStr, ...]:
    return tuple(map(SecretStr, addresses))


def test_a_target_has_its_own_name_or_its_position_and_kind() -> None:
    settings = Settings(
        notify=secrets("json://a", "team=mailto://u:p@example.org"),
        notify_critical=secrets("pager=json://b", "json://a"),
        notify_by_rule=secrets("data=json://c"),
    )
    listed = targets(settings)
    assert [target.name for target in listed] == ["1: json", "team", "pager", "data"]
    assert [target.address.get_secret_value() for target in listed] == [
        "json://a",
        "mailto://u:p@example.org",
        "json://b",
        "json://c",
    ]
    assert [target.takes_files for target in listed] == [False, True, False, False]
    assert [target.takes_reports for target in listed] == [True, True, False, False]
    assert [target.is_named for target in listed] == [False, True, True, True]


@pytest.mark.parametrize(
    ("severity", "chosen", "who"),
    [
        ("warning", (), ["1: json", "team"]),
        ("critical", (), ["1: json", "team", "pager"]),
        ("warning", ("team",), ["team"]),
        ("critical", ("data", "pager"), ["pager", "data"]),
        ("warning", ("data", "pager"), ["data"]),
        ("warning", ("pager",), []),
    ],
)
def test_a_floor_holds_whoever_is_chosen(severity: str, chosen: tuple[str, ...], who: list[str]) -> None:
    settings = Settings(
        notify=secrets("json://a", "team=json://d"),
        notify_critical=secrets("pager=json://b"),
        notify_by_rule=secrets("data=json://c"),
    )
    assert [target.name for target in targets(settings) if target.takes(severity, chosen)] == who


def test_the_same_address_without_a_second_name_is_one_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", "team=json://a")
    monkeypatch.setenv("MONITOR_NOTIFY_CRITICAL", "json://a")
    assert [target.name for target in targets(load(tmp_path).settings)] == ["team"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"NOTIFY": "team=json://a team=json://b"}, '2 addresses have the name "team"'),
        ({"NOTIFY": "team=json://a", "NOTIFY_CRITICAL": "team=json://b"}, "2 addresses have the name"),
        (
            {"NOTIFY": "ops=json://u:hunter2@a", "NOTIFY_CRITICAL": "pager=json://u:hunter2@a"},
            'NOTIFY_CRITICAL cannot be used: the address named "pager" is also in MONITOR_NOTIFY as "ops".',
        ),
        ({"NOTIFY": "json://a", "NOTIFY_BY_RULE": "pager=json://a"}, "is also in MONITOR_NOTIFY without a name."),
        ({"NOTIFY_BY_RULE": "json://u:hunter2@a"}, "the address at position 1 has no name"),
        ({"NOTIFY": "team=hunter2://a"}, "apprise does not understand the address at position 1"),
    ],
)
def test_a_name_is_unique_and_what_no_rule_can_choose_is_refused(
    variables: dict[str, str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"MONITOR_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load(tmp_path)
    assert sentence in str(refused.value)
    assert "hunter2" not in str(refused.value)
