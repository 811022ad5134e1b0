"""The digits demo: real scans, a real classifier, reviewers with office hours, and a lens that got dirty."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from monitor_core.period import Period, local_day, start_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LIVE_DAYS = 120  # today included
DIRTY_DAYS = 21  # of them the last, in which the lens is dirty
PILOT_DAYS = 14
PILOT_REVIEW_DAYS = 4  # between the pilot and the first live day: its last reviews, and the training
PILOT_IMAGES = 300

INK = 16  # the darkest value of a pixel in the digits
PIXELS_A_SIDE = 64  # of a picture for people
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)  # every zone's clock is a multiple of it away from UTC
STEP_HOURS = STEP / timedelta(hours=1)

TRAFFIC = (*[0.1] * 6, 0.3, 0.8, 1.5, 2, 2.2, 2.2, 1.8, 1.6, 1.7, 2, 2, 1.7, 1.3, 1, 0.8, 0.6, 0.3, 0.2)  # by hour
TRAFFIC_DAYS = (1, 1.05, 1, 1, 0.95, 0.45, 0.3)  # Monday first
REVIEW_HOURS = 6.0  # median working hours until a review, which is about a day by the clock on the wall
CONFIRMED = 0.024  # share of the right predictions that are confirmed with `true` rather than by their class
REJECTED = 0.10  # share of the wrong ones rejected with `false`


@dataclass(frozen=True)
class Demo:
    documents: list[dict[str, Any]]  # as the contract has them, in the order of their predictions
    images: dict[str, bytes]  # PNG by file name


@dataclass(frozen=True)
class Rhythm:
    """A clock that runs fast when much happens, slowly when little does, and rests when nothing does."""

    edges: Ints  # milliseconds since 1970, ascending
    shown: Floats  # what the clock shows at each edge, in hours at its normal pace

    def at(self, instants: Ints) -> Floats:
        return np.interp(instants, self.edges, self.shown)

    def when(self, shown: Floats) -> Ints:
        """The instants at which the clock shows this; -1 if it does so only after its last edge."""
        instants = np.interp(shown, self.shown, self.edges).astype(np.int64)
        return np.where(shown < self.shown[-1], instants, -1)


@dataclass(frozen=True)
class Predictions:
    """Parallel arrays, one row an image, in the order of arrival; the first PILOT_IMAGES are the pilot's."""

    pixels: Floats  # (rows, 8, 8), as the classifier saw them
    targets: Ints
    labels: Ints
    confidences: Floats
    arrived: Ints  # milliseconds since 1970


def make(now: datetime, zone: ZoneInfo, seed: int = 11) -> Demo:
    """A pilot fortnight, then 120 local days of predictions and reviews that end now; the same for the same arguments.

    The classifier learns from the pilot's images. In the last three weeks the images themselves are spoilt, so what
    a monitor sees there is real.
    """
    if now.tzinfo is None:
        raise ValueError(f"now is an instant with a zone, not {now}")
    rng = np.random.default_rng(seed)
    predictions = _predictions(now, zone, rng)
    reviewed = _reviewed(predictions, _rhythm(_pilot(now, zone), now, zone, _desk), rng)
    answers = _answers(predictions, reviewed, rng)
    names = [f"digit-{row:04d}.png" for row in range(len(reviewed))]
    documents = [_document(row, predictions, reviewed, answers) for row in range(len(reviewed))]
    for name, document in zip(names, documents, strict=True):
        document["filename"] = name
    return Demo(documents, {name: _png(pixels) for name, pixels in zip(names, predictions.pixels, strict=True)})
