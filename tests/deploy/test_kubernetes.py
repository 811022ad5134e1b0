"""The example of Kubernetes manifests: against the published schemas, and against what it names."""

import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import all_versions

from monitor_core.settings.settings import ROOT, Settings, variable
from monitor_core.settings.sources import load
from tests.deploy.manifests import FOLDER, WORKLOADS, Manifest, Program, by_name, manifests, of_kind, programs

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))["services"]
SERVER = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["server"]
VERSIONS = all_versions()
SETTINGS = {variable(name) for name in Settings.model_fields}
APP, LOGGER = programs()
NAMES = ("app", "logger")
SERVICES = {"app": "prediction-monitor-app", "logger": "prediction-monitor-logger"}


def title(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def program(name: str) -> Program:
    return dict(zip(NAMES, (APP, LOGGER), strict=True))[name]


def mappings(value: object) -> Iterator[Manifest]:
    """Yield every mapping below a value, itself included."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings(inner)


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
@pytest.mark.parametrize("manifest", manifests(), ids=title)
def test_a_manifest_keeps_to_the_schema(manifest: Manifest, version: str) -> None:
    assert kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("manifest", manifests(), ids=title)
def test_a_misspelt_field_breaks_the_schema(manifest: Manifest) -> None:
    for place in range(len(list(mappings(manifest)))):
        broken = deepcopy(manifest)
        mapping = list(mappings(broken))[place]
        if any("/" in key or key.isupper() for key in mapping) or mapping.keys() <= {"memory", "cpu", "storage"}:
            continue  # labels, variables and amounts have names of their own
        mapping["misspelt"] = "1"
        if mapping is broken["metadata"].get("labels"):
            continue
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


def test_a_folder_that_is_applied_holds_manifests_and_no_secret() -> None:
    assert {manifest["kind"] for manifest in manifests(list(FOLDER.glob("*.y*ml")))} == {
        *WORKLOADS,
        "ConfigMap",
        "Service",
        "Ingress",
        "NetworkPolicy",
    }
    assert "secret.yaml" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert not re.search(r"password|secret(?!Ref|Name|\.)", "".join(str(each) for each in of_kind("ConfigMap")), re.I)


@pytest.mark.parametrize("name", NAMES)
def test_its_variables_are_settings_that_the_programs_accept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = program(name).variables
    assert set(given) <= SETTINGS
    for key, value in given.items():
        assert isinstance(value, str)  # a ConfigMap holds nothing else
        monkeypatch.setenv(key, value)
    settings = load(tmp_path).settings
    assert settings.mongodb_uri
    assert settings.login_enabled == (name == "app")  # the logger does not hold the login's secret
    assert settings.log_format == "json"


@pytest.mark.parametrize("name", NAMES)
def test_no_variable_comes_from_a_service_of_the_namespace(name: str) -> None:
    """A Service called monitor would set MONITOR_PORT, which is no setting, and the programs refuse what is none."""
    assert program(name).pod["enableServiceLinks"] is False


@pytest.mark.parametrize("name", NAMES)
def test_a_workload_starts_what_compose_starts_in_the_same_image(name: str) -> None:
    assert program(name).command == COMPOSE[name]["command"]
    script = next(part for part in program(name).command if part.endswith(".py"))
    assert (ROOT / script).is_file()
    (image,) = {each.container["image"] for each in (APP, LOGGER)}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert image.rpartition(":")[2] == version.partition(".dev")[0]
    grace = COMPOSE[name].get("stop_grace_period", "10s")
    assert program(name).grace_seconds >= int(grace.removesuffix("s"))


@pytest.mark.parametrize("name", NAMES)
def test_a_pod_has_no_rights_and_nothing_to_write_to_but_its_volumes(name: str) -> None:
    pod, container = program(name).pod, program(name).container
    (user,) = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": int(user),
        "runAsGroup": int(user),
        "fsGroup": int(user),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", NAMES)
def test_its_folders_are_those_of_the_image_and_the_settings(name: str) -> None:
    workload = program(name)
    (state,) = re.findall(r"MONITOR_STATE_FOLDER=(\S+)", DOCKERFILE)
    assert {state, "/tmp"} <= set(workload.mounts)  # noqa: S108 - a folder of the container
    volumes = {volume["name"] for volume in workload.pod["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in workload.workload["spec"].get("volumeClaimTemplates", [])}
    assert {mount["name"] for mount in workload.mounts.values()} == volumes
    images = workload.variables.get("MONITOR_IMAGE_FOLDER")
    assert (images is not None) == (name == "app")
    assert images is None or workload.mounts[images]["readOnly"]


def test_each_logger_has_a_state_folder_of_its_own() -> None:
    """The heartbeat in it tells the probes of one pod whether its own logger is alive."""
    assert LOGGER.workload["kind"] == "StatefulSet"
    assert LOGGER.workload["spec"]["replicas"] == 2
    (claim,) = LOGGER.workload["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_the_ports_are_those_of_the_programs() -> None:
    assert APP.ports == {"http": SERVER["port"]}
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(SERVER["port"])]
    assert LOGGER.ports == {"metrics": int(LOGGER.variables["MONITOR_METRICS_PORT"])}
    assert LOGGER.variables["MONITOR_METRICS_ADDRESS"] == "0.0.0.0"  # noqa: S104 - of the pod


@pytest.mark.parametrize("name", NAMES)
def test_what_leads_to_a_pod_leads_to_its_labels_and_ports(name: str) -> None:
    workload, service = program(name), by_name("Service", SERVICES[name])
    policy = by_name("NetworkPolicy", SERVICES[name])["spec"]
    assert workload.workload["spec"]["selector"]["matchLabels"] == workload.labels
    assert service["spec"]["selector"] == workload.labels
    assert policy["podSelector"]["matchLabels"] == workload.labels
    assert [port["targetPort"] for port in service["spec"]["ports"]] == list(workload.ports)
    assert [port["port"] for rule in policy["ingress"] for port in rule["ports"]] == list(workload.ports)
    probes = [probe for key, probe in workload.container.items() if key.endswith("Probe")]
    assert {probe["httpGet"]["port"] for probe in probes if "httpGet" in probe} <= set(workload.ports)
    assert APP.labels != LOGGER.labels


def test_a_visitor_stays_at_a_pod() -> None:
    service = by_name("Service", SERVICES["app"])
    assert service["spec"]["sessionAffinity"] == "ClientIP"
    assert service["metadata"]["annotations"]["traefik.ingress.kubernetes.io/service.sticky.cookie"] == "true"
    lasts = Settings.model_fields["login_lasts"].default.total_seconds()
    assert service["spec"]["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"] == lasts


def test_the_ingress_leads_to_the_app_by_the_name_that_it_answers_to() -> None:
    (ingress,) = of_kind("Ingress")
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == SERVICES["app"]
    names = [port["name"] for port in by_name("Service", SERVICES["app"])["spec"]["ports"]]
    assert path["backend"]["service"]["port"]["name"] in names
    assert rule["host"] == urlsplit(APP.variables["MONITOR_APP_URL"]).hostname
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
    assert APP.variables["MONITOR_APP_URL"].startswith("https://")


def test_the_loggers_have_names_by_their_headless_service() -> None:
    assert LOGGER.workload["spec"]["serviceName"] == SERVICES["logger"]
    assert by_name("Service", SERVICES["logger"])["spec"]["clusterIP"] == "None"


def test_the_probes_are_the_programs_own() -> None:
    assert LOGGER.liveness == COMPOSE["logger"]["healthcheck"]["test"][1:]
    assert LOGGER.container["startupProbe"]["exec"]["command"] == LOGGER.liveness
    paths = {probe["httpGet"]["path"] for key, probe in APP.container.items() if key.endswith("Probe")}
    assert paths == {APP.health_path}
    assert APP.health_path in str(COMPOSE["app"]["healthcheck"]["test"])


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_leaves_room(name: str) -> None:
    resources = program(name).container["resources"]
    limit = resources["limits"]["memory"]
    megabytes = int(limit[:-2]) * (1024 if limit.endswith("Gi") else 1)
    assert megabytes >= 2 * program(name).requested_megabytes
    assert "cpu" not in resources["limits"]  # a limit would slow what is idle most of the time
