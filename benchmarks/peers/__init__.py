"""Other libraries on the same rows, each in its own environment, because none supports pandas 3.

Each file is run there with the path of the rows, and prints the seconds for a year's scores, without reading the
file. The rows have `day`, `target` and `prediction`.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path

from monitor_core.settings.settings import ROOT

FOLDER = ROOT / ".venv" / "peers"
PEERS = {  # what it does: its file, and what is installed for it
    "Evidently 0.7.23, one report of the year": ("evidently_year.py", ["evidently==0.7.23", "pandas<3"]),
    "NannyML 0.13.1, by day": ("nannyml_year.py", ["nannyml==0.13.1", "statsmodels"]),
}


def seconds(peer: str, rows: Path) -> float | str:
    """Return the seconds, or why it could not be measured; the environment is created at the first use."""
    file, requirements = PEERS[peer]
    folder = FOLDER / requirements[0]
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists() or ready.read_text() != " ".join(requirements):
        print(f"Installing {' '.join(requirements)} …", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        installed = _run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements])
        if installed.returncode:
            return "not installed: " + installed.stderr.strip().splitlines()[-1]
        ready.write_text(" ".join(requirements))
    told = _run([python, Path(__file__).with_name(file), rows])
    print(told.stderr[-2000:], file=sys.stderr)
    if told.returncode:
        return "failed: " + told.stderr.strip().splitlines()[-1]
    return float(json.loads(told.stdout.splitlines()[-1]))


def _run(command: list[str | Path]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
