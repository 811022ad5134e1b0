"""The alert rules in the database, each with all its versions and its latest evaluations."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter

from monitor_core.alerting.defaults import default_rules
from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.rules import OUR_OWN, Rule, as_json, rule_from, stored_rule
from monitor_core.alerting.timeliness import Timeliness, timeliness_of
from monitor_core.contract.calendar import ONE_DAY, local_day
from monitor_core.contract.errors import RuleError
from monitor_core.mongo.connection import Document, answered, storable
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store
from monitor_core.settings.place import CLI

SEEDED_BY = "the monitor"
MOST_EVALUATIONS = 100  # kept of a rule's last look: of each class, the firing ones first
EVALUATIONS = TypeAdapter(list[Evaluation])


@dataclass(frozen=True)
class Version:
    """A version of a rule."""

    stored: Document  # the rule; another version of the monitor may have written it
    change: str  # added, changed, enabled, disabled, removed

    @property
    def changed_at(self) -> datetime | None:
        at = self.stored.get("changed_at")
        return datetime.fromisoformat(at) if at else None


@dataclass(frozen=True)
class Unusable:
    """A stored rule that this version cannot use, for example because of a metric of a later version."""

    name: str
    enabled: bool
    reason: str  # a sentence with the rule's name and the remedy
    stored: Document


@dataclass(frozen=True)
class Latest:
    """The latest evaluations of a rule."""

    rule: Rule
    at: datetime
    evaluations: tuple[Evaluation, ...]


class Rulebook:
    """The collections monitor_rules (one document for each rule) and monitor_rule_versions."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.current = store.ours["monitor_rules"]
        self.all_versions = store.ours["monitor_rule_versions"]

    @property
    def defaults(self) -> tuple[Rule, ...]:
        """The default rules as the settings have them."""
        return default_rules(self.settings.rules)

    @answered
    def seed(self, now: datetime) -> None:
        """Insert the default rules, each once: a default rule that was removed does not come back.

        As long as nobody has edited a rule, it follows the settings.
        """
        read = {"rule": 1, "removed": 1, "settings": 1}
        stored = {document["_id"]: document for document in self.current.find({}, read)}
        for rule in self.defaults:
            if rule.name not in stored:
                self._insert(rule.model_copy(update={"changed_at": now, "changed_by": SEEDED_BY}))
            elif not stored[rule.name]["removed"]:
                self._follow_settings(stored[rule.name], rule, now)

    def _follow_settings(self, document: Document, default: Rule, now: datetime) -> None:
        """Change a rule that nobody has edited to its default if the settings say otherwise than they did."""
        rule, of_settings = _read(document), self._of_settings(default.name)
        if document.get("settings", {}) == of_settings or not isinstance(rule, Rule) or rule.changed_by != SEEDED_BY:
            return
        if _chosen(rule) != _chosen(default):  # or a run that was interrupted here has changed it
            self._replace(rule, default, "changed", SEEDED_BY, now)
        self.current.update_one({"_id": rule.name}, {"$set": {"settings": of_settings}})

    def _of_settings(self, name: str) -> Document:
        """Return what the settings say of a default rule, as it is stored."""
        of_settings: Document = TypeAdapter(Document).dump_python(dict(self.settings.rules.get(name, {})), mode="json")
        return of_settings

    def _insert(self, rule: Rule) -> bool:
        """Insert a rule; return False if it exists."""
        self._keep_version(_stored(rule), "added")
        made = {"rule": _stored(rule), "removed": False, "restarts": []} | self.of_model
        if of_settings := self._of_settings(rule.name):
            made |= {"settings": of_settings}
        return not self.current.update_one({"_id": rule.name}, {"$setOnInsert": made}, upsert=True).matched_count

    def _keep_version(self, rule: Document, change: str) -> None:
        """Store a version, before the rule itself; if writing the rule fails, the next attempt replaces the version."""
        key = f"{rule['name']}/{rule['version']}"
        self.all_versions.replace_one({"_id": key}, {"rule": rule, "what": change} | self.of_model, upsert=True)

    @answered
    def rules(self) -> list[Rule]:
        """Return the usable rules by name; before anything was stored, the default ones."""
        stored = {document["_id"]: document for document in self.current.find({}, {"rule": 1, "removed": 1})}
        rules = [_read(document) for document in stored.values() if not document["removed"]]
        defaults = [rule for rule in self.defaults if rule.name not in stored]
        return sorted([*(rule for rule in rules if isinstance(rule, Rule)), *defaults], key=lambda rule: rule.name)

    @answered
    def unusable(self) -> list[Unusable]:
        """Return the rules left out of `rules`, by name; a rule that is not usable does not affect the others."""
        rules = [_read(document) for document in self.current.find({"removed": False}, {"rule": 1}).sort("_id", 1)]
        return [rule for rule in rules if isinstance(rule, Unusable)]

    def _unusable(self, name: str) -> Unusable | None:
        return next((rule for rule in self.unusable() if rule.name == name), None)

    def rule(self, name: str) -> Rule:
        """Return the rule of this name; raise RuleError with the reason if there is none that is usable."""
        rule = next((rule for rule in self.rules() if rule.name == name), None)
        if not rule:
            if unusable := self._unusable(name):
                raise RuleError(unusable.reason)
            raise RuleError(f'There is no rule "{name}"; `{CLI} rules list` names them.')
        return rule

    @answered
    def add(self, rule: Rule, by: str, now: datetime) -> Rule:
        """Add a rule; the version numbers of a removed rule with this name continue."""
        self.seed(now)
        document = self.current.find_one({"_id": rule.name})
        if document and not document["removed"]:
            raise RuleError(f'There is a rule "{rule.name}" already; edit it, or give yours another name.')
        if document:
            removed = _read(document)
            if isinstance(removed, Unusable):  # nothing of it matters but its number
                removed = rule.model_copy(update={"version": removed.stored["version"]})
            return self._replace(removed, rule, "added", by, now)
        new = rule.model_copy(update={"version": 1, "changed_at": now, "changed_by": by})
        if not self._insert(new):
            raise RuleError(f'Somebody has added a rule "{rule.name}" meanwhile; edit it, or give yours another name.')
        return new

    @answered
    def edit(self, name: str, changes: dict[str, Any], by: str, now: datetime) -> Rule:
        """Change some fields of a rule."""
        self.seed(now)
        refused = next((field for field in changes if field == "name" or field in OUR_OWN), None)
        before = self.rule(name)
        if refused and changes[refused] != as_json(before)[refused]:
            raise RuleError(f"{refused} cannot be edited: leave it out.")
        after = rule_from(as_json(before) | changes)
        return before if as_json(after) == as_json(before) else self._replace(before, after, "changed", by, now)

    def enable(self, name: str, enabled: bool, by: str, now: datetime) -> None:
        """Enable or disable a rule, as a new version of it."""
        if not enabled and (unusable := self._unusable(name)):
            if unusable.enabled:
                self._replace_unusable(unusable, False, "changed", by, now)
            return
        self.edit(name, {"enabled": enabled}, by, now)

    @answered
    def remove(self, name: str, by: str, now: datetime) -> None:
        """Remove a rule; its versions are kept."""
        self.seed(now)
        if unusable := self._unusable(name):
            self._replace_unusable(unusable, unusable.enabled, "removed", by, now)
            return
        before = self.rule(name)
        self._replace(before, before, "removed", by, now)

    def _replace(self, before: Rule, after: Rule, change: str, by: str, now: datetime) -> Rule:
        new = after.model_copy(update={"version": before.version + 1, "changed_at": now, "changed_by": by})
        changes: Document = {}
        is_first_judged = change == "added" or as_json(before.judged_part) != as_json(after.judged_part)
        if is_first_judged or (after.enabled and not before.enabled):
            changes["$unset"] = dict.fromkeys(("judged_through", "evaluated_at", "evaluations"), 1)
        if not is_first_judged and "$unset" in changes:  # the days while it was disabled are nobody's oversight
            del changes["$unset"]["judged_through"]
            changes["$set"] = {"judged_through": (local_day(now, self.settings.zone) - ONE_DAY).isoformat()}
        self._write(before.version, _stored(new), change, changes)
        return new

    def _replace_unusable(self, before: Unusable, enabled: bool, change: str, by: str, now: datetime) -> None:
        """Write a rule that is not usable, changing only whether it is enabled, and leaving the rest as it is."""
        number = before.stored["version"]
        changed = {"enabled": enabled, "version": number + 1, "changed_at": now.isoformat(), "changed_by": by}
        self._write(number, before.stored | changed, change, {})

    def _write(self, number: int, rule: Document, change: str, changes: Document) -> None:
        """Replace the version of this number; fails if somebody else has edited the rule in the meantime."""
        written = changes | {"$set": {"rule": rule, "removed": change == "removed"} | changes.get("$set", {})}
        if not self.current.update_one({"_id": rule["name"], "rule.version": number}, written).matched_count:
            raise RuleError(f'Somebody has edited the rule "{rule["name"]}" meanwhile; read it, and edit it again.')
        self._keep_version(rule, change)

    @answered
    def versions(self, name: str) -> list[Version]:
        """Return all versions, the newest first."""
        documents = self.all_versions.find({"rule.name": name}).sort("rule.version", -1)
        return [Version(document["rule"], document["what"]) for document in documents]

    @answered
    def chosen_targets(self) -> dict[str, list[str]]:
        """Return, by rule, the names of the targets that it chooses; of removed rules too, whose alerts are closed."""
        documents = self.current.find({"rule.notify.0": {"$exists": True}}, {"rule.notify": 1})
        # A rule that somebody else has written may hold anything; it must not keep other rules' alerts from people.
        return {
            document["_id"]: [name for name in document["rule"]["notify"] if isinstance(name, str)]
            for document in documents
        }

    @answered
    def restarts(self) -> dict[str, list[date]]:
        """Return, by rule, the days on which the evidence for falling accuracy is reset."""
        documents = self.current.find({"removed": False}, {"restarts": 1})
        return {
            document["_id"]: [date.fromisoformat(day) for day in document.get("restarts", [])] for document in documents
        }

    @answered
    def restart(self, name: str, day: date) -> None:
        """Reset the evidence of a rule to zero after a day."""
        self.current.update_one({"_id": name}, {"$addToSet": {"restarts": day.isoformat()}})

    # ---- what was judged

    @answered
    def judged_through(self) -> dict[str, date | None]:
        """Return the last whole day that each rule was judged on; None for a new rule or version."""
        documents = self.current.find({}, {"judged_through": 1})
        return {
            document["_id"]: date.fromisoformat(day) if (day := document.get("judged_through")) else None
            for document in documents
        }

    @answered
    def judged_at(self) -> dict[str, datetime]:
        """Return when each rule was last judged, so that rules that a run had no time for come first in the next."""
        documents = self.current.find({}, {"evaluated_at": 1})
        return {
            document["_id"]: document.get("evaluated_at") or datetime.min.replace(tzinfo=UTC) for document in documents
        }

    def timeliness(self, now: datetime) -> Timeliness:
        """Return which enabled rules should have been judged by now."""
        never = datetime.min.replace(tzinfo=UTC)
        judged_at = {name: None if at == never else at for name, at in self.judged_at().items()}
        return timeliness_of(self.rules(), judged_at, self.settings.log_every, now)

    @answered
    def note_judged(self, name: str, through: date, evaluations: list[Evaluation], now: datetime) -> None:
        """Store how far a rule was judged and its evaluations, firing classes first, after its alerts are written."""
        firing_first = sorted(evaluations, key=lambda evaluation: not evaluation.fires)[:MOST_EVALUATIONS]
        day, today = through.isoformat(), local_day(now, self.settings.zone).isoformat()
        by_a_wrong_clock = {"$gte": [{"$ifNull": ["$judged_through", ""]}, today]}  # a day that is not over
        judged = {
            "judged_through": {"$cond": [by_a_wrong_clock, day, {"$max": ["$judged_through", day]}]},
            "evaluated_at": now,
            "evaluations": {"$literal": [storable(evaluation) for evaluation in firing_first]},
        }
        self.current.update_one({"_id": name}, [{"$set": judged}])

    @answered
    def note_nothing_to_judge(self, names: list[str], now: datetime) -> None:
        """Store that these rules are up to date; their evaluations stay."""
        self.current.update_many({"_id": {"$in": names}}, {"$set": {"evaluated_at": now}})

    @answered
    def latest(self) -> list[Latest]:
        """Return the latest evaluations of each enabled and usable rule."""
        documents = self.current.find({"removed": False, "rule.enabled": True, "evaluated_at": {"$ne": None}})
        return [
            Latest(
                rule,
                document["evaluated_at"],
                tuple(EVALUATIONS.validate_python(document.get("evaluations", []))),
            )
            for document in documents.sort("_id", 1)
            if isinstance(rule := _read(document), Rule)
        ]


def _stored(rule: Rule) -> Document:
    """Return the rule as it is stored: without the field of chosen targets if it chooses none.

    Earlier versions of the monitor do not know the field, and could not use the rule.
    """
    document = as_json(rule)
    return document if rule.notify else {name: value for name, value in document.items() if name != "notify"}


def _chosen(rule: Rule) -> Document:
    """Return what somebody chooses of a rule."""
    return {name: value for name, value in as_json(rule).items() if name not in OUR_OWN}


def _read(document: Document) -> Rule | Unusable:
    name, stored = document["_id"], document["rule"]
    try:
        return stored_rule(name, stored)
    except RuleError as error:
        return Unusable(name, bool(stored.get("enabled", True)), str(error), stored)
