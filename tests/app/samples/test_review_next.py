"""The page Review next: both lists with their reasons, the audit's share, the files, and the way there from Reviews."""

from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from tests.app.shown import open_page
from tests.app_pages import said, visit
from tests.documents import FIELDS, fields, prediction
from tests.reports.queue.queued import write_queue

PAGE = "investigate/review_next"
EVIL = "![x](http://example.invalid/a.png)"


def test_an_empty_database_is_said(store: Store) -> None:
    app = visit(PAGE)
    assert [element.value for element in app.exception] == []
    assert "does not exist" in said(app)


def test_the_page_shows_both_lists_and_changes_the_audits_share(store: Store) -> None:
    selection, now = write_queue(store)
    store.collection.insert_one(prediction(now, 7, None, confidence=0.01, reviewed=None, filename=EVIL))
    app = visit(PAGE, period="28d")
    assert [element.value for element in app.exception] == []
    assert "No audit is in force" in said(app)
    assert [element.value for element in app.subheader] == ["Most informative"]
    assert 'Reviewed as "3", although the model was 99.0% confident' in said(app)
    assert not any(EVIL in element.value for element in [*app.markdown, *app.caption])
    assert len(app.get("download_button")) == 5

    app.number_input(key="audit share").set_value(20.0)
    app.date_input(key="audit since").set_value(selection.period.first)
    app.text_input(key="who sets the audit").set_value("ana")
    app.button[[one.label for one in app.button].index("Set")].click().run()
    assert [element.value for element in app.exception] == []
    (plan,) = AuditPlans(store).read()
    assert (plan.share, plan.since, plan.by) == (0.2, selection.period.first, "ana")
    assert [element.value for element in app.subheader] == ["Audit", "Most informative"]
    unreviewed = list(store.collection.find(fields(validated=None)))
    waiting = sum(plan.draws(one[FIELDS.filename], one[FIELDS.confidence]) for one in unreviewed)
    assert f"{waiting} predictions of the " in said(app)
    assert "are not reviewed" in said(app)
    assert said(app).count("Drawn by chance, as ") == min(waiting, 24)

    app.date_input(key="audit since").set_value(selection.period.first)
    app.button[[one.label for one in app.button].index("Set")].click().run()
    assert "never change afterwards" in said(app)
    assert len(AuditPlans(store).read()) == 1


def test_the_backlog_on_reviews_leads_to_the_queue(store: Store) -> None:
    write_queue(store)
    links = [link.proto.page for link in open_page("reviews", period="28d").get("page_link")]
    assert "review_next" in links
