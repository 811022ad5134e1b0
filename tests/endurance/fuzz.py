"""Documents, addresses, command lines and images drawn at random: no traceback, no wrong number."""

import io
import logging
import os
import random
import shlex
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bson import ObjectId
from bson.errors import BSONError
from PIL import Image
from pymongo import WriteConcern
from pymongo.errors import PyMongoError
from typer.main import get_command

from monitor_core.app.samples import images as thumbnails
from monitor_core.cli import demo
from monitor_core.cli.main import app as command_line
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger.tick import tick
from monitor_core.mongo.store import Store
from monitor_core.reports.quality import quality_report
from monitor_core.settings.settings import ROOT, Settings
from monitor_core.settings.sources import load
from tests.any_values import ALL_FIELDS, DATES, is_of_another_year
from tests.app_pages import said, visit
from tests.command import run as run_command
from tests.documents import ABSENT, ANY_VALUES, Document, prediction
from tests.endurance.services import DATABASE, Mongod

PAGES = sorted(str(file.relative_to(ROOT / "pages").with_suffix("")) for file in (ROOT / "pages").rglob("*.py"))
PARAMETERS = (
    *(
        "period",
        "range",
        "basis",
        "average",
        "granularity",
        "against",
        "reference",
        "refresh",
        "where_camera",
        "metric",
    ),
    *(
        "cells",
        "class",
        "bins",
        "kind",
        "target",
        "prediction",
        "outcome",
        "day",
        "confidence",
        "order",
        "at",
        "preset",
    ),
    *("alert", "edit", "state", "severity", "rule", "feed", "profile"),
)
TOKENS = (
    *("", "x", "-1", "0", "1e999", "banana", "\0", "‮", "![x](y)", "{}", "[]", '{"a": 1}', "2026-10-01", "9999-12-31"),
    *(
        "2026-10-01..2026-10-31",
        "2026-10-31..2026-10-01",
        "today",
        "30d",
        "all",
        "custom",
        "review day",
        "macro",
        "week",
    ),
    *("json", "table", "html", "csv", "accuracy-falling", "accuracy", "camera=left", "previous", "999999999999999999"),
)
NEVER = {"demo", "rebuild", "test"}  # what writes a demo, counts everything again, or sends messages
KINDS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM")


def run(folder: Path, documents: int, addresses: int, commands: int, images: int, seed: int) -> list[str]:
    """Return what went wrong, each with what was drawn."""
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it runs pages without a browser
    chance, mongod = random.Random(seed), Mongod(folder)
    os.environ.update(
        MONITOR_MONGODB_URI=mongod.uri, MONITOR_DATABASE=DATABASE, MONITOR_STATE_FOLDER=str(folder / "state")
    )
    os.environ["MONITOR_SEGMENTS"] = '{"camera": "camera"}'
    store = Store(load().settings)
    try:
        parts: list[tuple[int, Callable[[Any, random.Random, int], Iterator[str]], Any]] = [
            (documents, try_documents, store),
            (addresses, try_addresses, store),
            (commands, try_commands, folder),
            (images, try_images, folder),
        ]
        wrong = []
        for number, part, subject in parts:
            began = time.monotonic()
            failures = list(part(subject, chance, number))
            print(f"{part.__name__}: {number:,} in {time.monotonic() - began:.0f} s, {len(failures)} wrong", flush=True)
            wrong += failures
        return wrong
    finally:
        mongod.stop()


def attempt(what: object, act: Callable[[], str | None]) -> Iterator[str]:
    """Yield what is wrong, or the traceback, with what was tried."""
    try:
        wrong = act()
    except Exception:  # noqa: BLE001 - any is a finding
        wrong = traceback.format_exc(limit=-3)
    if wrong:
        yield f"{what!r}: {wrong}"


# ---- documents


def drawn(chance: random.Random, store: Store) -> Document:
    """Return a prediction some of whose fields hold any value of BSON; its dates are of late or none."""
    made = store.now() - timedelta(minutes=chance.randrange(20 * 24 * 60))
    document = prediction(made, chance.randrange(3), chance.choice([0, 1, 2, None]), chance.random(), made)
    document |= {"_id": chance.choice([ObjectId(), str(ObjectId()), chance.randrange(10**9), {"id": str(ObjectId())}])}
    for field in ALL_FIELDS:
        value = chance.choice(ANY_VALUES)
        if chance.random() < 0.15 and not (field in DATES and is_of_another_year(store, value)):
            document[field] = value
    return {name: value for name, value in document.items() if value is not ABSENT}


def try_documents(store: Store, chance: random.Random, number: int) -> Iterator[str]:
    """Every document is used, waits for review or is set aside; report, quality and logger say the same."""
    demo.fill(store, store.now(), into_configured_database=True)
    quick = store.collection.with_options(write_concern=WriteConcern(w=1))
    inserted = 0
    while inserted < number:
        try:
            quick.insert_one(drawn(chance, store))
            inserted += 1
        except (PyMongoError, BSONError):  # an id that MongoDB refuses, or that is there
            continue
    yield from attempt("documents", lambda: _is_counted_alike(store))


def _is_counted_alike(store: Store) -> str | None:
    first, again = tick(store), tick(store)
    if not first or not again or first.error or first.failures or again.error or again.failures:
        return f"the logger: {first}, {again}"
    if again.logged or store.predictions.waiting().rows:
        return f"not everything was logged at once: {again}"
    today = local_day(store.now(), store.settings.zone)
    period = Period(today - timedelta(days=400), today + timedelta(days=1))
    quality = quality_report(store, period, store.now())
    for basis in ("predicted", "validated"):
        selection = Selection(period, basis)  # type: ignore[arg-type]
        stored, exact = store.counts.of(selection), store.counts.of(selection, exact=True)
        if stored.digest != exact.digest:
            return f"{basis}: {stored} is stored, {exact} is counted"
        if basis == "predicted" and (exact.validated, exact.not_reviewed) != (quality.used, quality.not_reviewed):
            return f"report {exact.validated} + {exact.not_reviewed}, quality {quality.used} + {quality.not_reviewed}"
    census = store.counts.census()
    there = store.collection.count_documents({})
    return None if census["documents"] == there else f"the census has {census['documents']} of {there}"


# ---- addresses


def try_addresses(store: Store, chance: random.Random, number: int) -> Iterator[str]:
    """Every page has its heading and no traceback, whatever the address holds."""
    for _ in range(number):
        page = chance.choice(PAGES)
        names = chance.sample(PARAMETERS, chance.randrange(1, 6))
        query = {name: _token(chance) if chance.random() < 0.7 else [_token(chance), _token(chance)] for name in names}
        yield from attempt((page, query), lambda page=page, query=query: _is_shown(page, query))  # type: ignore[misc]


def _is_shown(page: str, query: dict[str, Any]) -> str | None:
    page_shown = visit(page, **query)
    if page_shown.exception or "under the reference" in said(page_shown):
        return f"{[box.value for box in page_shown.exception]} {said(page_shown)[:300]}"
    return None if len(page_shown.header) == 1 else f"{len(page_shown.header)} headings"


def _token(chance: random.Random) -> str:
    if chance.random() < 0.7:
        return chance.choice(TOKENS)
    return "".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(30)))


# ---- command lines


def try_commands(folder: Path, chance: random.Random, number: int) -> Iterator[str]:
    """Every command line ends with 0, 1 or 2 and no traceback."""
    os.chdir(folder)  # where files that are written do no harm
    paths = [path for path in _commands(get_command(command_line), ()) if not NEVER & set(path[0])]
    for _ in range(number):
        words, options = chance.choice(paths)
        line = list(words)
        for _ in range(chance.randrange(4)):
            line += [chance.choice(options), _token(chance)] if options and chance.random() < 0.7 else [_token(chance)]
        yield from attempt(shlex.join(line), lambda line=line: _ends_well(line))  # type: ignore[misc]
    os.chdir(ROOT)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield the words of each command, and its options."""
    inner = getattr(command, "commands", {})
    if not inner:
        yield path, [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    for name, command in inner.items():
        if not command.hidden:  # one of them turns this process into the database
            yield from _commands(command, (*path, name))


def _ends_well(line: list[str]) -> str | None:
    ended = run_command(*line, stdin="")
    output = ended.stdout + ended.stderr
    if ended.returncode not in (0, 1, 2) or "Traceback" in output:
        return f"{ended.returncode}: {output[-600:]}"
    return None


# ---- images


def try_images(folder: Path, chance: random.Random, number: int) -> Iterator[str]:
    """A damaged file is a thumbnail or a reason, within seconds."""
    settings = Settings(image_folder=folder / "images", state_folder=folder / "state")
    settings.images.mkdir()
    for n in range(number):
        name = f"{n}.png"
        (settings.images / name).write_bytes(_damaged(chance))
        yield from attempt(name, lambda name=name: _is_made_small(settings, name))  # type: ignore[misc]


def _is_made_small(settings: Settings, name: str) -> str | None:
    began = time.monotonic()
    made = thumbnails.small(settings, name)
    if not isinstance(made, bytes | thumbnails.NoImage):
        return f"{type(made)}"
    took = time.monotonic() - began
    return f"it took {took:.1f} s" if took > 10 else None


def _damaged(chance: random.Random) -> bytes:
    """Return an image with some bytes changed, cut or repeated, or noise behind a true beginning."""
    file = io.BytesIO()
    size = chance.randrange(1, 200), chance.randrange(1, 200)
    Image.effect_noise(size, 90).convert("RGB").save(file, chance.choice(KINDS))
    data = bytearray(file.getvalue())
    for _ in range(chance.randrange(1, 20)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if chance.random() < 0.3:
        del data[chance.randrange(len(data)) :]
    if chance.random() < 0.2:
        data = data[: chance.randrange(1, 40)] + chance.randbytes(5_000)
    return bytes(data)
