"""A rule as a form: its fields, each with what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from monitor_core.alerting import forms
from monitor_core.alerting.measures import COLUMNS, MEASURES, Measure
from monitor_core.app.frame import scores, session, state
from monitor_core.app.frame.text import plain
from monitor_core.contract.bases import BASES
from monitor_core.drift.reference import LEAST_AGE
from monitor_core.drift.rules import BY_KEY
from monitor_core.drift.verdicts import PRESETS
from monitor_core.settings.targets import targets

Data = dict[str, Any]
AVERAGED = {"macro": "the mean of the classes", "weighted": "the mean of the classes, by their samples"}
EVERY = "each class by itself"
JOINS = {"all": "all of them hold", "any": "any of them holds"}
MOST_CONDITIONS = 8
UNNAMED = "All targets are notified. Rules can choose among those with names, such as MONITOR_NOTIFY=team=slack://…"


@dataclass(frozen=True)
class RuleForm:
    """A form of a rule: the data it begins with, and the key of its widgets."""

    start: Data
    key: str
    is_new: bool

    def filled(self, names: Sequence[str]) -> tuple[Data, bool]:
        """Show the form; return the rule's data, and whether it is free of mistakes. `names`: of other rules."""
        data, places = dict(self.start), dict[str, Any]()
        data |= self._opening(places)
        data["conditions"] = self._conditions(places)
        if len(data["conditions"]) > 1:
            data["join"] = self._one_of(st, "The rule fires if", list(JOINS), "join", "all", JOINS)
        data |= self._window(places)
        data["notify"] = self._notified()
        data |= self._more(places, data)
        wrong = forms.form_mistakes(data, names if self.is_new else ())
        for field, sentence in wrong.items():
            places[field].markdown(f":red[{plain(sentence)}]")
        return data, not wrong

    def _opening(self, places: dict[str, Any]) -> Data:
        left, right = st.columns([2, 1])
        title = left.text_input("Title", self.start["title"], max_chars=120, key=f"{self.key} title")
        places["title"] = left.empty()
        opening: Data = {"title": title}
        opening["severity"] = self._one_of(right, "Severity", ["warning", "critical"], "severity", "warning")
        if self.is_new:
            by_title = forms.name_of_title(title)
            given = self.start["name"]  # of JSON, perhaps another than that of the title
            own = "" if given == forms.name_of_title(self.start["title"]) else given
            named = left.text_input("Name", own, placeholder=by_title, max_chars=60, key=f"{self.key} name")
            opening["name"], places["name"] = named.strip() or by_title, left.empty()
        return opening

    # ---- conditions

    def _conditions(self, places: dict[str, Any]) -> list[Data]:
        given, count_key = self.start["conditions"], f"{self.key} conditions"
        count = st.session_state.setdefault(count_key, len(given))
        conditions = []
        for number in range(count):
            begin = given[number] if number < len(given) else _without(given[-1], "judge")
            with st.container(border=True):
                conditions.append(self._condition(number, begin, places))
        with st.container(horizontal=True):
            is_full, add = count == MOST_CONDITIONS, f"{self.key} add"
            st.button("Add a condition", key=add, on_click=_set, args=(count_key, count + 1), disabled=is_full)
            if count > 1:
                remove = f"{self.key} remove"
                st.button("Remove the last condition", key=remove, on_click=_set, args=(count_key, count - 1))
        return conditions

    def _condition(self, number: int, given: Data, places: dict[str, Any]) -> Data:
        row, metrics = st.container(horizontal=True, vertical_alignment="bottom"), list(MEASURES)
        metric: str = row.selectbox(
            "Metric",
            metrics,
            metrics.index(given["metric"]),
            format_func=lambda name: MEASURES[name].title,
            key=f"{self.key} {number} metric",
            width=270,
        )
        measure, key = MEASURES[metric], f"{self.key} {number} {metric}"
        own = given if metric == given["metric"] else {}
        condition: Data = {"metric": metric} | ({"judge": given["judge"]} if "judge" in given else {})
        if measure.by_class:
            condition |= _of_class(row, own, f"{key} class")
        if measure.kind == "distance":
            condition["column"] = _column(row, own, f"{key} column")
        condition["operator"] = _operator(row, measure, own, f"{key} operator")
        if forms.has_threshold(condition["operator"]):
            condition |= _threshold(row, measure, condition["operator"], own, key)
        places[f"{number} threshold"] = st.empty()
        return condition

    # ---- the other fields

    def _window(self, places: dict[str, Any]) -> Data:
        row = st.container(horizontal=True, vertical_alignment="bottom")
        days = self._number(row, "Window (days)", "window_days", 7, 1, 366)
        least = self._number(row, "Least samples", "min_samples", 20, 1)
        bases: dict[str, str] = {name: basis.title for name, basis in BASES.items()}
        basis = self._one_of(row, "Samples are dated by", list(bases), "basis", "validated", bases)
        places["basis"] = st.empty()
        return {"window_days": days, "min_samples": least, "basis": basis}

    def _notified(self) -> list[str]:
        """Show which targets are notified; names that are no targets stay until somebody removes them."""
        named = [target.name for target in targets(session.settings()) if target.is_named]
        chosen = list(self.start.get("notify", []))
        options = [*named, *(name for name in chosen if name not in named)]
        if not options:
            st.caption(plain(UNNAMED))
            return []
        return st.multiselect(
            "Who is notified", options, chosen, placeholder="all targets", key=f"{self.key} notify", width=520
        )

    def _more(self, places: dict[str, Any], data: Mapping[str, Any]) -> Data:
        with st.expander("More"):
            more: Data = {"enabled": st.toggle("Enabled", self.start.get("enabled", True), key=f"{self.key} enabled")}
            row = st.container(horizontal=True, vertical_alignment="bottom")
            more["for_evaluations"] = self._number(row, "Days in a row", "for_evaluations", 1, 1, 30)
            is_predicted = data["basis"] == "predicted"
            left_out = self._number(row, "Newest days left out", "readiness_days", 0, 0, 90) if is_predicted else 0
            more["readiness_days"] = left_out
            more["preset"] = self._one_of(row, "Drift is judged", list(PRESETS), "preset", "balanced")
            more["reference"] = self._reference()
            places["reference"] = st.empty()
        return more

    def _reference(self) -> Data:
        given = forms.reference_of(self.start)
        row, kinds = st.container(horizontal=True, vertical_alignment="bottom"), forms.offered_references(self.start)
        kind = row.selectbox(
            "Compared with",
            kinds,
            kinds.index(given["kind"]),
            format_func=lambda name: forms.REFERENCES[name],
            key=f"{self.key} reference",
            width=340,
        )
        if kind == given["kind"] != "trailing":
            return given
        reference = _without(given, "first", "last") | {"kind": kind}
        if kind == "trailing":
            key = f"{self.key} length"
            length = row.number_input("Length (days)", LEAST_AGE, 730, given["length"], key=key, width=170)
            reference["length"] = length
        return reference

    def _number(self, place: Any, label: str, field: str, default: int, least: int, most: int | None = None) -> int:
        begin = self.start.get(field, default)
        return int(place.number_input(label, least, most, begin, key=f"{self.key} {field}", width=180))

    def _one_of(
        self,
        place: Any,
        label: str,
        options: list[str],
        field: str,
        default: str,
        words: Mapping[str, str] | None = None,
    ) -> str:
        return str(
            place.segmented_control(
                label,
                options,
                default=self.start.get(field, default),
                required=True,
                format_func=lambda name: (words or {}).get(name, name),
                key=f"{self.key} {field}",
            )
        )


def _set(key: str, value: int) -> None:
    st.session_state[key] = value


def _without(data: Data, *names: str) -> Data:
    return {name: value for name, value in data.items() if name not in names}


def _of_class(place: Any, given: Data, key: str) -> Data:
    """Show the choice of a class or an average; return the fields of the condition."""
    settings, label = session.settings(), given.get("label")
    labels = {*settings.class_names, *scores.of_selection(state.selection()).confusion.labels}
    labels |= {label} if isinstance(label, int) else set()
    options: dict[str, Data] = {EVERY: {"label": "every"}}
    options |= {text: {"average": average} for average, text in AVERAGED.items()}
    options |= {f"class {settings.class_name(number)}": {"label": number} for number in sorted(labels)}
    current = {name: given[name] for name in ("label", "average") if given.get(name) is not None}
    choices = list(options.values())
    begin = choices.index(current) if current in choices else 0
    chosen: str = place.selectbox("Of", list(options), begin, key=key, width=220)
    return options[chosen]


def _column(place: Any, given: Data, key: str) -> str:
    begin = COLUMNS.index(given["column"]) if given.get("column") in COLUMNS else 0
    chosen: str = place.selectbox(
        "Of", COLUMNS, begin, format_func=lambda column: BY_KEY[column].noun, key=key, width=220
    )
    return chosen


def _operator(place: Any, measure: Measure, given: Data, key: str) -> str:
    operators = list(measure.allows.all_operators)
    begin = operators.index(given["operator"]) if given else 0
    chosen: str = place.selectbox(
        "Condition", operators, begin, format_func=lambda name: forms.OPERATORS[name], key=key, width=230
    )
    return chosen


def _threshold(place: Any, measure: Measure, operator: str, given: Data, key: str) -> Data:
    """Show the threshold, and for a change its unit and direction; return the fields of the condition."""
    given = given if given.get("operator") == operator else {}
    condition = _change(place, measure, given, key) if operator == "changed_by_more_than" else {}
    was = forms.shown_threshold(given) if given else None
    title = forms.threshold_title(measure, operator, condition.get("unit", "points"))
    number = place.number_input(
        title,
        value=was,
        step=0.01 if measure.unit == "distance" or measure.lowest < 0 else 1.0,
        format="%g",
        key=f"{key} {operator} threshold",
        width=190,
    )
    if number is None:
        return condition
    unchanged = number == was  # a share that percent cannot express stays as it is
    return condition | {
        "threshold": given["threshold"] if unchanged else forms.stored_threshold(number, measure, operator)
    }


def _change(place: Any, measure: Measure, given: Data, key: str) -> Data:
    units, direction = forms.offered_units(measure), given.get("direction", "any")
    unit = given["unit"] if given.get("unit") in units else units[0]
    if len(units) > 1:
        unit = place.segmented_control("Unit", units, default=unit, required=True, key=f"{key} unit")
    chosen = place.segmented_control(
        "Direction",
        list(forms.DIRECTIONS),
        default=direction,
        required=True,
        format_func=lambda name: forms.DIRECTIONS[name],
        key=f"{key} direction",
    )
    return {"unit": unit, "direction": chosen}
