from gateway.api.errors import STATUS, ApiError, Problem, problem_of
from gateway.core._core import CoreError, JournalError


def test_status_table_covers_every_problem() -> None:
    assert set(STATUS) == set(Problem)


def test_problem_of_api_error_is_itself() -> None:
    error = ApiError(Problem.NOT_FOUND, "no order 7")
    assert problem_of(error) is error


def test_problem_of_group_is_its_first_error() -> None:
    error = ApiError(Problem.STOPPING, "bye")
    assert problem_of(BaseExceptionGroup("outer", [ExceptionGroup("inner", [error])])) is error


def test_problem_of_core_error_tells_its_text() -> None:
    for kind in (CoreError, JournalError):
        problem = problem_of(kind("journal: disk full at segment 3; free space"))
        assert problem.problem is Problem.CORE_FAILED
        assert problem.text == "journal: disk full at segment 3; free space"


def test_problem_of_unexpected_error_keeps_its_text_back() -> None:
    problem = problem_of(RuntimeError("client beta owns order 7"))
    assert problem.problem is Problem.INTERNAL
    assert "beta" not in problem.text
