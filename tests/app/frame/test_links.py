"""The links to the exports: signed, and only for a while."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from monitor_core.app.frame import links as downloads
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import SampleFilter, Selection
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from tests.documents import at, prediction

OCTOBER = Selection(Period(date(2026, 10, 1), date(2026, 10, 31)), "validated")


NOW = at(2026, 11, 1, 12)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def client(store: Store, clock: list[datetime]) -> Iterator[TestClient]:
    app = Starlette(routes=downloads.routes(lambda _model: store, lambda: clock[0]))
    with TestClient(app) as one:
        yield one


def test_a_link_of_ours_gives_the_file(store: Store, client: TestClient) -> None:
    store.collection.insert_many([prediction(), prediction(target=2, confidence=0.3)])
    for wanted, count in (
        (SampleFilter(), 2),
        (SampleFilter((2,), (1,), "wrong", (60, 61)), 1),
        (SampleFilter(("rejected",)), 0),
    ):
        link = downloads.link(Search(store, OCTOBER, wanted), "csv", NOW)
        answer = client.get(link)
        assert answer.status_code == 200
        assert len(rows(answer.content)) == count
        assert answer.content.startswith(b"\xef\xbb\xbfid,")
        assert answer.headers["content-disposition"] == 'attachment; filename="samples-2026-10-01-2026-10-31.csv"'


def test_another_s_link_gives_nothing(store: Store, client: TestClient) -> None:
    store.collection.insert_one(prediction())
    link = downloads.link(Search(store, OCTOBER), "csv", NOW)
    for wrong in (
        link[:-1],
        link.replace(".csv", ".parquet"),
        link.replace("q=", "q=A"),
        "/export/samples.csv",
        link + "é",
    ):
        assert client.get(wrong).status_code == 403
    assert client.get("/export/samples.exe").status_code == 403


def test_a_link_runs_out(store: Store, client: TestClient, clock: list[datetime]) -> None:
    link = downloads.link(Search(store, OCTOBER), "csv", NOW)
    clock[0] = NOW + timedelta(seconds=downloads.LASTS_SECONDS)
    assert client.get(link).status_code == 200
    clock[0] += timedelta(seconds=downloads.STEP_SECONDS + 1)
    assert client.get(link).status_code == 403
