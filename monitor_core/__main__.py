"""The command line: the monitor without a screen, for scripts and cron."""

import sys

import typer

from monitor_core import embedded
from monitor_core.errors import MonitorError
from monitor_core.settings import load

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


@app.command(hidden=True)
def database() -> None:
    """Become the bundled MongoDB, in the foreground: for ./deploy.sh."""
    embedded.become_mongod(load().settings)


def main() -> None:
    try:
        app()
    except MonitorError as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
