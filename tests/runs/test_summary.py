"""What a finished run prints is read by people: no holes, and one of a thing is one."""

from __future__ import annotations

from pinnsolve.runs.lines import summary


def result(**changes):
    return {
        "status": "not_converged",
        "message": "there is none",
        "accuracy": {"asked": 1e-6, "estimated": None},
        "states": ["x"],
        "method": "gauss-newton",
        "iterations": 1,
        "seconds": {"solve": 1.0, "import": 2.0, "plot": None, "total": None},
        "device": "cpu",
        **changes,
    }


def test_without_a_solution_the_error_is_said_to_be_unknown():
    assert "  error     not known, 1e-6 asked for\n" in summary(result(), "p", None)


def test_one_iteration_is_one_iteration():
    assert "  training  gauss-newton, 1 iteration, cpu\n" in summary(result(), "p", None)
    assert "  training  gauss-newton, 1,200 iterations, cpu\n" in summary(result(iterations=1200), "p", None)
