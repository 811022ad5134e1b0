"""The verdicts of drift rules in words, with window, count and 95% interval of each figure."""

from collections.abc import Callable, Sequence

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.drift.newcomers import NewClass
from monitor_core.drift.reference import LEAST_AGE, LEAST_DAYS, LEAST_ROWS
from monitor_core.drift.verdicts import DriftTest

Sentence = Callable[[DriftTest, Sequence[str], str], str]  # of a test; names by index; what is counted: "sample"


def new_class(new: NewClass, name: str) -> str:
    """Say since when a class occurs and how many of its samples were recognised, as the report of these days says."""
    period, interval = Period(new.since, new.last), wording.interval(new.low, new.high)
    recall = wording.percent(new.recognised / new.samples)
    return (
        f"Class {name} is new since {wording.day(new.since)}: {wording.count(new.samples, 'sample')} "
        f"{wording.during(period)}, {new.recognised:,} recognised (recall {recall}, {interval})."
    )


def learning(test: DriftTest, names: Sequence[str], counted: str) -> str:
    return (
        f"Learning: the reference period holds {wording.count(test.reference_size, counted)} so far; "
        f"{LEAST_ROWS} on {LEAST_DAYS} different days are needed, the first of them at least {LEAST_AGE} days before "
        "its end."
    )


def not_enough_data(test: DriftTest, names: Sequence[str], counted: str) -> str:
    return f"Not enough data: {wording.count(test.current_size, counted)} {_when(test)}."


def accuracy(test: DriftTest, names: Sequence[str], counted: str) -> str:
    if test.now is None:
        return f"No evidence of a fall of accuracy: there were no {counted}s {_when(test)}."
    if test.verdict == "stable" and test.statistic < test.threshold:
        return f"No evidence of a fall: accuracy is {_figures(test, counted)}.{_selection(test)}"
    if test.verdict == "stable":
        fires = f"the rule fires from a fall by {_floor(test)}, or by more in one class"
        small = f"There is evidence of a fall, but too small a fall: accuracy is {_figures(test, counted)}; {fires}."
        return f"{small}{_selection(test)}"
    fall = f"Accuracy is falling: {_figures(test, counted)}"
    if test.falls is not None:
        fall = f"Recall of {names[test.falls]} is falling: {_recall_figures(test, counted)}"
    elif (test.effect or 0) < test.floor:
        fall = f"Recall is falling in one or more classes; overall, accuracy is {_figures(test, counted)}"
    return (
        f"{fall}. Errors have been coming in faster than in the reference "
        f"period; for a model that has not got worse, this rule fires less than once in {test.threshold:,g} days on "
        f"average. {_most(test, names)}{_selection(test)}{_after_rise(test)}"
    )


def risen(test: DriftTest, names: Sequence[str], counted: str) -> str:
    if test.now is None:
        return f"No evidence of a rise of accuracy: there were no {counted}s {_when(test)}."
    if test.verdict == "stable":
        return f"No evidence of a rise: accuracy is {_figures(test, counted)}."
    return (
        f"Accuracy has risen without a deployment: {_figures(test, counted)}. Either the model or its images have "
        f"become better, or reviews only confirm what was predicted.{_unsure(test, counted)}"
    )


def _unsure(test: DriftTest, counted: str) -> str:
    """Say how many predictions of low confidence were right, where confirmations without a look show first."""
    if test.unsure_now is None or test.unsure_before is None:
        return ""
    return (
        f" Of the fifth of the predictions with the lowest confidence, {wording.percent(test.unsure_now)} were right "
        f"({wording.count(test.unsure_size, counted)}), against {wording.percent(test.unsure_before)} in the reference "
        "period."
    )


def _selection(test: DriftTest) -> str:
    """Say what the rule compares where reviews differ from all predictions in confidence, or come in an order."""
    says = ""
    if test.readiness:
        says = (
            " The order of review makes review dates differ more than prediction dates, so the rule goes by prediction "
            f"date and leaves out the last {test.readiness} days."
        )
    if test.scenes:
        says += f" They are of {wording.count(test.scenes, 'scene')}, each of which the rule counts once."
    elif test.tested_now is not None and test.tested_before is not None and _differ(test):
        says += (
            " Estimated for all predictions from their confidence, it is "
            f"{wording.percent(test.tested_now)}, against {wording.percent(test.tested_before)} in the reference "
            "period; the rule compares these."
        )
    if test.missing:
        says += f" For {wording.percent(test.missing)} of the predictions there are no reviews of like confidence."
    return says


def _differ(test: DriftTest) -> bool:
    """Return whether the estimated figures differ from the others as they are displayed."""
    pairs = ((test.tested_now, test.now), (test.tested_before, test.before))
    return any(wording.percent(tested) != wording.percent(plain) for tested, plain in pairs)


def _after_rise(test: DriftTest) -> str:
    if test.risen_on is None:
        return ""
    return (
        f" Until {wording.day(test.risen_on)} accuracy had been above its reference without a deployment: if reviews "
        "that only confirmed have ended, this fall is their end, and not the model's."
    )


def _most(test: DriftTest, names: Sequence[str]) -> str:
    if test.falls is not None:
        return "It has fallen significantly more than the other classes."
    if test.moved is None or test.moved_by is None:
        return "No class has fallen significantly more than the others."
    name, fell = names[test.moved], wording.moved_by(test.moved_by / 100)
    recall = "its recall among samples of a known class" if test.rejected else "its recall"
    return f"Class {name} has fallen significantly more than the others: {recall} {fell}."


def _recall_figures(test: DriftTest, counted: str) -> str:
    """Say the recall; if samples were rejected, it is the most that it can be."""
    if not test.rejected:
        return _figures(test, counted)
    rejected = f"{wording.count(test.rejected, counted)} rejected without a true class"
    before = "" if test.before is None else f", against at most {wording.percent(test.before)} in the reference period"
    size = wording.count(test.current_size, counted)
    return f"at most {wording.percent(test.now)} ({size} of the class, {rejected}) {_when(test)}{before}"


def mix(of_what: str) -> Sentence:
    """Return the sentence function for a mix of, for example, "predicted classes"."""
    kind = "class " if of_what.endswith("classes") else ""
    each = kind.strip() or "part"

    def sentence(test: DriftTest, names: Sequence[str], counted: str) -> str:
        mix_of = f"mix of {of_what}"
        if test.effect is None:
            return f"No evidence that the {mix_of} has moved: there were no {counted}s {_when(test)}."
        apart = f"{wording.points(test.effect / 100)} (total variation)"
        sizes = f"the mixes of {wording.count(test.current_size, counted)} {_when(test)} and of the reference period"
        if test.verdict == "drifted" and test.moved is not None:
            return (
                f"The {mix_of} has moved: {kind}{names[test.moved]} makes up {_figures(test, counted)}. The two mixes "
                f"differ by {apart}. {_chance(test)}"
            )
        if test.verdict == "drifted":
            none = f"No {each} has moved significantly by itself."
            return f"The {mix_of} has moved: {sizes} differ by {apart}. {none} {_chance(test)}"
        if test.going_on is not None:
            led = f"by {wording.points(test.going_on / 100)} from where this movement leads, not enough to fire"
            return f"The {mix_of} moves as it did in the reference period: {sizes} differ by {apart}, and {led}."
        if (test.p_value or 0) < test.threshold:
            least = wording.points(test.floor / 100)
            return (
                f"The {mix_of} has moved too little to matter: {sizes} differ by {apart}; the rule fires from {least}."
            )
        return f"No evidence that the {mix_of} has moved: {sizes} differ by {apart}; {_noise(test, counted)}."

    return sentence


def confidence(test: DriftTest, names: Sequence[str], counted: str) -> str:
    if test.now is None or test.before is None or test.effect is None:
        return f"No evidence that confidence has moved: there were no {counted}s {_when(test)}."
    if test.below is not None:
        more = "more" if test.now > test.before else "fewer"
        gap = f"{wording.points(test.effect / 100)} {more}, where the two distributions are furthest apart"
        share = f"the share below {wording.percent(test.below)} is {_figures(test, counted)}"
        return f"Confidence has moved: {share}: {gap}. {_chance(test)}"
    apart = f"the distributions are at most {wording.points(test.effect / 100)} apart"
    mean = f"its mean is {_figures(test, counted)}, and {apart}"
    if (test.p_value or 0) < test.threshold:
        return f"Confidence has moved too little to matter: {mean}; the rule fires from {_floor(test)}."
    return f"No evidence that confidence has moved: {mean}; {_noise(test, counted)}."


def _floor(test: DriftTest) -> str:
    return wording.points(test.floor / 100)


def _figures(test: DriftTest, counted: str) -> str:
    """Say the current figure with its interval, count and window, followed by that of the reference."""
    number = f"{wording.percent(test.now)} ({wording.interval(test.low, test.high)}, "
    return f"{number}{wording.count(test.current_size, counted)}) {_when(test)}{_against(test, counted)}"


def _against(test: DriftTest, counted: str) -> str:
    """Say the figure of the reference, with interval and count where it is an accuracy or a recall."""
    if test.before is None:
        return ""
    of = ""
    if test.before_low is not None:
        size = wording.count(test.reference_size, counted)
        of = f" ({wording.interval(test.before_low, test.before_high)}, {size})"
    return f", against {wording.percent(test.before)}{of} in the reference period"


def _chance(test: DriftTest) -> str:
    return f"Chance alone would produce such a difference less than once in {1 / test.threshold:,.0f} cases."


def _noise(test: DriftTest, counted: str) -> str:
    """Say what chance makes on as many rows; where the test itself sees less in the difference, its p-value."""
    if test.chance is None or test.chance < (test.effect or 0):
        return f"the p-value is {test.p_value:.2g}, and the rule fires below {test.threshold:.2g}"
    return (
        f"on {wording.count(test.current_size, counted)}, chance alone makes up to {wording.points(test.chance / 100)}"
    )


def _when(test: DriftTest) -> str:
    left_out = (
        f", without {wording.count(test.left_out, 'day')} that {'does' if test.left_out == 1 else 'do'} not count"
    )
    return f"{wording.during(Period(test.since, test.last))}{left_out if test.left_out else ''}"
