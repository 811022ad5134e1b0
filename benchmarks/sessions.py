"""Many analysts at once: sessions that change their period by Streamlit's own messages, without a browser."""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from benchmarks import results
from benchmarks.served import DAYS, Served, served

PAGES = ("", "metrics", "samples_by_class", "metrics_by_class", "training_data")
RANGES = 40  # different ones that the visitors choose among
THINKS = 1.0  # seconds between an answer and the next change, at most
ANSWER_SECONDS = 120  # after so many there is no answer
BASES = ("review day", "prediction day")
WIDGETS = {"Period": "period", "From – to": "range", "Count a sample by its": "basis"}


@dataclass(frozen=True)
class Answer:
    seconds: float  # from the request to the end of the script
    bytes: int
    errors: tuple[str, ...]  # what a page shows in red


@dataclass(frozen=True)
class View:
    """A visitor's choices in the sidebar."""

    first: date
    last: date
    basis: str = BASES[0]

    def widgets(self) -> dict[str, list[str]]:
        return {"period": ["custom"], "range": [str(self.first), str(self.last)], "basis": [self.basis]}


@dataclass
class Visitor:
    """A session, as a browser holds it."""

    socket: ClientConnection
    ids: dict[str, str] = field(default_factory=dict)  # of the widgets, by their keys

    async def open(self, page: str, view: View) -> Answer:
        """Open a page, as a link does."""
        self.ids.clear()
        return await self._ask(page, view)

    async def change(self, page: str, view: View) -> Answer:
        """Change the view, as the widgets do."""
        return await self._ask(page, view)

    async def _ask(self, page: str, view: View) -> Answer:
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = urlencode(view.widgets(), doseq=True)
        for key, value in view.widgets().items():
            if key in self.ids:
                state = WidgetState(id=self.ids[key])
                state.string_array_value.data.extend(value)
                asked.rerun_script.widget_states.widgets.append(state)
        began = time.perf_counter()
        await self.socket.send(asked.SerializeToString())
        size, errors = 0, list[str]()
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                data = await self.socket.recv()
                told = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
                size += len(data)
                if told.WhichOneof("type") == "delta":
                    self._look_at(told.delta, errors)
                if told.WhichOneof("type") == "script_finished":
                    return Answer(time.perf_counter() - began, size, tuple(errors))

    def _look_at(self, delta: Delta, errors: list[str]) -> None:
        shown = delta.new_element
        match shown.WhichOneof("type"):
            case "exception":
                errors.append(f"{shown.exception.type}: {shown.exception.message}")
            case "alert" if shown.alert.format == shown.alert.ERROR:
                errors.append(shown.alert.body)
            case "button_group" if shown.button_group.label in WIDGETS:
                self.ids[WIDGETS[shown.button_group.label]] = shown.button_group.id
            case "date_input" if shown.date_input.label in WIDGETS:
                self.ids[WIDGETS[shown.date_input.label]] = shown.date_input.id


def views(count: int, seed: int = 1) -> list[View]:
    """Return periods of every length within the year, deterministically."""
    chance, today = random.Random(seed), datetime.now(UTC).date()  # noqa: S311 - no secret hangs on it
    found = []
    for n in range(count):
        days = round(DAYS ** chance.random())
        last = today - timedelta(days=chance.randrange(DAYS - days + 1))
        found.append(View(last - timedelta(days=days - 1), last, BASES[n % 2]))
    return found


async def visit_all(
    address: str, sessions: int, act: Callable[[Visitor, int], Awaitable[list[Answer]]]
) -> list[Answer]:
    """Return the answers of all sessions, which begin one after the other and then stay open together."""
    uri = address.replace("http", "ws", 1) + "/_stcore/stream"

    async def one(number: int) -> list[Answer]:
        async with connect(uri, max_size=None, subprotocols=["streamlit"]) as socket:  # type: ignore[list-item]
            return await act(Visitor(socket), number)

    return [answer for found in await asyncio.gather(*map(one, range(sessions))) for answer in found]


async def _walk(visitor: Visitor, number: int, until: float, chosen: list[View]) -> list[Answer]:
    """Change periods on one page until the given time, at most a second apart."""
    chance, page = random.Random(number), PAGES[number % len(PAGES)]  # noqa: S311
    first = await visitor.open(page, chance.choice(chosen))
    if first.errors:
        return [first]
    found = []
    while time.monotonic() < until:
        await asyncio.sleep(chance.random() * THINKS)
        found.append(await visitor.change(page, chance.choice(chosen)))
    return found


def change_ranges(address: str, sessions: int, changes: int) -> list[Answer]:
    """Make `changes` changes, shared by the sessions, as fast as they are answered."""
    chosen = views(RANGES)

    async def act(visitor: Visitor, number: int) -> list[Answer]:
        page = PAGES[number % len(PAGES)]
        await visitor.open(page, chosen[number % RANGES])
        return [await visitor.change(page, chosen[(number + n + 1) % RANGES]) for n in range(changes // sessions)]

    return asyncio.run(visit_all(address, sessions, act))


@dataclass(frozen=True)
class Figures:
    answers: list[Answer]
    megabytes: tuple[float, float, float]  # before, after half of the time, at the end
    derivations: float  # of scores, for each distinct selection
    most: int  # of one selection

    @property
    def median(self) -> float:
        return statistics.median(answer.seconds for answer in self.answers)

    @property
    def p95(self) -> float:
        return statistics.quantiles([answer.seconds for answer in self.answers], n=20)[-1]

    @property
    def errors(self) -> list[str]:
        return [error for answer in self.answers for error in answer.errors]


def measure(app: Served, sessions: int, minutes: float) -> Figures:
    """Measure all sessions for half of the time, twice, to see whether memory is returned or reused."""
    chosen, answers, memory = views(RANGES), list[Answer](), [app.megabytes()]
    for _ in range(2):
        until = time.monotonic() + 30 * minutes
        answers += asyncio.run(
            visit_all(app.address, sessions, lambda visitor, number, until=until: _walk(visitor, number, until, chosen))  # type: ignore[misc]
        )
        memory.append(app.megabytes())
    derived = app.derivations()
    return Figures(answers, (memory[0], memory[1], memory[2]), derived.total() / len(derived), max(derived.values()))


def run(rows: int, sessions: int, minutes: float) -> None:
    row = results.machine()
    with served(rows) as app:
        found = measure(app, sessions, minutes)
        row |= {
            "mongod": app.store.server(),
            "reviewed": f"{app.reviewed:,}",
            "documents": f"{app.documents:,}",
        }
    row |= {
        "sessions": f"{sessions}",
        "range changes": f"{len(found.answers):,}",
        "a second": f"{len(found.answers) / (60 * minutes):.1f}",
        "answer, ms (median)": f"{1000 * found.median:.0f}",
        "(95 %)": f"{1000 * found.p95:.0f}",
        "kB an answer (median)": f"{statistics.median(answer.bytes for answer in found.answers) / 1000:.0f}",
        "errors": f"{len(found.errors)}",
        "scores derived a selection": f"{found.derivations:.2f}",
        "memory, MB": " → ".join(f"{one:.0f}" for one in found.megabytes),
    }
    for error in sorted(set(found.errors)):
        print(error)
    print(results.append("sessions", row))
