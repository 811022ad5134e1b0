"""Timeliness: whether the rules are judged in time; if some are not, "no alert is open" means nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor_core.alerting.rules import Rule
from monitor_core.contract import wording
from monitor_core.settings.types import Schedule


@dataclass(frozen=True)
class Timeliness:
    """The rules that should have been judged by now and were not."""

    late: int  # rules
    rules: int  # that are enabled
    since: datetime | None  # the last judgement of the one that has waited longest; None: it was never judged

    @property
    def is_late(self) -> bool:
        return self.late > 0

    def sentence(self, zone: ZoneInfo) -> str:
        """Say which rules are overdue, and since when; empty if none is."""
        if not self.is_late:
            return ""
        which = (
            "The rules have" if self.late == self.rules else f"{self.late} of {wording.count(self.rules, 'rule')} have"
        )
        if self.since is None:
            return f"{which} never been judged. The logger judges them: start it, or read its log."
        return (
            f"{which} not been judged since {wording.instant(self.since, zone)}: the logger does not run, or it fails."
        )


def timeliness_of(
    rules: Sequence[Rule], judged_at: Mapping[str, datetime | None], schedule: Schedule, now: datetime
) -> Timeliness:
    """Return which of the enabled rules are overdue; a rule added recently has time until its first judgement."""
    enabled = [rule for rule in rules if rule.enabled]
    last = {rule.name: judged_at.get(rule.name) for rule in enabled}
    is_any_judged = any(last.values())
    late = [
        rule
        for rule in enabled
        if _is_late(last[rule.name] or (rule.changed_at if is_any_judged else None), schedule, now)
    ]
    instants = [last[rule.name] for rule in late]
    oldest = min((instant for instant in instants if instant), default=None)
    return Timeliness(len(late), len(enabled), None if None in instants else oldest)


def _is_late(last: datetime | None, schedule: Schedule, now: datetime) -> bool:
    return last is None or schedule.is_late(last, now)
