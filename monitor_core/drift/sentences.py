"""The verdicts of drift rules in words, with window, count and 95% interval of each figure."""

from collections.abc import Callable, Sequence

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.drift.reference import LEAST_DAYS, LEAST_ROWS
from monitor_core.drift.verdicts import DriftTest

Sentence = Callable[[DriftTest, Sequence[str], str], str]  # of a test; names by index; what is counted: "sample"


def learning(test: DriftTest, names: Sequence[str], counted: str) -> str:
    return (
        f"Learning: the reference period holds {wording.count(test.reference_size, counted)} so far; "
        f"{LEAST_ROWS} on {LEAST_DAYS} different days are needed."
    )


def not_enough_data(test: DriftTest, names: Sequence[str], counted: str) -> str:
    return f"Not enough data: {wording.count(test.current_size, counted)} {_when(test)}."


def accuracy(test: DriftTest, names: Sequence[str], counted: str) -> str:
    subject = "Accuracy" if test.falls is None else f"Recall of {names[test.falls]}"
    if test.verdict == "stable":
        if test.now is None:
            return f"No evidence of a fall of accuracy: there were no {counted}s {_when(test)}."
        subject = subject if test.falls is not None else "accuracy"
        return f"No evidence of a fall: {subject[0].lower()}{subject[1:]} is {_figures(test, counted)}."
    return (
        f"{subject} is falling: {_figures(test, counted)}. Errors have been coming in faster than in the reference "
        f"period; for a model that has not got worse, this rule fires less than once in {test.threshold:,g} days on "
        f"average.{_most(test, names)}"
    )


def _most(test: DriftTest, names: Sequence[str]) -> str:
    if test.falls is not None or test.moved is None or test.moved_by is None:
        return ""
    return f" The largest fall is in class {names[test.moved]}, whose recall {wording.moved_by(test.moved_by / 100)}."


def mix(of_what: str) -> Sentence:
    """Return the sentence function for a mix of, for example, "predicted classes"."""
    kind = "class " if of_what.endswith("classes") else ""

    def sentence(test: DriftTest, names: Sequence[str], counted: str) -> str:
        mix_of = f"mix of {of_what}"
        if test.effect is None or test.moved is None:
            return f"No evidence that the {mix_of} has moved: there were no {counted}s {_when(test)}."
        apart = f"{wording.points(test.effect / 100)} (total variation)"
        if test.verdict == "drifted":
            return (
                f"The {mix_of} has moved: {kind}{names[test.moved]} makes up {_figures(test, counted)}. The two mixes "
                f"differ by {apart}. {_chance(test)}"
            )
        predictions = wording.count(test.current_size, counted)
        differs = f"the mixes of {predictions} {_when(test)} and of the reference period differ by {apart}"
        if (test.p_value or 0) < test.threshold:
            least = wording.points(test.floor / 100)
            return f"The {mix_of} has moved too little to matter: {differs}; the rule fires from {least}."
        return f"No evidence that the {mix_of} has moved: {differs}, which is within noise."

    return sentence


def confidence(test: DriftTest, names: Sequence[str], counted: str) -> str:
    if test.now is None or test.before is None:
        return f"No evidence that confidence has moved: there were no {counted}s {_when(test)}."
    if test.verdict == "stable":
        return f"No evidence that confidence has moved: its mean is {_figures(test, counted)}."
    moved = "risen" if test.now > test.before else "fallen"
    return f"Confidence has {moved}: its mean is {_figures(test, counted)}. {_chance(test)}"


def _figures(test: DriftTest, counted: str) -> str:
    """Say the current figure with its interval, count and window, followed by that of the reference."""
    number = f"{wording.percent(test.now)} ({wording.interval(test.low, test.high)}, "
    before = "" if test.before is None else f", against {wording.percent(test.before)} in the reference period"
    return f"{number}{wording.count(test.current_size, counted)}) {_when(test)}{before}"


def _chance(test: DriftTest) -> str:
    return f"Chance alone would produce such a difference less than once in {1 / test.threshold:,.0f} cases."


def _when(test: DriftTest) -> str:
    return wording.during(Period(test.since, test.day))
