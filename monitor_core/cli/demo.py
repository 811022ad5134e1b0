"""The digits demo: real scans, a real classifier, reviewers with office hours, and a camera whose lens gets dirty."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from monitor_core.cli.demo_pictures.photographs import jpeg, photographs, seen_by_the_classifier
from monitor_core.contract.calendar import Period, local_day, start_of
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import count
from monitor_core.logger import history
from monitor_core.logger.destinations.registry import demo_profiles
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.connection import is_embedded, place
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan, hashed
from monitor_core.settings.demo_segments import remove_demo_segments, write_demo_segments
from monitor_core.settings.documents import FieldNames
from monitor_core.settings.folders import make_private
from monitor_core.settings.place import DEMO
from monitor_core.settings.settings import Settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LIVE_DAYS = 120  # today included
DIRTY_DAYS = 21  # the last of them: the lens of the right camera is dirty
DEPLOYED_DAYS = 60  # the last of them: the second model answers
PILOT_DAYS = 14
AUDIT_SHARE, AUDIT_SALT = 0.2, "the demo"  # since the second model answers; the reviewers leave none of it out
PILOT_REVIEW_DAYS = 4  # between the pilot and the first live day: its last reviews, and the training
PILOT_IMAGES = 300
FIRST_IMAGES = 150  # of them, which the first model was trained on
DEPLOYMENT = "Model 2, trained on the whole pilot; model 1 had seen the first half of it"
BY = "the demo"  # who annotates
CAMERAS = ("left", "right")
SEGMENTS = {"camera": "camera"}

TRAFFIC_HOURS = (*[0.1] * 6, 0.3, 0.8, 1.5, 2, 2.2, 2.2, 1.8, 1.6, 1.7, 2, 2, 1.7, 1.3, 1, 0.8, 0.6, 0.3, 0.2)
TRAFFIC_DAYS = (1, 1.05, 1, 1, 0.95, 0.45, 0.3)  # Monday first
REVIEW_HOURS = 6.0  # median until a review, in working hours: about a day by the clock on the wall
CONFIRMED = 0.024  # share of right predictions that the reviewer answers with `true` rather than with the class
REJECTED = 0.12  # share of wrong ones answered with `false`

DARKEST = 16  # of a pixel in the digits; 0 is the paper
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_MILLISECOND = timedelta(milliseconds=1)
STEP = timedelta(minutes=15)  # no zone's offset changes inside one


@dataclass(frozen=True)
class Demo:
    """The documents and images of the demo."""

    documents: list[dict[str, Any]]  # by the names in `FieldNames`, in the order of the predictions
    images: dict[str, bytes]  # JPEG by file name
    deployed_on: date  # the second model


@dataclass(frozen=True)
class Rhythm:
    """A time scale that runs fast when much happens and stands still when nothing does."""

    edges: Ints  # milliseconds since 1970, ascending
    readings: Floats  # of the clock at each edge, from 0

    def readings_at(self, instants: Ints) -> Floats:
        """Return the readings of the time scale at these instants."""
        return np.interp(instants, self.edges, self.readings)

    def instants_of(self, readings: Floats) -> Ints:
        """Return the instants of these readings; -1 for readings beyond the end of the time scale."""
        instants = np.interp(readings, self.readings, self.edges).astype(np.int64)
        return np.where(readings < self.readings[-1], instants, -1)


@dataclass(frozen=True)
class Predictions:
    """Parallel arrays in the order of arrival; the first PILOT_IMAGES rows are the pilot."""

    photos: list[bytes]  # JPEG
    cameras: Ints  # 0 or 1, as in CAMERAS
    targets: Ints
    labels: Ints
    confidences: Floats
    arrived: Ints  # milliseconds since 1970


def make(now: datetime, zone: ZoneInfo, seed: int = 7) -> Demo:
    """Generate the demo: a two-week pilot, then 120 local days that end now; deterministic in its arguments.

    The classifiers are trained on the pilot, the second one on all of it. In the last three weeks the images of one
    camera get worse, so confidence and accuracy fall as they would in production.
    """
    if now.tzinfo is None:
        raise ValueError(f"now must have a time zone, unlike {now}")
    rng = np.random.default_rng(seed)
    predictions = _predictions(now, zone, rng, seed)
    audited_from = _milliseconds(_live_start(now, zone, DEPLOYED_DAYS))
    reviewed = _reviewed(predictions, _rhythm(_pilot(now, zone)[0], now, zone, _review_pace), audited_from, rng)
    answers = _answers(predictions, reviewed, rng)
    documents = [_document(row, predictions, int(reviewed[row]), answers[row]) for row in range(len(answers))]
    images = {_filename(row): photo for row, photo in enumerate(predictions.photos)}
    return Demo(documents, images, local_day(_live_start(now, zone, DEPLOYED_DAYS), zone))


def fill(store: Store, now: datetime, into_configured_database: bool = False) -> str:
    """Write the demo, replacing an earlier one, and return a sentence about it."""
    if not is_embedded(store.settings) and not into_configured_database:
        raise MonitorError(
            f"The demo was not written into {store.settings.database}.{store.settings.collection} at "
            f"{place(store.settings)}, a database you configured; use `demo --into-configured-database` to do so."
        )
    remove(store)
    made = make(now, store.settings.zone)
    documents = [_as_stored(document, store.fields) for document in made.documents]
    _refuse_to_overwrite(store.settings.images, made)
    _declined(store.settings).unlink(missing_ok=True)
    DemoDocuments(store).insert(documents)
    folder = store.settings.images
    make_private(folder)
    for name, photo in made.images.items():
        (folder / name).write_bytes(photo)
    Annotations(store).add("deployment", made.deployed_on, DEPLOYMENT, BY, now)
    AuditPlans(store).add(_audit_plan(made.deployed_on, now))
    if is_embedded(store.settings):
        write_demo_segments(store.settings, SEGMENTS)
    return (
        f"The demo is ready: {count(len(documents), 'prediction')} of scanned digits in "
        f"{store.collection.full_name} at {place(store.settings)}, with their images in {folder}."
    )


def fill_if_empty(store: Store, now: datetime) -> str:
    """Fill the bundled database at its first start, unless the demo was removed from it."""
    if not is_embedded(store.settings) or _declined(store.settings).exists():
        return "No demo was written."
    if DemoDocuments(store).exists(whole=True) or not (store.predictions.is_empty() or DemoDocuments(store).exists()):
        return "The database already has documents; no demo was written."
    return fill(store, now)


def remove(store: Store) -> str:
    """Remove the documents, images and profiles of the demo."""
    mark = DemoDocuments(store).mark()
    if not mark:
        return "There is no demo."
    for name in mark.filenames:
        (store.settings.images / name).unlink(missing_ok=True)
    shutil.rmtree(demo_profiles(store.settings), ignore_errors=True)
    Outbox(store).remove_demo()
    DemoDocuments(store).remove(mark)
    for annotation in Annotations(store).read():
        if annotation.by == BY:
            Annotations(store).remove(annotation.id)
    AuditPlans(store).remove(BY)
    remove_demo_segments(store.settings)
    history.invalidate(store)  # its days are not what they were
    if is_embedded(store.settings):
        _declined(store.settings).touch()
    return f"The demo is removed and is not written again unless you run `{DEMO}`."


def _audit_plan(since: date, now: datetime) -> AuditPlan:
    return AuditPlan(since, AUDIT_SALT, AUDIT_SHARE, (), (AUDIT_SHARE, AUDIT_SHARE), BY, now)


def _refuse_to_overwrite(folder: Path, made: Demo) -> None:
    taken = next((name for name in made.images if (folder / name).exists()), None)
    if taken:
        raise MonitorError(
            f"{folder / taken} exists and does not belong to the demo; move it, or set MONITOR_IMAGE_FOLDER."
        )


def _declined(settings: Settings) -> Path:
    """Return the file that marks the demo as removed, because the next start finds an empty database again."""
    return settings.model_folder / "no-demo"


def _as_stored(document: dict[str, Any], fields: FieldNames) -> dict[str, Any]:
    return {getattr(fields, name, name): value for name, value in document.items()}


def _pilot(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    end = local_day(_live_start(now, zone), zone) - timedelta(days=PILOT_REVIEW_DAYS + 1)
    return Period(end - timedelta(days=PILOT_DAYS - 1), end).bounds(zone)


def _live_start(now: datetime, zone: ZoneInfo, days: int = LIVE_DAYS) -> datetime:
    return start_of(local_day(now, zone) - timedelta(days=days - 1), zone)


def _predictions(now: datetime, zone: ZoneInfo, rng: np.random.Generator, seed: int) -> Predictions:
    scans, targets = _digits(rng)
    pilot = _arrivals(PILOT_IMAGES, _rhythm(*_pilot(now, zone), zone, _traffic_pace), rng)
    live_rhythm = _rhythm(_live_start(now, zone), now, zone, _traffic_pace)
    arrived = np.concatenate([pilot, _arrivals(len(targets) - PILOT_IMAGES, live_rhythm, rng)])
    cameras = rng.integers(0, len(CAMERAS), len(targets))
    since, until = _milliseconds(_live_start(now, zone, DIRTY_DAYS)), _milliseconds(now)
    dirt = np.where(cameras == 1, _dirt(arrived, since, until), 0)
    photos, seen = list[bytes](), list[Floats]()
    for piece in photographs(scans, cameras, dirt, seed):
        photos += map(jpeg, piece)
        seen.append(seen_by_the_classifier(piece))
    rows = np.concatenate(seen).reshape(len(targets), -1) / DARKEST
    deployed = int((arrived < _milliseconds(_live_start(now, zone, DEPLOYED_DAYS))).sum())
    scores = _scores(rows, targets, deployed)
    return Predictions(photos, cameras, targets, scores.argmax(axis=1), scores.max(axis=1), arrived)


def _digits(rng: np.random.Generator) -> tuple[Floats, Ints]:
    from sklearn.datasets import load_digits  # a second to import, and only the demo needs it

    digits = load_digits()
    order = rng.permutation(len(digits.target))
    return digits.images[order], digits.target[order]


def _scores(rows: Floats, targets: Ints, deployed: int) -> Floats:
    """Return the probability of each class, shape (rows, classes): of the pilot, by cross-validation.

    The second model answers from the row `deployed` on.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    model = LogisticRegression(C=1.5, max_iter=300)
    pilot, answers = rows[:PILOT_IMAGES], targets[:PILOT_IMAGES]
    unseen = cross_val_predict(model, pilot, answers, cv=5, method="predict_proba")
    first = LogisticRegression(C=3.5, max_iter=300)  # as confident as the second, though it has seen less
    first.fit(pilot[:FIRST_IMAGES], answers[:FIRST_IMAGES])
    of_first = first.predict_proba(rows[PILOT_IMAGES:deployed])
    return np.vstack([unseen, of_first, model.fit(pilot, answers).predict_proba(rows[deployed:])])


def _dirt(arrived: Ints, since: int, until: int) -> Floats:
    """Return how dirty the lens is: 0 before it begins, then from 0.75 to 1."""
    return np.where(arrived < since, 0, 0.75 + 0.25 * (arrived - since) / (until - since))


def _traffic_pace(local: datetime) -> float:
    return TRAFFIC_HOURS[local.hour] * TRAFFIC_DAYS[local.weekday()]


def _review_pace(local: datetime) -> float:
    """Return the pace of reviewing: 1 in office hours, and a little on Saturday mornings."""
    if local.weekday() == 5:
        return 0.2 if 10 <= local.hour < 13 else 0
    return 1 if local.weekday() < 5 and 9 <= local.hour < 18 else 0


def _rhythm(start: datetime, end: datetime, zone: ZoneInfo, pace: Callable[[datetime], float]) -> Rhythm:
    steps = [start + n * STEP for n in range(-((start - end) // STEP))]
    edges = np.array([_milliseconds(instant) for instant in [*steps, end]])
    paces = [pace(instant.astimezone(zone)) for instant in steps]
    return Rhythm(edges, np.concatenate([[0], np.cumsum(np.diff(edges) / 3_600_000 * paces)]))


def _arrivals(number: int, rhythm: Rhythm, rng: np.random.Generator) -> Ints:
    """Draw `number` arrivals from a Poisson process with this rhythm."""
    return rhythm.instants_of(np.sort(rng.uniform(0, rhythm.readings[-1], number)))


def _reviewed(predictions: Predictions, desk: Rhythm, audited_from: int, rng: np.random.Generator) -> Ints:
    """Draw when each prediction was reviewed, in milliseconds since 1970; -1: not yet or never.

    The audit begins at the instant `audited_from`, and all of it is reviewed.
    """
    rows = len(predictions.targets)
    hours = np.maximum(rng.lognormal(np.log(REVIEW_HOURS), 1.1, rows), 0.05)
    chosen = rng.random(rows) < 1.25 - 0.65 * predictions.confidences  # the unsure ones first, seen in any month
    hours[:PILOT_IMAGES] = rng.uniform(0.2, 8, PILOT_IMAGES)  # all of them, in time for the training
    chosen[:PILOT_IMAGES] = True
    drawn = np.array([hashed(AUDIT_SALT, _filename(row)) < AUDIT_SHARE for row in range(rows)])
    chosen |= drawn & (predictions.arrived >= audited_from)
    return np.where(chosen, desk.instants_of(desk.readings_at(predictions.arrived) + hours), -1)


def _answers(predictions: Predictions, reviewed: Ints, rng: np.random.Generator) -> list[int | bool | None]:
    """Draw the reviewers' entries: mostly the class, sometimes only whether the prediction is right."""
    right = predictions.labels == predictions.targets
    brief = rng.random(len(right)) < np.where(right, CONFIRMED, REJECTED)
    brief[:PILOT_IMAGES] = False  # a training set needs classes
    entered = [bool(right[row]) if brief[row] else int(target) for row, target in enumerate(predictions.targets)]
    return [answer if at >= 0 else None for answer, at in zip(entered, reviewed, strict=True)]


def _document(row: int, predictions: Predictions, reviewed: int, answer: int | bool | None) -> dict[str, Any]:
    return {
        "filename": _filename(row),
        "confidence": round(float(predictions.confidences[row]), 4),
        "prediction": int(predictions.labels[row]),
        "validated": answer,
        "predicted_at": _instant(int(predictions.arrived[row])),
        "trained": row < PILOT_IMAGES,
        "logged": False,
        "validated_at": _instant(reviewed) if reviewed >= 0 else None,
        "camera": CAMERAS[predictions.cameras[row]],
    }


def _filename(row: int) -> str:
    return f"digit-{row:04d}.jpg"


def _milliseconds(instant: datetime) -> int:
    """Return milliseconds since 1970, rounded down to BSON's precision."""
    return (instant - EPOCH) // ONE_MILLISECOND


def _instant(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * ONE_MILLISECOND
