"""The command line of the package."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.endurance import fuzz, kills, replica_set, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance")
    commands = parser.add_subparsers(required=True)
    for name, (act, options) in {
        "kills": (kills.run, {"kills": 60, "seed": 1}),
        "replica-set": (replica_set.run, {"rows": 2_000, "seed": 1}),
        "soak": (soak.run, {"minutes": 15, "seed": 1}),
        "fuzz": (fuzz.run, {"documents": 3_000, "addresses": 300, "commands": 1_000, "images": 500, "seed": 1}),
    }.items():
        command = commands.add_parser(name)
        for option, default in options.items():
            command.add_argument(f"--{option}", type=int, default=default)
        command.set_defaults(act=act, names=list(options))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = given.act(Path(folder), **{name: getattr(given, name) for name in given.names})
    print(*wrong or ["All is right."], sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
