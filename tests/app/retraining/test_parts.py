"""The page Retraining: its sentences, its tables, and the way to the samples."""

from datetime import timedelta

from monitor_core.contract.calendar import local_day
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from tests.app_pages import said, visit
from tests.documents import prediction

PAGE = "investigate/retraining"


def test_an_empty_database_and_no_change_are_said(store: Store) -> None:
    app = visit(PAGE)
    assert [element.value for element in app.exception] == []
    assert "No deployment or retraining is annotated" in said(app)


def test_the_page_shows_what_is_new_and_what_each_model_changed(store: Store) -> None:
    now = store.now()
    day = local_day(now, store.settings.zone) - timedelta(days=5)
    store.collection.insert_many(
        prediction(now - timedelta(days=3 + n % 6), 1, 1 if n % 4 else 2, reviewed=timedelta(hours=1), trained=n < 30)
        for n in range(120)
    )
    Annotations(store).add("deployment", day, "![x](http://evil.invalid/x.png)", "ada", now)
    app = visit(PAGE, period="30d")
    assert [element.value for element in app.exception] == []
    assert "90 reviewed samples of a known class" in said(app)
    assert "Accuracy was " in said(app)
    assert not any("![x](http://evil" in element.value for element in app.markdown)
    new, change = (frame.value for frame in app.dataframe)
    assert new["New samples"].sum() == 90
    assert list(change["Score"]) == ["Accuracy", "Macro F1"]
    queries = [link.proto.query_string for link in app.get("page_link") if "Samples" not in link.proto.label]
    assert any("trained=no" in query for query in queries)

    samples = visit("investigate/samples", period="30d", trained="no")
    assert samples.selectbox(key="trained shown").value == "no"
    assert "90 samples" in said(samples)
