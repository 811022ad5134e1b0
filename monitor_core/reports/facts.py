"""The data that alert rules are judged by, read from the history and the documents, and the rules' verdicts."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from types import MappingProxyType

from monitor_core.alerting.evaluation import Evaluation, bases, evaluate
from monitor_core.alerting.facts import Facts, last_before
from monitor_core.alerting.judgement import Judgement
from monitor_core.alerting.measurement import begins
from monitor_core.alerting.references import NO_ALERTS, AlertsOf, alerted_days
from monitor_core.alerting.rules import Rule
from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.drift.reference import WEEK
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.annotations import MODEL_CHANGES, Annotations
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports.training import training_counts
from monitor_core.reports.unreviewed.audited import typical_delay
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.daily import daily_table
from monitor_core.settings.place import CLI


def facts(
    store: Store,
    rules: Iterable[Rule],
    first: date,
    now: datetime,
    alerts: Mapping[str, AlertsOf] = MappingProxyType({}),
    live: bool = False,
) -> Facts:
    """Return the data needed to judge these rules on each day from `first` until now.

    `alerts`: by rule; their days are in no reference. `live`: count today's documents if they are not in the
    history yet.
    """
    rules, today = list(rules), local_day(now, store.settings.zone)
    metrics = {condition.metric for rule in rules for condition in rule.conditions}
    changes = Annotations(store).read(MODEL_CHANGES)
    retrainings = tuple(annotation.day for annotation in changes if annotation.kind == "retraining")
    model_changes = tuple(annotation.day for annotation in changes)
    first_days = {basis: store.first_day(basis) for basis in all_bases(rules)}
    days: dict[Basis, dict[date, DayCounts]] = {}
    spans: dict[Basis, Period] = {}
    for basis, first_day in first_days.items():
        start = min(_start(rule, first, retrainings, alerts, first_day) for rule in rules if basis in bases(rule))
        spans[basis] = Period(min(max(start, first_day or today, _oldest(store, today)), today), today)
        days[basis] = store.history.read(basis, spans[basis])
        if live and today not in days[basis]:
            days[basis][today] = store.counts.by_day(Selection(Period(today, today), basis))[0]
    return Facts(
        {basis: daily_table(spans[basis], of_basis, store.settings.class_names) for basis, of_basis in days.items()},
        whole_through=today - ONE_DAY,
        first_day=first_days,
        class_names=store.settings.displayed_names,
        training=lambda: training_counts(store.settings, store).counts,
        retrainings=retrainings,
        model_changes=model_changes,
        worker_lag_seconds=_lag_seconds(store, now) if "worker_lag_seconds" in metrics else None,
        days_to_review=_days_to_review(store, today) if "accuracy_over_all" in metrics else None,
        undated=_undated(store, rules, today) if "undated_documents" in metrics else {},
        missing={basis: len(spans[basis]) - len({*of_basis, today}) for basis, of_basis in days.items()},
    )


def all_bases(rules: Iterable[Rule]) -> set[Basis]:
    """Return the bases that the rules count by."""
    return set().union(*(bases(rule) for rule in rules))


def _start(
    rule: Rule, first: date, retrainings: tuple[date, ...], alerts: Mapping[str, AlertsOf], first_day: date | None
) -> date:
    """Return the first day that the rule needs to be judged from `first` on.

    An alert that opens then takes days out of the reference that are up to a gap older, so as many more are needed.
    """
    gap = max(WEEK, rule.window_days)
    first, retrained = first - timedelta(gap), last_before(retrainings, first - timedelta(rule.readiness_days))
    alerted = [alerted_days(of_class, first, gap) for of_class in alerts.get(rule.name, {}).values()]
    return min(begins(rule, first, retrained, periods, first_day) for periods in [(), *alerted])


def _oldest(store: Store, today: date) -> date:
    days = store.settings.history_days
    return max(today - timedelta(days - 1), FIRST_DAY) if days else FIRST_DAY


def _lag_seconds(store: Store, now: datetime) -> float:
    return (now - (store.predictions.waiting().oldest_review_at or now)).total_seconds()


def _days_to_review(store: Store, today: date) -> int | None:
    """Return after how many days the audit of a day is complete; None if there is no audit."""
    return ceil(typical_delay(store, today) / 24) if AuditPlans(store).read() else None


def _undated(store: Store, rules: list[Rule], today: date) -> dict[Basis, int]:
    return {
        basis: store.counts.of(Selection(Period(today, today), basis)).excluded[BASES[basis].undated]
        for basis in {rule.basis for rule in rules}
    }


def restarts_of(store: Store, day_facts: Facts) -> Callable[[Rule], set[date]]:
    """Return a function that gives the days on which a rule's evidence for falling accuracy is reset."""
    of_rule = Rulebook(store).restarts()
    return lambda rule: {*of_rule.get(rule.name, []), *day_facts.model_changes}


# ---- judging without writing


def check(
    store: Store, rules: Iterable[Rule], now: datetime, period: Period | None = None
) -> dict[str, list[Evaluation]]:
    """Return each rule's verdict now, or over a period as its window, by the rule's name."""
    today = local_day(now, store.settings.zone)
    rules = [_over(rule, period, today - ONE_DAY) for rule in rules]
    if not rules:
        return {}
    day = min(period.last, today) if period else today
    alerts = Alerts(store).alert_days(rule.name for rule in rules if rule.compares)
    day_facts = facts(store, rules, day - ONE_DAY, now, alerts, live=True)
    restarts = restarts_of(store, day_facts)
    return {
        rule.name: _latest(rule, day_facts, day, restarts(rule), alerts.get(rule.name, NO_ALERTS)) for rule in rules
    }


def past(store: Store, rule: Rule, period: Period, now: datetime) -> list[tuple[date, list[Evaluation]]]:
    """Return the verdicts that the rule would have had on each day, by today's data.

    Future days have none, and neither has today if the rule judges whole days. Days of alerts are in no reference: of
    those that the rule had or, if it is not stored like this, of those that it would have had.
    """
    today = local_day(now, store.settings.zone)
    if period.first > today:
        return []
    period = Period(period.first, min(period.last, today))
    stored = next((stored for stored in Rulebook(store).rules() if stored.name == rule.name), None)
    is_stored = stored is not None and stored.judged_part == rule.judged_part
    alerts = Alerts(store).alert_days([rule.name] if is_stored and rule.compares else [])
    day_facts = facts(store, [rule], period.first, now, alerts, live=True)
    restarts = restarts_of(store, day_facts)(rule)
    replayed, days = Judgement(rule, [], now, store.settings.zone, day_facts.model_changes), []
    for day in period.days:
        so_far = alerts.get(rule.name, NO_ALERTS) if is_stored else replayed.alert_days()
        if evaluations := _evaluated(rule, day_facts, day, restarts, so_far):
            replayed.take(day, evaluations)
            days.append((day, evaluations))
    return days


def _over(rule: Rule, period: Period | None, yesterday: date) -> Rule:
    """Return the rule with the period as its window, of which a rule that judges whole days leaves out today."""
    if period is None:
        return rule
    last = yesterday if rule.compares and period.first <= yesterday else period.last
    return rule.model_copy(update={"window_days": min(len(Period(period.first, min(period.last, last))), 366)})


def _latest(rule: Rule, day_facts: Facts, day: date, restarts: set[date], alerts: AlertsOf) -> list[Evaluation]:
    """Return the evaluations of the day, or of the day before for a rule that judges whole days."""
    days = (day, day - ONE_DAY)
    return next(filter(None, (_evaluated(rule, day_facts, day, restarts, alerts) for day in days)), [])


def _evaluated(rule: Rule, day_facts: Facts, day: date, restarts: set[date], alerts: AlertsOf) -> list[Evaluation]:
    missing = max(day_facts.missing[basis] for basis in bases(rule))
    if not missing:
        return evaluate(rule, day_facts, day, restarts, alerts)
    text = (
        f"The performance history lacks {missing} of the days that the rule needs: let the logger count them, or "
        f"run `{CLI} history rebuild`."
    )
    return [Evaluation(None, day, "check failed", text, Period(day, day))]
