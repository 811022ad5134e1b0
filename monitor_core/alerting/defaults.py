"""The rules that a model begins with: the default ones, with what the settings say otherwise."""

import difflib
from collections.abc import Mapping
from typing import Any

from monitor_core.alerting.rules import DEFAULTS, OUR_OWN, Rule, as_json, rule_from
from monitor_core.contract.errors import RuleError, SettingsError
from monitor_core.settings.settings import variable

Changes = Mapping[str, Mapping[str, Any]]  # fields that differ, by the name of the rule


def default_rules(changes: Changes) -> tuple[Rule, ...]:
    """Return the default rules with these changes; raise SettingsError if one cannot be made.

    >>> {rule.name: rule.enabled for rule in default_rules({"no-reviews": {"enabled": False}})}["no-reviews"]
    False
    """
    names = [rule.name for rule in DEFAULTS]
    for name in changes:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"These are the default rules: {', '.join(names)}."
            raise _refused(f'there is no default rule "{name}". {hint}')
    return tuple(_changed(rule, changes.get(rule.name, {})) for rule in DEFAULTS)


def _changed(rule: Rule, fields: Mapping[str, Any]) -> Rule:
    refused = next((field for field in fields if field in ("name", *OUR_OWN)), None)
    if refused:
        raise _refused(f"{refused} of {rule.name} cannot be set; remove it.")
    try:
        return rule_from(as_json(rule) | dict(fields)) if fields else rule
    except RuleError as wrong:
        raise _refused(f"{rule.name}: {wrong}") from None


def _refused(reason: str) -> SettingsError:
    return SettingsError(f"{variable('rules')} cannot be used: {reason}")
