"""The commands `check` and `status`: judge the rules once, and say whether the model is fine."""

from typing import Annotated, Any

import typer

from monitor_core.alerting.routing import routing_problems
from monitor_core.alerting.rules import Rule
from monitor_core.cli.evaluations import coloured, evaluation_json, worst_status
from monitor_core.cli.options import Format, FormatOption, PeriodOption, chosen_basis, open_configured, resolved
from monitor_core.cli.output import console, print_json, say, warn
from monitor_core.contract.errors import RuleError
from monitor_core.mongo.rulebook import Rulebook, Unusable
from monitor_core.reports import facts
from monitor_core.reports.state.verdict import as_json, lines, read_verdict
from monitor_core.settings.place import CLI
from monitor_core.settings.targets import targets

EXIT_CODES = {"ok": 0, "firing": 1, "no data": 2, "check failed": 2}
STATUS_CODES = {"good": 0, "bad": 1, "unknown": 2}
Names = Annotated[str, typer.Option("--rules", help="Names separated by commas; all enabled rules by default.")]


def check(period: PeriodOption = None, names: Names = "", output: FormatOption = Format.table) -> None:
    """Judge the rules once, without writing anything.

    The exit code is 0 if no rule fires, 1 if one does, and 2 if one cannot be judged. A period is judged as one
    window that ends on its last day.
    """
    store = open_configured()
    now = store.now()
    rules, unusable = _chosen(Rulebook(store), names)
    days = resolved(store, chosen_basis(store, None), period) if period else None
    judged = facts.check(store, rules, now, days)
    routing = routing_problems(rules, targets(store.settings))
    evaluations = [evaluation_json(store, rule, evaluation) for rule in rules for evaluation in judged[rule.name]]
    status = worst_status(evaluation for of_rule in judged.values() for evaluation in of_rule)
    if unusable and status != "firing":
        status = "check failed"
    if output is Format.json:
        routed = {"routing": routing} if routing else {}
        reasons = {rule.name: rule.reason for rule in unusable}
        print_json({"at": now.isoformat(), "status": status, "evaluations": evaluations, "unusable": reasons} | routed)
    else:
        _print(evaluations)
        for sentence in [*(rule.reason for rule in unusable), *routing]:
            warn(sentence)
    raise typer.Exit(EXIT_CODES[status])


def status(output: FormatOption = Format.table) -> None:
    """Say whether the model is fine, as the rules were last judged.

    The exit code is 0 if it is and no critical alert is open, 1 if it is worse or one is, and 2 if it is not known.
    """
    store = open_configured()
    verdict = read_verdict(store)
    if output is Format.json:
        print_json(as_json(verdict))
    else:
        for sentence in lines(verdict):
            say(sentence)
    raise typer.Exit(STATUS_CODES[verdict.level])


def _chosen(book: Rulebook, names: str) -> tuple[list[Rule], list[Unusable]]:
    """Return the rules to judge, and the chosen rules that cannot be used."""
    listed = [name.strip() for name in names.split(",") if name.strip()]
    if listed:
        return [book.rule(name) for name in listed], []
    rules = [rule for rule in book.rules() if rule.enabled]
    unusable = [rule for rule in book.unusable() if rule.enabled]
    if not rules and not unusable:
        raise RuleError(f"There is no enabled rule to check; `{CLI} rules list` names them all.")
    return rules, unusable


def _print(evaluations: list[dict[str, Any]]) -> None:
    for evaluation in evaluations:
        of_class = f" ({evaluation['class_name']})" if evaluation["class_name"] else ""
        console.print(coloured(f"{evaluation['status']:<12}"), end=" ")
        say(f"{evaluation['rule']}{of_class}: {evaluation['sentence']}")
