"""The list of quality problems."""

import pytest

from monitor_core.contract.documents import DateNumbers, Notation
from monitor_core.contract.problems import EFFECTS, PROBLEMS, STATES, problem_under
from monitor_core.settings.documents import FieldNames


def test_each_problem_says_what_shows_it_what_it_does_and_what_helps() -> None:
    for name, problem in PROBLEMS.items():
        assert set(problem.shown_by) <= set(FieldNames.model_fields), name
        assert problem.shown_by, name
        assert problem.effect in EFFECTS, name
        assert problem.does.endswith("."), name
        assert problem.remedy.endswith("."), name
        assert not problem.title.endswith("."), name
    titles = [problem.title for problem in PROBLEMS.values()]
    assert len(set(titles)) == len(titles)


def test_what_is_set_aside_is_a_problem_that_leaves_the_document_out() -> None:
    assert {PROBLEMS[state].effect for state in STATES if state in PROBLEMS} == {"set aside"}


def test_what_has_no_day_or_one_to_come_is_told_of_the_whole_collection() -> None:
    assert [name for name, problem in PROBLEMS.items() if problem.of_collection] == [
        "undated_prediction",
        "predicted_out_of_range",
        "predicted_in_future",
        "reviewed_in_future",
        "predicted_as_number",
    ]


def test_no_problem_advises_what_is_already_set() -> None:
    notation = Notation(percent=True, boolean_classes=True)
    for name in PROBLEMS.keys() - {"confidence_in_percent"}:  # there is none of these
        problem = problem_under(name, notation, files_once=True)
        said = problem.title + problem.does + problem.remedy
        for setting in ("SCALE=percent", "MONITOR_BOOLEAN_CLASSES", "MONITOR_COUNT_FILES_ONCE"):
            assert setting not in said, name


@pytest.mark.parametrize(("unit", "other"), [("seconds", "milliseconds"), ("milliseconds", "seconds")])
def test_a_number_in_the_other_unit_is_called_that(unit: DateNumbers, other: str) -> None:
    for name in ("predicted_as_number", "reviewed_as_number"):
        problem = problem_under(name, Notation(date_numbers=unit))
        assert f"2099 in {unit}, as MONITOR_DATE_NUMBERS has it" in problem.does
        assert problem.remedy.endswith(f"if all numbers are {other}, set MONITOR_DATE_NUMBERS={other}.")
