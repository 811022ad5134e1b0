"""RESULTS.md: one section for each benchmark, one row for each run."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
TITLE = "# Benchmarks\n\nMade by `python -m benchmarks`; each row is one run, both ways in it on the same machine.\n"


def machine() -> dict[str, str]:
    """Return the columns that every run has."""
    model = next((line for line in _cpu_info() if line.startswith("model name")), "").partition(":")[2].strip()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "machine": f"{cores} cores, {model or platform.machine()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
    }


def _cpu_info() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


def append(section: str, row: dict[str, str]) -> str:
    """Append a row to the section's table and return it; different columns begin a new table."""
    text = FILE.read_text() if FILE.exists() else TITLE
    heading, header = f"\n## {section}\n", f"| {' | '.join(row)} |"
    if heading not in text:
        text += heading
    before, _, rest = text.partition(heading)
    body, found, after = rest.partition("\n## ")
    line = f"| {' | '.join(row.values())} |"
    if header not in body:
        body += f"\n{header}\n|{'---|' * len(row)}\n"
    FILE.write_text(f"{before}{heading}{body.rstrip()}\n{line}\n{found}{after}")
    return f"{header}\n{line}"
