"""The benchmarks' command line."""

from typing import Annotated

import typer

from benchmarks import history as history_benchmark
from benchmarks import logging as logging_benchmark

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def logging(
    rows: Annotated[int, typer.Option(help="Reviewed documents that wait.")] = 1_000_000,
    naive_rows: Annotated[int, typer.Option(help="The naive way's; 800,000 ids are too many for it.")] = 500_000,
) -> None:
    """Log a backlog: the worker, beside the naive way."""
    logging_benchmark.run(rows, min(rows, naive_rows))


@app.command()
def history(rows: Annotated[int, typer.Option(help="Reviewed documents.")] = 1_000_000) -> None:
    """Make the performance history, follow 10,000 new reviews, and read it."""
    history_benchmark.run(rows)


@app.command(hidden=True)
def logging_process(way: str) -> None:
    logging_benchmark.process(way)


if __name__ == "__main__":
    app()
