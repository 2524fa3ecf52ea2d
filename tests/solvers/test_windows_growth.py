"""Decay followed by growth: what grows from next to nothing is seen, or the error is not claimed."""

import numpy as np
import pytest

import pinnsolve
from pinnsolve.solvers.windows.growth import growing, sampled
from tests.solvers.problems import Exact, columns, file


def valley(rate, end):
    """x' = rate (t − 1) x falls by exp(rate/2) until t = 1 and grows again."""
    return Exact(file({"x'": f"{rate}*(t - 1)*x"}, {"x": 1}, (0, end)), lambda t: columns(np.exp(rate * (t * t / 2 - t))))


def spiral(rate, end):
    """The same, turning around faster and faster."""
    equations = {"x'": f"{rate}*((t - 1)*x - t*y)", "y'": f"{rate}*((t - 1)*y + t*x)"}

    def exact(t):
        z = np.exp(rate * (t * t / 2 - t) + 0.5j * rate * t * t)
        return columns(z.real, z.imag)

    return Exact(file(equations, {"x": 1, "y": 0}, (0, end)), exact)


def lindberg(rate, end):
    """A fast state follows cos(t) y, stable first and unstable later (after Lindberg, 1974)."""
    equations = {"x'": f"{rate}*cos(2*t)*(y - x)", "y'": "0*x"}
    phase = rate / 2

    def exact(t):
        return columns(1 + np.exp(-phase * np.sin(2 * t)), 1)

    return Exact(file(equations, {"x": 2, "y": 1}, (0, end)), exact)


CASES = {
    **{f"valley {rate} to {end}": valley(rate, end) for rate in (40, 80, 200) for end in (1.5, 2)},
    **{f"spiral {rate} to {end}": spiral(rate, end) for rate in (60, 80, 100, 200) for end in (1.8, 2)},
    **{f"lindberg {rate} to {end}": lindberg(rate, end) for rate in (30, 100, 400) for end in (1.2, 1.57)},
}


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("name", CASES)
def test_growth_out_of_nothing_is_never_claimed_to_be_more_accurate_than_it_is(name, accuracy):
    exact = CASES[name]
    solution = pinnsolve.solve({**exact.source, "accuracy": accuracy})
    assert solution.status == "not_converged" or exact.error(solution, 1001) <= accuracy


@pytest.mark.parametrize("name", ["valley 40 to 1.5", "valley 40 to 2", "valley 80 to 1.5", "lindberg 30 to 1.57"])
def test_growth_that_double_precision_can_follow_is_followed(name):
    solution = pinnsolve.solve({**CASES[name].source, "accuracy": 1e-6})
    assert solution.status == "converged", solution.message


def test_a_solution_that_rests_on_an_unstable_equilibrium_is_solved():
    solution = pinnsolve.solve(file({"x'": "1e8*x*(1 - x)"}, {"x": 0}, (0, 1)))
    assert solution.status == "converged"
    assert np.abs(solution(np.linspace(0, 1, 11))).max() == 0


@pytest.mark.parametrize("k", [1, 2, 20])
def test_only_eigenvalues_along_which_errors_grow_count(k):
    rng = np.random.default_rng(k)
    basis = np.linalg.qr(rng.normal(size=(k, k)))[0]
    damped, mixed = -50.0 - np.arange(k), np.append(30.0, -np.arange(k - 1.0))
    stable, unstable = (basis @ np.diag(values) @ basis.T for values in (damped, mixed))
    jacobian = np.stack([stable, unstable], axis=2)
    assert growing(jacobian, np.array([1.0, 1.0]), 16.0) == pytest.approx([0.0, 30.0])
    assert growing(jacobian, np.array([-1.0, -1.0]), 16.0) == pytest.approx([49.0 + k, max(0.0, k - 2.0)])


@pytest.mark.parametrize(("k", "count"), [(1, 6), (3, 6), (4, 3), (12, 3), (13, 1)])
def test_eigenvalues_are_looked_at_inside_of_windows(k, count):
    places = sampled(k, 16)
    assert len(places) == count
    assert 0 < places.min() <= places.max() < 15
