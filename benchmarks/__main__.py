"""The command line of the benchmarks."""

from typing import Annotated

import typer

from benchmarks import browser as browser_benchmark
from benchmarks import chart as chart_benchmark
from benchmarks import logging as logging_benchmark
from benchmarks import scale as scale_benchmark
from benchmarks import served as served_app
from benchmarks import sessions as sessions_benchmark

MILLION = 1_000_000
CLASSES = 7
NAIVE_LOGGED = 500_000
CHANGES, VISITORS, MINUTES = 20, 50, 3

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def everything(
    context: typer.Context,
    rows: Annotated[int | None, typer.Option(help="Reviewed documents of each.", show_default="1000000")] = None,
) -> None:
    """Run all benchmarks, or the one that is named; each adds rows to RESULTS.md."""
    if context.invoked_subcommand:
        if rows is not None:
            raise typer.BadParameter(f"The size goes behind the command: {context.invoked_subcommand} --rows {rows}.")
        return
    size = rows or MILLION
    logging_benchmark.run(size, min(size, NAIVE_LOGGED))
    scale_benchmark.run(size, CLASSES)
    browser_benchmark.run(size, CHANGES)
    sessions_benchmark.run(size, VISITORS, MINUTES)
    print(chart_benchmark.draw())


@app.command()
def logging(
    rows: Annotated[int, typer.Option(help="Reviewed documents that wait.")] = MILLION,
    naive_rows: Annotated[int, typer.Option(help="The naive way's; 800,000 ids are too many for it.")] = NAIVE_LOGGED,
) -> None:
    """Log a backlog: the logger, compared with the naive way."""
    logging_benchmark.run(rows, min(rows, naive_rows))


@app.command()
def scale(
    rows: Annotated[int, typer.Option(help="Reviewed documents of a year; half as many beside are not.")] = MILLION,
    classes: Annotated[int, typer.Option(help="Classes.")] = CLASSES,
    peers: Annotated[
        bool, typer.Option("--peers", help="Other libraries too, installed apart; takes minutes.")
    ] = False,
    tick: Annotated[bool, typer.Option(help="A run of the worker after new reviews, too.")] = True,
    own_indexes: Annotated[bool, typer.Option("--own-indexes", help="With those that docs/scaling.md offers.")] = False,
) -> None:
    """Count periods of any length: with the history, without it, and the naive way."""
    scale_benchmark.run(rows, classes, peers, tick, own_indexes)


@app.command()
def chart() -> None:
    """Draw the results of `scale` by the number of documents."""
    print(chart_benchmark.draw())


@app.command()
def browser(
    rows: Annotated[int, typer.Option(help="Reviewed documents of a year.")] = MILLION,
    changes: Annotated[int, typer.Option(help="Range changes on each tab.")] = CHANGES,
) -> None:
    """Change the period in a real browser, until the last chart is drawn."""
    browser_benchmark.run(rows, changes)


@app.command()
def sessions(
    rows: Annotated[int, typer.Option(help="Reviewed documents of a year.")] = MILLION,
    sessions: Annotated[int, typer.Option(help="Visitors at once.")] = VISITORS,
    minutes: Annotated[float, typer.Option(help="How long they go on.")] = MINUTES,
) -> None:
    """Change the period in many sessions at once."""
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
