"""The page on data quality over a real MongoDB, through Streamlit's own AppTest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.contract.problems import PROBLEMS
from monitor_core.logger import history
from monitor_core.logger.quality import refresh_quality
from monitor_core.mongo.store import Store
from monitor_core.reports import quality
from monitor_core.settings.settings import ROOT
from tests.app_pages import alts, said, visit
from tests.documents import fields

EVIL = "![x](http://example.invalid/a.png)"
INJECTED = [
    EVIL,
    "<script>alert(1)</script>",
    ":red[x]",
    "$\\frac{1}{2}$",
    "`code` **bold**",
    "a.b[c]",
    "line\nbreak",
    "\u202eright to left",
    "🦆" * 200,
    "datum.x; DROP",
]


def document(days_ago: int, **changes: Any) -> dict[str, Any]:
    noon = datetime.now(UTC).replace(hour=0, minute=0) - timedelta(days=days_ago)
    dates = fields(predicted_at=noon, validated_at=noon)
    return dates | fields(filename=f"{days_ago}.png", prediction=1, validated=1, confidence=0.9) | fields(**changes)


def open_page(**query: Any) -> AppTest:
    app = visit("investigate/data_quality", **query)
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.header] == ["Data quality"]
    return app


def test_an_empty_database_is_said(store: Store) -> None:
    assert "does not exist" in said(open_page())


def test_a_period_without_documents_is_said(store: Store) -> None:
    store.collection.insert_one(document(80))
    assert "Choose a longer period" in said(open_page(period="30d"))


def test_nothing_odd_is_said_with_how_many_were_looked_at(store: Store) -> None:
    store.collection.insert_many([document(n) for n in range(1, 6)])
    app = open_page()
    assert "No quality problem in 5 documents." in said(app)
    assert [tile.value for tile in app.metric] == ["5", "5", "0", "0"]
    assert alts(app) == []


@pytest.mark.parametrize("worker", [True, False])
def test_a_finding_is_told_with_trend_examples_and_how_to_mend_it(store: Store, worker: bool) -> None:
    odd = [document(3, prediction="cat"), document(2, confidence=87), document(2, predicted_at=None)]
    store.collection.insert_many([document(n) for n in range(1, 6)] + odd)
    if worker:
        history.refresh(store)
        refresh_quality(store)
    app = open_page(kind=PROBLEMS["unreadable_prediction"].title)
    assert "6 used + 0 not reviewed + 1 set aside = 7 documents. In addition, 1 document of" in said(app)
    table = app.dataframe[0].value
    gravest = [PROBLEMS[name].title for name in ("undated_prediction", "unreadable_prediction", "bad_confidence")]
    assert [title for title in table["quality problem"] if title in gravest] == gravest
    assert alts(app) == [f"{gravest[1]}: share of each prediction day's documents"]
    assert app.dataframe[1].value["value found"].tolist() == ['"cat"']
    assert PROBLEMS["unreadable_prediction"].remedy in said(app)
    assert ("The logger checked the oldest" in said(app)) == worker
    app = app.selectbox(key="kind").set_value(gravest[2]).run()
    assert app.dataframe[1].value["value found"].tolist() == ["87"]
    app = app.selectbox(key="kind").set_value(gravest[0]).run()
    assert alts(app) == []
    assert app.dataframe[1].value["value found"].tolist() == ["null"]


def test_a_link_to_a_kind_that_was_mended_shows_the_gravest(store: Store) -> None:
    store.collection.insert_many([document(3, prediction="cat"), document(2)])
    app = open_page(kind=PROBLEMS["odd_trained"].title)
    assert app.selectbox(key="kind").value == PROBLEMS["unreadable_prediction"].title


def test_what_was_not_looked_at_is_never_passed_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality.quality_report, "__defaults__", (10,))
    store.collection.insert_many([document(n) for n in range(1, 6) for _ in range(5)])
    app = open_page()
    assert "about 15 documents of this period" in said(app)
    assert "the newest 10" in said(app)
    assert "python logger_worker.py" in said(app)


def test_odd_texts_and_field_names_reach_the_page_as_texts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"1": "![x](http://example.invalid/b.png)"}')
    texts = [f"{text} {n}" for text in INJECTED for n in range(5)]
    odd = [
        document(n % 5 + 1, **{text: n}, filename=text, prediction=text, confidence=text, trained=text)
        for n, text in enumerate(texts)
    ]
    store.collection.insert_many(odd + [document(n % 5 + 1, **{f"{EVIL}": 1}, filename="twice") for n in range(50)])
    app = open_page()
    for title in app.selectbox(key="kind").options:
        app = app.selectbox(key="kind").set_value(title).run()
        assert [element.value for element in app.exception] == []
        written = "\n".join(element.value for element in [*app.markdown, *app.caption, *app.warning, *app.subheader])
        assert "example.invalid" not in written
        assert "<script>" not in written
    fields = app.dataframe[-1].value
    assert set(texts) & set(fields["field"])
    assert EVIL in set(fields["field"])


def test_other_pages_point_here(store: Store) -> None:
    store.collection.insert_many([document(2), document(2, prediction="cat")])
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert "The page *Data quality* has the details." in "\n".join(element.value for element in app.warning)


def test_a_server_that_is_too_old_for_it_is_said_instead(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No older one can be installed here, so a newer one calls itself so."""
    store.collection.insert_many([document(2), document(2, prediction="cat")])
    monkeypatch.setattr(Store, "server", lambda _self: "5.0.31")
    app = open_page()
    assert "needs MongoDB 5.2 or newer, and this is 5.0.31" in said(app)
    assert list(app.error) == list(app.metric) == []
    assert [tile.value for tile in visit().metric][:1] == ["1"]  # the other pages go on
