"""Problems are worded by the settings in force."""

import pytest

from monitor_core.contract.documents import DateNumbers, Notation
from monitor_core.contract.findings import problem_under
from monitor_core.contract.problems import PROBLEMS


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
        assert f"as {unit} since 1970 (MONITOR_DATE_NUMBERS)" in problem.does
        assert problem.remedy.endswith(f"if all numbers are {other}, set MONITOR_DATE_NUMBERS={other}.")
