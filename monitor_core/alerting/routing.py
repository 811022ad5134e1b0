"""Recipients of a rule's notifications, and what is wrong with the targets that rules choose."""

from collections.abc import Iterable, Iterator, Sequence

from monitor_core.alerting.rules import Rule
from monitor_core.contract.wording import listed
from monitor_core.settings.targets import Target


def recipients(rule: Rule, targets: Sequence[Target]) -> list[str]:
    """Return the names of the targets that are notified of the rule's alerts.

    A rule that chooses only targets that do not exist notifies all, as if it chose none.
    """
    chosen = {target.name for target in targets} & set(rule.notify)
    return [target.name for target in targets if target.takes(rule.severity, chosen)]


def recipients_in_words(rule: Rule, targets: Sequence[Target]) -> str:
    """Return those names as a list, or "nobody"."""
    return listed(recipients(rule, targets) or ["nobody"])


def routing_problems(rules: Iterable[Rule], targets: Sequence[Target]) -> list[str]:
    """Return a sentence for each enabled rule that chooses a target that does not exist, or that notifies nobody."""
    return [sentence for rule in rules if rule.enabled for sentence in _problems(rule, targets)]


def _problems(rule: Rule, targets: Sequence[Target]) -> Iterator[str]:
    names = recipients(rule, targets)
    missing = [name for name in rule.notify if name not in {target.name for target in targets}]
    if missing:
        quoted = listed([f'"{name}"' for name in missing])
        are = "is no notification target" if len(missing) == 1 else "are no notification targets"
        verb = "are" if len(names) > 1 else "is"
        yield (
            f'The rule "{rule.name}" is to notify {quoted}, which {are} of the settings, so '
            f"{listed(names or ['nobody'])} {verb} notified of its alerts. Give an address this name, or change the "
            "rule."
        )
    elif rule.notify and not names:
        take = "takes" if len(rule.notify) == 1 else "take"
        yield (
            f'The rule "{rule.name}" notifies nobody: it is a {rule.severity}, and {listed(list(rule.notify))} {take} '
            "critical alerts only. Change its severity or its targets."
        )
