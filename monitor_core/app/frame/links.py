"""Exports by a signed link: the server streams them, without holding the file in memory.

Streamlit's own download keeps the whole file in memory until the visitor leaves. A link is valid for an hour for
anybody who has it; only pages create links, so access to the page is what counts.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from itertools import chain
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.contract.spreadsheets import BOM
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.reports.export import FORMATS, pieces

PATH = "export/samples"
LASTS_SECONDS, STEP_SECONDS = 3600, 600
BEGINNINGS = {"csv": BOM.encode()}  # of a file for a person; a script gets it from the command line, without
URL_SAFE = re.compile(r"[A-Za-z0-9_.-]+")  # what a signed text consists of; reading it ignores everything else
_secret = secrets.token_bytes(32)  # of this process: a restart ends the links


def link(search: Search, kind: str, now: datetime) -> str:
    """Return the export's address, relative to a page; it is the same for ten minutes, so that pages do not change."""
    until = (int(now.timestamp()) // STEP_SECONDS + 1) * STEP_SECONDS + LASTS_SECONDS
    chosen, sample_filter = search.selection, search.filter
    fields = {
        "model": search.store.settings.model,
        "days": [chosen.period.first.isoformat(), chosen.period.last.isoformat()],
        "basis": chosen.basis,
        "where": chosen.where,
        "filter": asdict(sample_filter),
        "until": until,
    }
    return f"./{PATH}.{kind}?q={_signed(kind).dumps(fields)}"


def _signed(kind: str) -> URLSafeSerializer:
    """Return the writer and reader of signed texts; one for another kind of file is no signature for this one."""
    return URLSafeSerializer(_secret, salt=kind, signer_kwargs={"digest_method": hashlib.sha256})


def routes(store_of: Callable[[str], Store], now: Callable[[], datetime]) -> list[Route]:
    """Return the server's routes besides the pages."""

    def answer(request: Request) -> Response:
        kind = request.path_params["kind"]
        search = _search_of(store_of, kind, request.query_params, now())
        if search is None:
            return PlainTextResponse("The link has run out: load the page Samples again and use the new one.", 403)
        name = f"samples-{search.selection.period.first}-{search.selection.period.last}.{kind}"
        made = pieces(search, kind)
        try:
            first = BEGINNINGS.get(kind, b"") + next(
                made, b""
            )  # the database's refusal comes here, and not in the middle of a file
        except MonitorError as wrong:
            return PlainTextResponse(str(wrong), 503)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(_closing(chain([first], made), made), headers=headers, media_type=FORMATS[kind])

    return [Route(f"/{PATH}.{{kind}}", answer, methods=["GET"])]


def _closing(data: Iterator[bytes], source: Any) -> Iterator[bytes]:
    """Close the cursor at the end, even if the visitor disconnects."""
    try:
        yield from data
    finally:
        source.close()


def _search_of(store_of: Callable[[str], Store], kind: str, query: Any, now: datetime) -> Search | None:
    """Return the search that a link of the monitor describes; None if it is forged or has expired."""
    text = query.get("q", "")
    if kind not in FORMATS or not URL_SAFE.fullmatch(text):
        return None
    try:
        fields = _signed(kind).loads(text)
    except BadData:
        return None
    if now.timestamp() > fields["until"]:
        return None
    period = Period(*map(date.fromisoformat, fields["days"]))
    where = tuple((name, value) for name, value in fields["where"])
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields["filter"].items()
    }
    chosen_filter = SampleFilter(**values)
    return Search(store_of(fields["model"]), Selection(period, fields["basis"], where), chosen_filter)
