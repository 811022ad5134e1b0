"""The demo tells its story on any day, in any zone, with nothing but the contract's fields."""

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from monitor_core.cli import demo
from monitor_core.contract.calendar import Period, local_day, start_of
from monitor_core.contract.selection import Selection
from monitor_core.logger.tick import tick
from monitor_core.mongo import embedded
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.store import Store
from monitor_core.reports import performance
from monitor_core.settings.sources import load
from tests.command import run_apart
from tests.documents import fields

MADRID = ZoneInfo("Europe/Madrid")
NOON = datetime(2026, 11, 23, 11, 50, 30, 123456, tzinfo=UTC)  # a Monday
MOMENTS = {
    "a Monday noon": (NOON, "Europe/Madrid"),
    "right after midnight": (datetime(2026, 6, 10, 22, 0, 1, tzinfo=UTC), "Europe/Madrid"),
    "a Sunday evening": (datetime(2026, 3, 1, 20, tzinfo=UTC), "UTC"),
    "in the hour that comes twice": (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Madrid"),
    "a zone that skips midnight": (datetime(2026, 9, 6, 4, 10, tzinfo=UTC), "America/Santiago"),
    "said in another zone": (datetime(2026, 7, 4, 9, tzinfo=ZoneInfo("America/New_York")), "Pacific/Auckland"),
}
TYPES = {
    "filename": (str,),
    "confidence": (float,),
    "prediction": (int,),
    "validated": (int, bool, type(None)),
    "predicted_at": (datetime,),
    "trained": (bool,),
    "logged": (bool,),
    "validated_at": (datetime, type(None)),
    "camera": (str,),
}


pytestmark = pytest.mark.xdist_group("demo")  # or each worker makes each moment's demo


@pytest.fixture(scope="module", params=MOMENTS)
def story(request):
    now, name = MOMENTS[request.param]
    zone = ZoneInfo(name)
    return demo.make(now, zone), now, zone


@pytest.fixture(scope="module")
def made():
    return demo.make(NOON, MADRID)


@pytest.fixture(scope="module")
def documents(made):
    return made.documents


@pytest.fixture(scope="module")
def pictures(made):
    """The photographs by file name, shape (96, 96, 3)."""
    return {name: np.asarray(Image.open(io.BytesIO(photo)), float) for name, photo in made.images.items()}


@pytest.fixture(scope="module")
def true_classes():
    """The target of each scan, in the order in which the demo draws them."""
    digits = load_digits()
    return digits.target[np.random.default_rng(7).permutation(len(digits.target))].tolist()


def first_live_day(now, zone):
    return local_day(now, zone) - timedelta(days=119)


def shift_start(now, zone):
    return start_of(local_day(now, zone) - timedelta(days=20), zone)


def live(documents):
    return [document for document in documents if not document["trained"]]


def reviewed(documents):
    return [document for document in documents if document["validated_at"]]


def is_right(document):
    answer = document["validated"]
    return answer if isinstance(answer, bool) else answer == document["prediction"]


def accuracy(documents):
    return np.mean([is_right(document) for document in reviewed(documents)])


def confidence(documents):
    return np.mean([document["confidence"] for document in documents])


def review_share(documents):
    return len(reviewed(documents)) / len(documents)


def before_and_after(documents, since):
    before = [document for document in live(documents) if document["predicted_at"] < since]
    return before, [document for document in documents if document["predicted_at"] >= since]


def test_every_document_has_exactly_the_fields_of_the_contract_in_plain_types(story):
    documents = story[0].documents
    assert len(documents) == 1797
    for document in documents:
        assert list(document) == list(TYPES)
        assert all(type(document[field]) in types for field, types in TYPES.items())
        assert 0 < document["confidence"] <= 1
        assert document["prediction"] in range(10)
        assert document["logged"] is False


def test_a_document_has_an_answer_exactly_when_it_has_a_review_instant(story):
    for document in story[0].documents:
        assert (document["validated"] is None) == (document["validated_at"] is None)


def test_instants_are_utc_and_as_exact_as_bson_keeps_them(story):
    for document in story[0].documents:
        for instant in (document["predicted_at"], document["validated_at"] or NOON.replace(microsecond=0)):
            assert instant.tzinfo is UTC
            assert instant.microsecond % 1000 == 0


def test_every_document_has_its_own_readable_photograph(story):
    documents, images = story[0].documents, story[0].images
    assert sorted(images) == sorted(document["filename"] for document in documents)
    assert len(images) == 1797
    for photo in list(images.values())[::20]:
        picture = Image.open(io.BytesIO(photo))
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (96, 96))
        dark, bright = picture.convert("L").getextrema()
        assert bright - dark > 100
    assert sum(map(len, images.values())) < 5_000_000


def test_only_the_right_camera_s_photographs_of_the_last_three_weeks_are_spoilt(documents, pictures):
    since = shift_start(NOON, MADRID)
    for document in documents:
        is_spoilt = document["camera"] == "right" and document["predicted_at"] >= since
        picture = pictures[document["filename"]]
        edge = picture[30:60, 4:12].mean(axis=(0, 2))  # of the label, which a clean lens shows sharply
        assert (np.abs(np.diff(edge)).max() > 50) != is_spoilt


def test_both_cameras_take_about_half_of_the_photographs(story):
    cameras = [document["camera"] for document in story[0].documents]
    assert set(cameras) == {"left", "right"}
    assert 0.45 < cameras.count("left") / len(cameras) < 0.55


def test_nothing_happens_after_now_and_no_review_before_its_prediction(story):
    made, now, _ = story
    assert max(document["predicted_at"] for document in made.documents) <= now
    for document in reviewed(made.documents):
        assert document["predicted_at"] < document["validated_at"] <= now


def test_documents_come_in_the_order_of_their_predictions(story):
    instants = [document["predicted_at"] for document in story[0].documents]
    assert instants == sorted(instants)


def test_the_trained_ones_are_a_pilot_reviewed_before_the_120_days(story):
    made, now, zone = story
    first = first_live_day(now, zone)
    pilot = [document for document in made.documents if document["trained"]]
    assert len(pilot) == 300
    assert {local_day(document["predicted_at"], zone) for document in pilot} <= set(
        Period(first - timedelta(days=18), first - timedelta(days=5)).days
    )
    assert all(document["validated_at"] < start_of(first, zone) for document in pilot)
    assert all(type(document["validated"]) is int for document in pilot)
    assert {document["validated"] for document in pilot} == set(range(10))


def test_the_others_fill_the_120_days(story):
    made, now, zone = story
    start = start_of(first_live_day(now, zone), zone)
    assert min(document["predicted_at"] for document in live(made.documents)) >= start
    days = {local_day(document["predicted_at"], zone) for document in live(made.documents)}
    assert len(days) >= 110
    assert min(days) <= first_live_day(now, zone) + timedelta(days=2)
    assert max(days) >= local_day(now, zone) - timedelta(days=2)


def test_predictions_of_the_pilot_are_of_models_that_had_not_seen_the_image(story):
    pilot = story[0].documents[:300]
    assert 0.88 < accuracy(pilot) < 0.97  # a model that had seen them gets all of them right
    assert abs(confidence(pilot) - confidence(story[0].documents[300:1000])) < 0.06


def test_weekends_and_nights_are_quieter(story):
    made, _, zone = story
    local = [document["predicted_at"].astimezone(zone) for document in live(made.documents)]
    weekend = sum(instant.weekday() >= 5 for instant in local)
    night = sum(instant.hour < 6 for instant in local)
    assert 0.05 < weekend / len(local) < 0.2  # evenly, it would be 2 / 7
    assert 0.005 < night / len(local) < 0.06  # evenly, it would be 1 / 4


def test_people_review_in_office_hours_with_saturday_mornings(story):
    made, _, zone = story
    local = [document["validated_at"].astimezone(zone) for document in reviewed(made.documents)]
    assert all(9 <= instant.hour < 18 for instant in local)
    assert all(instant.weekday() < 6 for instant in local)
    assert 0 < sum(instant.weekday() == 5 for instant in local) < 0.05 * len(local)


def test_a_review_takes_about_a_day_and_at_times_weeks(story):
    delays = [d["validated_at"] - d["predicted_at"] for d in reviewed(live(story[0].documents))]
    assert timedelta(hours=16) < sorted(delays)[len(delays) // 2] < timedelta(hours=36)
    assert max(delays) > timedelta(days=14)


def test_a_review_takes_longer_over_the_weekend(documents):
    def median_hours(weekday):
        waits = [
            (document["validated_at"] - document["predicted_at"]) / timedelta(hours=1)
            for document in reviewed(live(documents))
            if document["predicted_at"].astimezone(MADRID).weekday() == weekday
        ]
        return np.median(waits)

    assert median_hours(4) > 1.5 * median_hours(1)


def test_three_in_four_are_reviewed_and_the_unsure_ones_more_often(story):
    documents = live(story[0].documents)
    unsure = [document for document in documents if document["confidence"] < 0.7]
    sure = [document for document in documents if document["confidence"] >= 0.9]
    assert 0.7 < review_share(documents) < 0.8
    assert review_share(unsure) > review_share(sure) + 0.08


def test_the_latest_predictions_are_reviewed_less(story):
    made, now, _ = story
    latest = [document for document in made.documents if document["predicted_at"] > now - timedelta(days=2)]
    assert review_share(latest) < review_share(live(made.documents)) - 0.1


def test_reviewers_work_on_nearly_every_working_day(story):
    made, now, zone = story
    first, today = first_live_day(now, zone), local_day(now, zone)
    reviews = [local_day(document["validated_at"], zone) for document in reviewed(made.documents)]
    working = [day for day in Period(first, today - timedelta(days=1)).days if day.weekday() < 5]
    assert sum(day in reviews for day in working) >= 0.95 * len(working)


def test_a_few_reviews_say_only_whether_the_prediction_is_right(story):
    answers = [document["validated"] for document in reviewed(live(story[0].documents))]
    confirmed = sum(answer is True for answer in answers) / len(answers)
    rejected = sum(answer is False for answer in answers) / len(answers)
    assert 0.01 < confirmed < 0.04
    assert 0.003 < rejected < 0.02


def test_every_review_is_right(documents, true_classes):
    for document, target in zip(documents, true_classes, strict=True):
        if document["validated_at"]:
            assert is_right(document) == (document["prediction"] == target)


def test_the_classifier_is_good_but_makes_real_mistakes(story):
    made, now, zone = story
    before, _ = before_and_after(made.documents, shift_start(now, zone))
    assert 0.88 < accuracy(before) < 0.96
    wrong = {document["prediction"] for document in reviewed(before) if not is_right(document)}
    assert len(wrong) >= 5  # spread over the classes


def test_accuracy_and_confidence_fall_in_the_last_three_weeks(story):
    made, now, zone = story
    before, after = before_and_after(made.documents, shift_start(now, zone))
    assert len(reviewed(after)) > 100
    assert 0.08 < accuracy(before) - accuracy(after) < 0.24
    assert 0.12 < confidence(before) - confidence(after) < 0.35


def test_only_the_right_camera_falls(story):
    made, now, zone = story
    before, after = before_and_after(made.documents, shift_start(now, zone))

    def fall(camera):
        own = [[document for document in some if document["camera"] == camera] for some in (before, after)]
        return accuracy(own[0]) - accuracy(own[1]), confidence(own[0]) - confidence(own[1])

    assert max(map(abs, fall("left"))) < 0.1
    assert min(fall("right")) > 0.2


def test_the_second_model_is_better_from_the_day_of_its_deployment(story):
    made, now, zone = story
    before, _ = before_and_after(made.documents, shift_start(now, zone))
    deployed = start_of(made.deployed_on, zone)
    assert local_day(now, zone) - made.deployed_on == timedelta(days=59)
    first = [document for document in before if document["predicted_at"] < deployed]
    second = [document for document in before if document["predicted_at"] >= deployed]
    assert 0.005 < accuracy(second) - accuracy(first) < 0.06
    assert abs(confidence(second) - confidence(first)) < 0.03


def test_the_fall_shows_by_the_day_of_the_review_too(story):
    made, now, zone = story
    since = shift_start(now, zone)
    before = [d for d in reviewed(live(made.documents)) if d["validated_at"] < since]
    after = [d for d in reviewed(live(made.documents)) if d["validated_at"] >= since]
    assert accuracy(before) - accuracy(after) > 0.06


def test_there_is_no_fall_before_the_last_three_weeks(story):
    made, now, zone = story
    before, _ = before_and_after(made.documents, shift_start(now, zone))
    middle = len(before) // 2
    assert abs(confidence(before[:middle]) - confidence(before[middle:])) < 0.03
    assert abs(accuracy(before[:middle]) - accuracy(before[middle:])) < 0.05


def test_the_same_arguments_make_the_same_demo(made):
    assert demo.make(NOON, MADRID) == made


def test_another_seed_makes_another_demo(documents):
    assert demo.make(NOON, MADRID, seed=8).documents != documents


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="2026-11-23"):
        demo.make(NOON.replace(tzinfo=None), MADRID)


def test_importing_the_module_does_not_import_what_only_the_demo_needs():
    heavy = "import sys, monitor_core.cli.demo; print({'sklearn', 'PIL'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_a_rhythm_rests_and_does_not_reach_its_end():
    rhythm = demo.Rhythm(np.array([0, 100, 200, 300]), np.array([0.0, 1.0, 1.0, 2.0]))
    assert rhythm.readings_at(np.array([50, 150, 300])).tolist() == [0.5, 1, 2]
    assert rhythm.instants_of(np.array([0.5, 1.5, 2.0, 9.0])).tolist() == [50, 250, -1, -1]


def test_a_day_of_25_hours_has_one_more_hour_of_rhythm():
    start, end = Period(date(2026, 10, 25), date(2026, 10, 25)).bounds(MADRID)
    assert demo._rhythm(start, end, MADRID, lambda _: 1).readings[-1] == 25


def test_an_interrupted_demo_can_still_be_removed(store: Store) -> None:
    demo.fill(store, NOON, into_configured_database=True)
    store.collection.delete_many(fields(trained=True))
    store.database["monitor_demo"].update_one({}, {"$set": {"complete": False}})
    demo.remove(store)
    assert store.predictions.is_empty()


def test_a_demo_overwrites_no_other_image(store: Store) -> None:
    store.settings.images.mkdir(parents=True)
    other = store.settings.images / "digit-0003.jpg"
    other.write_text("mine")
    ended = run_apart("demo", "--into-configured-database")
    assert ended.returncode == 2
    assert "digit-0003.jpg exists" in ended.stderr
    assert other.read_text() == "mine"
    assert store.predictions.is_empty()


def test_a_demo_uses_the_configured_field_names(make_store: Callable[..., Store]) -> None:
    store = make_store()
    fields = store.settings.fields.model_copy(update={"prediction": "label", "validated_at": "seen"})
    store = make_store(fields=fields)
    demo.fill(store, NOON, into_configured_database=True)
    scores = performance.read_performance(store, Selection(Period(date(2026, 8, 1), date(2026, 10, 31)), "validated"))
    assert scores.counts.validated > 500
    assert scores.counts.excluded["unreadable_prediction"] == 0


def test_the_deployment_is_annotated_and_goes_with_the_demo(store: Store) -> None:
    Annotations(store).add("note", date(2026, 10, 1), "mine", "ana", NOON)
    store.collection.insert_one(fields(filename="mine.png"))
    for _ in range(2):
        demo.fill(store, NOON, into_configured_database=True)
        kinds = [(annotation.kind, annotation.by) for annotation in Annotations(store).read()]
        assert kinds == [("deployment", demo.BY), ("note", "ana")]
    demo.remove(store)
    assert [annotation.text for annotation in Annotations(store).read()] == ["mine"]


def test_the_first_run_finds_what_the_dirty_lens_did_on_the_days_it_did(store: Store) -> None:
    demo.fill(store, store.now(), into_configured_database=True)
    assert tick(store)
    zone, today = store.settings.zone, local_day(store.now(), store.settings.zone)
    dirty_since = today - timedelta(days=demo.DIRTY_DAYS - 1)
    opened = {alert.rule: alert for alert in Alerts(store).open_alerts()}
    for rule in ("accuracy-falling", "confidence-moved"):
        assert dirty_since <= opened[rule].opened_on < today - timedelta(days=3), zone
        assert opened[rule].found_at_start


def test_the_camera_is_a_segment_while_the_demo_is_in_the_bundled_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(tmp_path / "state"))
    settings = load(tmp_path).settings
    sockets = embedded.run_folder(settings.state_folder)
    with embedded.running(embedded.database_folder(settings), sockets):
        store = Store(settings)
        demo.fill_if_empty(store, NOON)
        assert load(tmp_path).settings.segments == demo.SEGMENTS
        of_right = Selection(Period(date(2026, 8, 1), date(2026, 11, 23)), "validated", (("camera", "right"),))
        assert 400 < Store(load(tmp_path).settings).counts.of(of_right).validated < 700
        demo.remove(store)
        assert load(tmp_path).settings.segments == {}
        store.database.client.close()
