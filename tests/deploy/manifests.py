"""The example of Kubernetes manifests, read as a cluster reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from monitor_core.settings.settings import ROOT

Manifest = dict[str, Any]
FOLDER = ROOT / "deploy/kubernetes"
FILES = [*sorted(FOLDER.glob("*.yaml")), FOLDER / "secret.example"]
WORKLOADS = ("Deployment", "StatefulSet")


def manifests(files: list[Path] = FILES) -> list[Manifest]:
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text("utf-8")) if manifest]


def of_kind(*kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests() if manifest["kind"] in kinds]


def by_name(kind: str, name: str) -> Manifest:
    (manifest,) = (each for each in of_kind(kind) if each["metadata"]["name"] == name)
    return manifest


@dataclass(frozen=True)
class Program:
    """What a workload starts: its one container, with all that a cluster would give to it."""

    workload: Manifest

    @property
    def pod(self) -> Manifest:
        pod: Manifest = self.workload["spec"]["template"]["spec"]
        return pod

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.workload["spec"]["template"]["metadata"]["labels"]
        return labels

    @property
    def container(self) -> Manifest:
        (container,) = self.pod["containers"]
        return dict(container)

    @property
    def command(self) -> list[str]:
        return list(self.container["command"])

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the ConfigMaps and Secrets that it names; of a variable that two have, the latter's."""
        variables: dict[str, str] = {}
        for source in self.container["envFrom"]:
            if "configMapRef" in source:
                variables |= by_name("ConfigMap", source["configMapRef"]["name"])["data"]
            else:
                variables |= by_name("Secret", source["secretRef"]["name"])["stringData"]
        return variables

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container["ports"]}

    @property
    def user(self) -> int:
        return int(self.pod["securityContext"]["runAsUser"])

    @property
    def group(self) -> int:
        return int(self.pod["securityContext"]["runAsGroup"])

    @property
    def mounts(self) -> dict[str, Manifest]:
        """Its mounts by their path."""
        return {mount["mountPath"]: mount for mount in self.container["volumeMounts"]}

    @property
    def writable(self) -> list[str]:
        """The folders that it may write to, but /tmp, which every container has."""
        return [path for path, mount in self.mounts.items() if not mount.get("readOnly") and path != "/tmp"]  # noqa: S108

    @property
    def grace_seconds(self) -> int:
        return int(self.pod["terminationGracePeriodSeconds"])

    @property
    def liveness(self) -> list[str]:
        return list(self.container["livenessProbe"]["exec"]["command"])

    @property
    def health_path(self) -> str:
        return str(self.container["readinessProbe"]["httpGet"]["path"])

    @property
    def requested_megabytes(self) -> int:
        return int(self.container["resources"]["requests"]["memory"].removesuffix("Mi"))


def programs() -> tuple[Program, Program]:
    """Return the app and the logger."""
    app, logger = sorted(of_kind(*WORKLOADS), key=lambda each: str(each["metadata"]["name"]))
    return Program(app), Program(logger)
