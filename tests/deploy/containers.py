"""An image that is built from a Dockerfile, and programs that run in it, without a daemon.

buildah carries out the Dockerfile as it stands. Only the image that it begins with is not to be had without a registry:
packages of Debian, with its Python, take its place. A container is a chroot into the image, with a mount namespace, a
user and a read-only file system of its own; it has the network and the processes of this machine.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import program

SUITE = "bookworm"
PACKAGES = ("ca-certificates", "netbase", "tzdata", "python3", "python3-pip", "python-is-python3")
UNNEEDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
# In a mount namespace of its own: the image read-only, the writable folders on top, then the user without any right.
ENTER = """
set -e
root=$1 user=$2 group=$3 workdir=$4; shift 4
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
exec chroot "$root" setpriv --reuid="$user" --regid="$group" --clear-groups --bounding-set=-all --inh-caps=-all \
  --no-new-privs env -i --chdir="$workdir" "$@"
"""


@dataclass(frozen=True)
class Image:
    """A built image: the folder of its files, and what it says about its containers."""

    root: Path
    user: str
    command: list[str]
    variables: dict[str, str]
    workdir: str
    ports: list[str]

    @property
    def home(self) -> str:
        """The user's home, which becomes HOME in a container."""
        rows = [line.split(":") for line in (self.root / "etc/passwd").read_text("utf-8").splitlines()]
        return next(row[5] for row in rows if self.user in (row[0], row[2]))

    def start(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        writable: Mapping[str, Path],
        group: int,
        log: Path,
    ) -> "subprocess.Popen[bytes]":
        """Start a program in a container whose only writable folders are /tmp and the given ones."""
        for folder in writable.values():
            folder.mkdir(exist_ok=True)
            os.chown(folder, int(self.user), group)
        given = {**self.variables, "HOME": self.home, **variables}
        mounts = [str(part) for place, folder in writable.items() for part in (folder, place)]
        entered = ["sh", "-c", ENTER, "enter", str(self.root), self.user, str(group), self.workdir, *mounts, "--"]
        with log.open("ab") as output:
            return subprocess.Popen(
                ["unshare", "--mount", *entered, *(f"{name}={value}" for name, value in given.items()), *command],
                stdout=output,
                stderr=output,
            )


def needed(name: str) -> str:
    """Return a program that only root can use here, and only where the machine allows mounts."""
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not allow mounts, without which no image can be built")
    return program(name, name)


def _driver(folder: Path) -> str:
    """Return the storage driver: a folder that is itself in an overlay cannot hold another."""
    storage = ["--root", str(folder / "tried"), "--runroot", str(folder / "tried run"), "--storage-driver", "overlay"]
    tried = subprocess.run([needed("buildah"), *storage, "info"], check=False, capture_output=True)
    subprocess.run(["umount", "--lazy", str(folder / "tried/overlay")], capture_output=True, check=False)
    return "vfs" if tried.returncode else "overlay"


@contextmanager
def built(dockerfile: Path, context: Path, folder: Path) -> Iterator[Image]:
    """Yield the image of a Dockerfile; its files are gone afterwards."""
    storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run"), "--storage-driver", _driver(folder)]
    buildah = [needed("buildah"), *storage]
    try:
        (base,) = re.findall(r"^FROM (\S+)$", dockerfile.read_text("utf-8"), re.MULTILINE)
        _make_base(buildah, f"docker.io/library/{base}", folder)
        build = ["bud", "--isolation", "chroot", "--pull-never", "--quiet", *_of_pip(), "-f", str(dockerfile)]
        _run([*buildah, *build, "-t", "built", str(context)])
        container = _run([*buildah, "from", "--pull-never", "built"]).strip()
        root = Path(_run([*buildah, "mount", container]).strip())
        config = json.loads(_run([*buildah, "inspect", "--type", "image", "built"]))["OCIv1"]["config"]
        yield Image(
            root,
            config["User"],
            config["Cmd"],
            dict(entry.split("=", 1) for entry in config["Env"] if not entry.startswith("PIP_")),
            config["WorkingDir"],
            list(config["ExposedPorts"]),
        )
    finally:
        subprocess.run([*buildah, "umount", "--all"], capture_output=True, check=False)
        subprocess.run(["umount", "--lazy", str(folder / "storage/overlay")], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _make_base(buildah: list[str], name: str, folder: Path) -> None:
    """Make an image of Debian's packages under the name of the one that the Dockerfile begins with."""
    mmdebstrap = needed("mmdebstrap")
    container = _run([*buildah, "from", "scratch"]).strip()
    root = _run([*buildah, "mount", container]).strip()
    options = [f"--dpkgopt=path-exclude={path}" for path in UNNEEDED]
    options += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"', f"--include={','.join(PACKAGES)}"]
    # Debian forbids pip to touch its Python, which the image of Python does not.
    options += ['--customize-hook=rm "$1"/usr/lib/python3*/EXTERNALLY-MANAGED']
    _run([mmdebstrap, "--mode=root", "--variant=minbase", "--quiet", *options, SUITE, root])
    _run([*buildah, "commit", "--quiet", "--rm", container, name])


def _of_pip() -> list[str]:
    """Return options that give pip in the image what it is told on this machine, such as another index."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    files = [Path("/etc/ssl/certs"), Path("/etc/pip.conf"), *(Path(value) for value in settings.values())]
    mounts = {str(file) for file in files if file.is_absolute() and file.exists()}
    options = [f"--env={name}={value}" for name, value in settings.items()]
    return [*options, *(f"--volume={file}:{file}:ro" for file in sorted(mounts))]


def _run(command: list[str]) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    assert ended.returncode == 0, f"{shlex.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
