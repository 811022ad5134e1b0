"""The list of quality problems."""

from monitor_core.contract.problems import EFFECTS, PROBLEMS, STATES
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
