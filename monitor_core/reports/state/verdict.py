"""The verdict on the model: whether it is fine today, from the rules as they were last judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.rules import Condition, Rule
from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.mongo.alerts import Alerts, noticed
from monitor_core.mongo.rulebook import Latest, Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.performance_json import selection_json
from monitor_core.reports.score import Score, null
from monitor_core.reports.unreviewed.accuracy import AllPredictionsReport, read_accuracy_over_all
from monitor_core.scores.metrics import METRIC

State = Literal["fine", "worse", "not enough reviews", "no reviews", "not judged"]
Level = Literal["good", "bad", "unknown"]
TITLES: dict[State, str] = {
    "fine": "Fine",
    "worse": "Worse",
    "not enough reviews": "Not enough reviews",
    "no reviews": "No reviews",
    "not judged": "Not judged",
}
DAYS = timedelta(days=7)  # of the accuracy where no rule gives a period
REPRESENTATIVE_DAYS = timedelta(days=30)
ACCURACY = METRIC["accuracy"]


@dataclass(frozen=True)
class ModelVerdict:
    """A verdict, with the figures behind it; all of it as the rules were last judged."""

    state: State
    since: datetime | date | None  # worse: the day on which the first open alert began; not judged: the last judgement
    selection: Selection  # of the accuracy
    accuracy: Score
    reference: float | None  # accuracy in the days that the rule compares with
    reference_interval: tuple[float | None, float | None]
    reference_samples: int
    because: str  # a sentence, or empty: why there is no verdict, or which alerts speak against the model
    alerts: dict[str, int]  # open, by severity
    newest_review_at: datetime | None
    at: datetime  # by the database's clock
    time_zone: str
    over_all: AllPredictionsReport  # of the last 30 days' predictions

    @property
    def level(self) -> Level:
        """Return whether the model needs attention; unknown: first find out why there is no verdict."""
        if self.state == "worse" or self.alerts.get("critical"):
            return "bad"
        return "good" if self.state == "fine" else "unknown"

    @property
    def title(self) -> str:
        """Return the state as a heading, such as "Worse since 6 Nov 2026"."""
        if self.state == "worse" and isinstance(self.since, date):
            return f"{TITLES[self.state]} since {wording.day(self.since)}"
        if self.state == "no reviews" and self.newest_review_at:
            return "No new reviews"
        if self.state == "fine" and self.level == "bad":
            return "Fine, but a critical alert is open"
        return TITLES[self.state]

    @property
    def sentence(self) -> str:
        """Say the accuracy with its interval, count and period, that of the reference, and why."""
        return f"{self._accuracy()} {self.because}".strip()

    def _accuracy(self) -> str:
        score = self.accuracy
        size = wording.count(score.samples, "reviewed sample")
        if not score.is_shown:
            return f"{size[0].upper()}{size[1:]} {wording.during(self.selection.period)}." if score.samples else ""
        before = ""
        if self.reference is not None:
            before = f", against {self._reference()} in the reference period"
        value, interval = wording.percent(score.value), score.interval_in_words(ACCURACY.scale)
        return f"Accuracy is {value} ({interval}, {size}) {wording.during(self.selection.period)}{before}."

    def _reference(self) -> str:
        low, high = self.reference_interval
        if low is None:  # judged by an earlier version
            return f"{wording.percent(self.reference)} ({wording.count(self.reference_samples, 'sample')})"
        return wording.estimate(self.reference, low, high, self.reference_samples)

    @property
    def alerts_in_words(self) -> str:
        """Return the number of open alerts by severity, such as "1 critical alert, 2 warnings"."""
        nouns = {"critical": "critical alert", "warning": "warning"}
        numbers = [wording.count(self.alerts[name], noun) for name, noun in nouns.items() if self.alerts.get(name)]
        return ", ".join(numbers) or "No open alert"

    @property
    def freshness(self) -> str:
        """Say how old the newest review is."""
        newest = self.newest_review_at
        return f"Newest review {wording.ago(newest, self.at)}" if newest else "No review yet"

    @property
    def stands_for_all(self) -> str:
        """Return the accuracy over all predictions; empty where that of the reviewed ones stands for it."""
        return self.over_all.sentence if self.over_all.is_shown else ""


def lines(verdict: ModelVerdict) -> list[str]:
    """Return the verdict as text, the most important first."""
    about = [f"{verdict.title}. {verdict.sentence}", f"{verdict.alerts_in_words}. {verdict.freshness}."]
    return about + [verdict.stands_for_all] * bool(verdict.stands_for_all)


def read_verdict(store: Store) -> ModelVerdict:
    """Read the verdict; nothing is judged now, and rules that are not judged in time make it unknown."""
    now, zone = store.now(), store.settings.zone
    book, alerts, today = Rulebook(store), Alerts(store), local_day(now, zone)
    latest, newest = book.latest(), store.predictions.newest_review_at(now)
    judged, open_alerts = _deciding([of for of in latest if is_about_the_model(of.rule)]), alerts.open_alerts()
    state, since, because = _state(open_alerts, latest, judged, book.rules())
    timeliness = book.timeliness(now)
    if timeliness.is_late:
        state, since, because = "not judged", timeliness.since, timeliness.sentence(zone)
    elif newest is None:
        state, since, because = "no reviews", None, "No prediction has been reviewed yet."
    evaluation, selection = _quoted(judged, today)
    counts = store.counts.of(selection)
    return ModelVerdict(
        state,
        since,
        selection,
        reports.overall_scores(counts.confusion, [ACCURACY])[ACCURACY.key],
        evaluation.reference if evaluation else None,
        (evaluation.reference_low, evaluation.reference_high) if evaluation else (None, None),
        evaluation.reference_samples if evaluation else 0,
        because,
        noticed(open_alerts),
        newest,
        now,
        store.settings.time_zone,
        read_accuracy_over_all(store, Selection(Period(today - REPRESENTATIVE_DAYS + ONE_DAY, today), "predicted")),
    )


def is_about_the_model(rule: Rule) -> bool:
    """Return whether the rule fires if the model becomes worse, and only then: a score is low or falls."""
    return any(_finds_falls(condition) for condition in rule.conditions)


def _finds_falls(condition: Condition) -> bool:
    if condition.measure.drift is not None:
        return condition.operator == "drifted" and condition.measure.drift.finds_falls
    falls = condition.operator == "changed_by_more_than" and condition.direction == "down"
    return condition.measure.kind == "score" and (condition.operator == "below" or falls)


def _deciding(rules: Sequence[Latest]) -> Latest | None:
    """Return the rule whose figures are quoted: of those that fire, or else were judged, one with a reference."""
    judged = [of for of in rules if of.evaluations]
    order = {"firing": 0, "ok": 1, "no data": 2, "check failed": 3}

    def rank(of: Latest) -> tuple[int, bool, bool]:
        evaluation = of.evaluations[0]
        return order[evaluation.status], evaluation.reference is None, of.rule.reference.kind == "anchor"

    return min(judged, key=rank, default=None)


def _quoted(judged: Latest | None, today: date) -> tuple[Evaluation | None, Selection]:
    """Return the evaluation whose figures are quoted, and whose days; without a verdict, the last days."""
    evaluation = judged.evaluations[0] if judged else None
    if judged is None or evaluation is None or evaluation.status not in ("ok", "firing"):
        return None, Selection(Period(today - DAYS + ONE_DAY, today), "validated")
    return evaluation, Selection(evaluation.period, judged.rule.basis)


def _state(
    open_alerts: Sequence[Alert], latest: Sequence[Latest], judged: Latest | None, rules: Sequence[Rule]
) -> tuple[State, date | None, str]:
    """Return state, beginning and reason, as the rules have it."""
    about_model = [of for of in latest if is_about_the_model(of.rule)]
    firing = [alert for alert in open_alerts if alert.fired_at is not None]
    of_model, of_reviews = (
        {of.rule.name for of in rules}
        for rules in (about_model, [of for of in latest if _is_about_missing_reviews(of.rule)])
    )
    if against := [alert for alert in firing if alert.rule in of_model]:
        return "worse", min(alert.opened_on for alert in against), _are_open(against)
    if unreviewed := [alert for alert in firing if alert.rule in of_reviews]:
        return "no reviews", None, unreviewed[0].evaluation.sentence
    if judged is None:
        return "not judged", None, _why_not_judged(rules)
    if any(evaluation.status == "ok" for of in about_model for evaluation in of.evaluations):
        return "fine", None, "The rules find no evidence of a fall."
    evaluation = judged.evaluations[0]
    if evaluation.status == "check failed":
        return "not judged", None, evaluation.sentence
    return "not enough reviews", None, evaluation.sentence if evaluation.samples else "The rules need more of them."


def _why_not_judged(rules: Sequence[Rule]) -> str:
    if any(rule.enabled and is_about_the_model(rule) for rule in rules):
        return "The rules that find falls of a score have not been judged since they were changed."
    return "No rule that is enabled finds falls of a score or of accuracy."


def _are_open(alerts: Sequence[Alert]) -> str:
    titles = [f"“{title}”" for title in dict.fromkeys(alert.title for alert in alerts)]
    return f"The alert {titles[0]} is open." if len(titles) == 1 else f"The alerts {wording.listed(titles)} are open."


def _is_about_missing_reviews(rule: Rule) -> bool:
    return any(condition.measure.missing == "validated" for condition in rule.conditions)


def as_json(verdict: ModelVerdict) -> dict[str, Any]:
    """Return the verdict as documented."""
    score = verdict.accuracy
    return {
        "at": verdict.at.isoformat(),
        "state": verdict.state,
        "level": verdict.level,
        "title": verdict.title,
        "since": verdict.since.isoformat() if verdict.since else None,
        "sentence": verdict.sentence,
        "period": selection_json(verdict.selection, verdict.time_zone),
        "accuracy": null(score.value) if score.is_shown else None,
        "accuracy_interval": [null(score.low), null(score.high)] if score.is_shown else [None, None],
        "samples": score.samples,
        "reference": verdict.reference,
        "reference_interval": list(verdict.reference_interval),
        "reference_samples": verdict.reference_samples,
        "alerts": verdict.alerts,
        "newest_review_at": verdict.newest_review_at.isoformat() if verdict.newest_review_at else None,
        "stands_for_all": verdict.stands_for_all or None,
    }
