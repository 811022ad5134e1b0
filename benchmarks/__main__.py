"""The benchmarks' command line."""

from typing import Annotated

import typer

from benchmarks import browser as browser_benchmark
from benchmarks import chart as chart_benchmark
from benchmarks import logging as logging_benchmark
from benchmarks import scale as scale_benchmark
from benchmarks import served as served_app
from benchmarks import sessions as sessions_benchmark

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def logging(
    rows: Annotated[int, typer.Option(help="Reviewed documents that wait.")] = 1_000_000,
    naive_rows: Annotated[int, typer.Option(help="The naive way's; 800,000 ids are too many for it.")] = 500_000,
) -> None:
    """Log a backlog: the worker, beside the naive way."""
    logging_benchmark.run(rows, min(rows, naive_rows))


@app.command()
def scale(
    rows: Annotated[int, typer.Option(help="Reviewed documents of a year; half as many beside are not.")] = 1_000_000,
    classes: Annotated[int, typer.Option(help="Classes.")] = 7,
    peers: Annotated[
        bool, typer.Option("--peers", help="Other libraries too, installed apart; takes minutes.")
    ] = False,
    tick: Annotated[bool, typer.Option(help="A run of the worker after new reviews, too.")] = True,
) -> None:
    """Ask for any range: with the history, without it, and the naive way."""
    scale_benchmark.run(rows, classes, peers, tick)


@app.command()
def chart() -> None:
    """Draw what `scale` has found at each size."""
    print(chart_benchmark.draw())


@app.command()
def browser(
    rows: Annotated[int, typer.Option(help="Reviewed documents of a year.")] = 1_000_000,
    changes: Annotated[int, typer.Option(help="Range changes on each tab.")] = 20,
) -> None:
    """Change the range in a real browser, until the last chart is drawn."""
    browser_benchmark.run(rows, changes)


@app.command()
def sessions(
    rows: Annotated[int, typer.Option(help="Reviewed documents of a year.")] = 1_000_000,
    sessions: Annotated[int, typer.Option(help="Visitors at once.")] = 50,
    minutes: Annotated[float, typer.Option(help="How long they go on.")] = 3,
) -> None:
    """Change the range in many sessions at once."""
    sessions_benchmark.run(rows, sessions, minutes)


@app.command(hidden=True, context_settings={"ignore_unknown_options": True})
def app_process(arguments: list[str]) -> None:
    served_app.process(arguments)


@app.command(hidden=True)
def scale_process(step: str) -> None:
    scale_benchmark.process(step)


@app.command(hidden=True)
def logging_process(way: str) -> None:
    logging_benchmark.process(way)


if __name__ == "__main__":
    app()
